package org.gristmill.model;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.gristmill.GristmillException;
import org.gristmill.Preprocessing;
import org.gristmill.Preprocessing.Resampling;

/**
 * A model on disk with what belongs to it.
 *
 * @param file TorchScript or ONNX
 * @param labels by class index; empty where nobody says
 */
public record ModelFile(Path file, Preprocessing preprocessing, List<String> labels) {
  private static final String ON_CLASS_PATH = "/gristmill/models/";

  /**
   * Finds a model by path; else by name on the class path, as the samples jar has it; else by name
   * among the {@link Zoo}'s, which are downloaded once. A name may end in {@code .pt} or {@code
   * .onnx}; {@code .pt} is the default.
   *
   * <p>A file's preprocessing stands beside it as JSON, in {@code NAME.json} or under its name in
   * {@code models.json}, with the keys resize_short_side, interpolation (bilinear or bicubic),
   * center_crop, mean, std and, if it has any, labels: the name of a text file with one label a
   * line.
   *
   * @throws GristmillException if there is none, or it has no preprocessing
   */
  public static ModelFile find(String nameOrPath) throws IOException {
    Path file = Path.of(nameOrPath);
    if (Files.isRegularFile(file)) {
      return beside(file);
    }
    String fileName = nameOrPath.matches(".*\\.(pt|onnx)") ? nameOrPath : nameOrPath + ".pt";
    if (ModelFile.class.getResource(ON_CLASS_PATH + baseName(fileName) + ".json") != null) {
      return onClassPath(fileName);
    }
    if (Zoo.has(nameOrPath)) {
      return Zoo.get(nameOrPath);
    }
    throw new GristmillException(
        "no model '%s': not a file (%s), not on the class path (%s is in the samples jar), not of %s"
            .formatted(nameOrPath, file.toAbsolutePath(), "efficientnet_lite0", Zoo.names()));
  }

  private static ModelFile beside(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    String base = baseName(file.getFileName().toString());
    Path own = folder.resolve(base + ".json");
    Path shared = folder.resolve("models.json");
    JsonObject json = null;
    if (Files.exists(own)) {
      json = parse(Files.readString(own), own.toString());
    } else if (Files.exists(shared)) {
      JsonElement entry = parse(Files.readString(shared), shared.toString()).get(base);
      json = entry == null ? null : entry.getAsJsonObject();
    }
    if (json == null) {
      throw new GristmillException(
          "nothing says how %s wants its pictures: write %s (%s), or give the Preprocessing"
              .formatted(file, own, "resize_short_side, interpolation, center_crop, mean, std"));
    }
    List<String> labels =
        json.has("labels")
            ? Files.readAllLines(folder.resolve(json.get("labels").getAsString()))
            : List.of();
    return new ModelFile(file, preprocessing(json, file.toString()), labels);
  }

  private static ModelFile onClassPath(String fileName) throws IOException {
    String base = baseName(fileName);
    JsonObject json = parse(text(base + ".json"), base + ".json");
    JsonElement hash = json.getAsJsonObject("sha256").get(fileName);
    if (hash == null) {
      throw new GristmillException("the class path has " + base + ", but not as " + fileName);
    }
    try (InputStream in = open(fileName)) {
      Path file = Cache.keep(fileName, in, "SHA-256", hash.getAsString());
      List<String> labels = text(json.get("labels").getAsString()).lines().toList();
      return new ModelFile(file, preprocessing(json, base), labels);
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

  // Through Gson, not JsonParser.parseString: IJava puts an older gson before ours.
  private static JsonObject parse(String text, String where) {
    try {
      return Objects.requireNonNull(new Gson().fromJson(text, JsonObject.class), "it is empty");
    } catch (JsonParseException | ClassCastException | NullPointerException malformed) {
      throw new GristmillException(
          "%s is not a JSON object: %s".formatted(where, malformed.getMessage()), malformed);
    }
  }

  private static Preprocessing preprocessing(JsonObject json, String model) {
    try {
      return new Preprocessing(
          json.get("resize_short_side").getAsInt(),
          Resampling.valueOf(json.get("interpolation").getAsString().toUpperCase(Locale.ROOT)),
          json.get("center_crop").getAsInt(),
          floats(json.get("mean")),
          floats(json.get("std")));
    } catch (RuntimeException incomplete) {
      throw new GristmillException(
          "the preprocessing of " + model + " is incomplete or malformed: " + json, incomplete);
    }
  }

  private static List<Float> floats(JsonElement array) {
    var floats = new ArrayList<Float>();
    array.getAsJsonArray().forEach(number -> floats.add(number.getAsFloat()));
    return floats;
  }

  private static String baseName(String fileName) {
    int dot = fileName.lastIndexOf('.');
    return dot < 0 ? fileName : fileName.substring(0, dot);
  }
}
