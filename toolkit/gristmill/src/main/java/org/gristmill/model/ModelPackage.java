package org.gristmill.model;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gristmill.GristmillException;

/**
 * A model as a folder of its own, whatever it was before: {@code model.onnx} or {@code model.pt},
 * as Triton names them, {@code labels.txt}, and {@code model.json}, which states the preprocessing
 * and every file's hash, and whatever else is to be said of it.
 */
public final class ModelPackage {
  /** The file that describes it. */
  public static final String MANIFEST = "model.json";

  private static final String NAME = "model";
  private static final String LABELS = "labels.txt";
  private static final String FILE = "[A-Za-z0-9_-][A-Za-z0-9._-]*"; // stays in its folder

  private ModelPackage() {}

  /**
   * Writes one.
   *
   * @param nameOrPath of the model, as {@link ModelFile#find(String)} takes it. Of a folder all
   *     files are taken, in whatever precision; else it is the one that is named
   * @param folder an empty one
   * @param more members of {@code model.json}
   * @return the files of the folder, the one that describes the others last
   * @throws GristmillException if there is no such model, or it is not what its hash says
   */
  public static List<Path> write(
      CheckedFiles checked, String nameOrPath, Path folder, JsonObject more) throws IOException {
    var hashes = new LinkedHashMap<String, String>();
    for (var file : files(nameOrPath).entrySet()) {
      var source = ModelFile.find(file.getValue());
      checked.check(source);
      Path copy = Files.copy(source.file(), folder.resolve(file.getKey()));
      hashes.put(file.getKey(), FileHash.of(copy));
    }
    var model = ModelFile.find(nameOrPath);
    Optional<String> labels = Optional.empty();
    if (!model.labels().isEmpty()) {
      Files.write(folder.resolve(LABELS), model.labels());
      hashes.put(LABELS, FileHash.of(folder.resolve(LABELS)));
      labels = Optional.of(LABELS);
    }
    JsonObject json = new Sidecar(model.preprocessing(), labels, hashes).json();
    more.entrySet().forEach(member -> json.add(member.getKey(), member.getValue()));
    Path manifest = folder.resolve(MANIFEST);
    String text = new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create().toJson(json);
    Files.writeString(manifest, text + "\n");
    var written = new ArrayList<Path>();
    hashes.keySet().forEach(name -> written.add(folder.resolve(name)));
    written.add(manifest);
    return List.copyOf(written);
  }

  /** What {@link ModelFile#find(String)} takes, by the name that it gets. */
  private static Map<String, String> files(String nameOrPath) throws IOException {
    Path path = Path.of(nameOrPath);
    if (!Files.isDirectory(path)) {
      String file = ModelFile.find(nameOrPath).file().getFileName().toString();
      return Map.of(NAME + file.substring(file.lastIndexOf('.')), nameOrPath);
    }
    var named = new LinkedHashMap<String, String>();
    for (String file : ModelFolder.of(path).sidecar().modelFiles()) {
      String precisionAndKind = file.substring(Sidecar.baseName(file).length());
      named.put(NAME + precisionAndKind, path.resolve(file).toString());
    }
    return named;
  }

  /**
   * What a folder's description says.
   *
   * @param bytes of {@link #MANIFEST}
   * @param where it comes from, for messages
   */
  public static JsonObject parse(byte[] bytes, String where) {
    return Sidecar.parse(new String(bytes, StandardCharsets.UTF_8), where);
  }

  /**
   * The SHA-256 of each file that a description names, the description itself not among them.
   *
   * @throws GristmillException if a name is none of a file beside it, a hash is none, or the labels
   *     have none: who wrote it may be anybody
   */
  public static Map<String, String> hashes(JsonObject manifest, String where) {
    var sidecar = Sidecar.of(manifest, where);
    sidecar
        .sha256()
        .forEach(
            (file, hash) -> {
              if (!file.matches(FILE)) {
                throw refused(where, "the file \"%s\", which may lie elsewhere".formatted(file));
              }
              if (!FileHash.isHash(hash)) {
                throw refused(where, "%s with \"%s\", no SHA-256".formatted(file, hash));
              }
            });
    if (!sidecar.sha256().keySet().containsAll(sidecar.labels().stream().toList())) {
      throw refused(where, "the labels \"%s\" without a hash".formatted(sidecar.labels().get()));
    }
    return sidecar.sha256();
  }

  private static GristmillException refused(String where, String named) {
    return new GristmillException(
        "%s is refused: it names %s. It was not written by a repository: add the model again."
            .formatted(where, named));
  }
}
