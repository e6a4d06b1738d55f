package org.gristmill.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.Preprocessing;

/**
 * A model on disk with what belongs to it.
 *
 * @param file TorchScript or ONNX
 * @param labels by class index; empty where nobody says
 * @param sha256 that the file should have, in hexadecimal; empty where nobody says
 */
public record ModelFile(
    Path file, Preprocessing preprocessing, List<String> labels, Optional<String> sha256) {
  private static final String ON_CLASS_PATH = "/gristmill/models/";

  /** A file of which nobody says what hash it has. */
  public ModelFile(Path file, Preprocessing preprocessing, List<String> labels) {
    this(file, preprocessing, labels, Optional.empty());
  }

  /** What {@link #find(String, Device)} finds for the CPU. */
  public static ModelFile find(String nameOrPath) {
    return find(nameOrPath, Device.cpu());
  }

  /**
   * Finds a model by path; else by name on the class path, as the samples jar has it; else by name
   * among the {@link Zoo}'s, which are downloaded once. A name may end in {@code .pt} or {@code
   * .onnx}; {@code .pt} is the default. Of a {@link ModelFolder} it is the file in full precision
   * that suits the device.
   *
   * <p>A file's preprocessing stands beside it as JSON, in {@code NAME.json} or under its name in
   * {@code models.json}, with the keys resize_short_side, interpolation (bilinear or bicubic),
   * center_crop, mean, std and, if it has any, labels: the name of a text file with one label a
   * line. {@code NAME.int8.onnx} and {@code NAME.bf16.pt} share {@code NAME.json}.
   *
   * @throws GristmillException if there is none, it cannot be read, or it has no preprocessing
   */
  public static ModelFile find(String nameOrPath, Device device) {
    return read(nameOrPath, () -> found(nameOrPath, device));
  }

  /** What reads files of a model. */
  private interface Reading<T> {
    T read() throws IOException;
  }

  private static <T> T read(String nameOrPath, Reading<T> reading) {
    try {
      return reading.read();
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot read the model " + nameOrPath + ": " + GristmillException.reason(failed), failed);
    }
  }

  private static ModelFile found(String nameOrPath, Device device) throws IOException {
    Path path = Path.of(nameOrPath);
    if (Files.isDirectory(path)) {
      var folder = ModelFolder.of(path);
      return inFolder(folder.standard(device), folder.sidecar());
    }
    if (Files.isRegularFile(path)) {
      return inFolder(path, beside(path));
    }
    String fileName = fileName(nameOrPath);
    if (onClassPath(fileName)) {
      return fromClassPath(fileName);
    }
    if (Zoo.has(nameOrPath)) {
      return Zoo.get(nameOrPath);
    }
    throw new GristmillException(
        "no model '%s': not a file (%s), not on the class path (%s is in the samples jar), not of %s"
            .formatted(nameOrPath, path.toAbsolutePath(), "efficientnet_lite0", Zoo.names()));
  }

  /**
   * All files of the same model, by the names or paths that {@link #find} takes: the one that it
   * finds for the CPU first, then those that its JSON states hashes of.
   *
   * @throws GristmillException as {@link #find} does
   */
  public static List<String> variants(String nameOrPath) {
    return read(nameOrPath, () -> allOf(nameOrPath));
  }

  private static List<String> allOf(String nameOrPath) throws IOException {
    Path path = Path.of(nameOrPath);
    if (Files.isDirectory(path)) {
      var folder = ModelFolder.of(path);
      return firstOf(
          folder.standard(Device.cpu()).toString(),
          folder.sidecar().modelFiles().stream().map(name -> path.resolve(name).toString()));
    }
    if (Files.isRegularFile(path)) {
      var files = beside(path).modelFiles().stream();
      return firstOf(nameOrPath, files.map(name -> path.resolveSibling(name).toString()));
    }
    String fileName = fileName(nameOrPath);
    return onClassPath(fileName)
        ? firstOf(fileName, sidecar(fileName).modelFiles().stream())
        : List.of(nameOrPath);
  }

  private static List<String> firstOf(String first, Stream<String> others) {
    return Stream.concat(Stream.of(first), others).distinct().toList();
  }

  private static Sidecar beside(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    String fileName = file.getFileName().toString();
    Path own = folder.resolve(Sidecar.stem(fileName) + ".json");
    Path ofAll = folder.resolve(Sidecar.baseName(fileName) + ".json");
    Path shared = folder.resolve("models.json");
    JsonObject json = null;
    if (Files.exists(own)) {
      json = Sidecar.parse(Files.readString(own), own.toString());
    } else if (Files.exists(ofAll)) {
      json = Sidecar.parse(Files.readString(ofAll), ofAll.toString());
    } else if (Files.exists(shared)) {
      JsonElement entry =
          Sidecar.parse(Files.readString(shared), shared.toString())
              .get(Sidecar.baseName(fileName));
      json = entry == null ? null : entry.getAsJsonObject();
    }
    if (json == null) {
      throw new GristmillException(
          "nothing says how %s wants its pictures: write %s (%s), or give the Preprocessing"
              .formatted(file, ofAll, "resize_short_side, interpolation, center_crop, mean, std"));
    }
    return Sidecar.of(json, file.toString());
  }

  private static ModelFile inFolder(Path file, Sidecar sidecar) throws IOException {
    var sha256 = Optional.ofNullable(sidecar.sha256().get(file.getFileName().toString()));
    List<String> labels = List.of();
    if (sidecar.labels().isPresent()) {
      labels =
          Files.readAllLines(file.toAbsolutePath().resolveSibling(sidecar.labels().orElseThrow()));
    }
    return new ModelFile(file, sidecar.preprocessing(), labels, sha256);
  }

  private static String fileName(String name) {
    return Sidecar.isModel(name) ? name : name + ".pt";
  }

  private static boolean onClassPath(String fileName) {
    return ModelFile.class.getResource(ON_CLASS_PATH + Sidecar.baseName(fileName) + ".json")
        != null;
  }

  private static Sidecar sidecar(String fileName) throws IOException {
    String json = Sidecar.baseName(fileName) + ".json";
    return Sidecar.of(Sidecar.parse(text(json), json), json);
  }

  private static ModelFile fromClassPath(String fileName) throws IOException {
    var sidecar = sidecar(fileName);
    String hash = sidecar.sha256().get(fileName);
    if (hash == null) {
      String base = Sidecar.baseName(fileName);
      throw new GristmillException("the class path has " + base + ", but not as " + fileName);
    }
    try (InputStream in = open(fileName)) {
      Path file = Cache.keep(fileName, in, "SHA-256", hash); // which looks at the hash
      List<String> labels = text(sidecar.labels().orElseThrow()).lines().toList();
      return new ModelFile(file, sidecar.preprocessing(), labels);
    }
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = ModelFile.class.getResourceAsStream(ON_CLASS_PATH + resource);
    if (in == null) {
      throw new IOException(ON_CLASS_PATH + resource + " is not on the class path");
    }
    return in;
  }

  private static String text(String resource) throws IOException {
    try (InputStream in = open(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
