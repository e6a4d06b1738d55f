package org.gristmill.model;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.gristmill.GristmillException;
import org.gristmill.Preprocessing;
import org.gristmill.Preprocessing.Resampling;

/**
 * The JSON beside model files, which says how they want their pictures.
 *
 * @param labels name of the file with one label a line
 * @param sha256 of files by their names, in hexadecimal; empty where it states none
 */
record Sidecar(Preprocessing preprocessing, Optional<String> labels, Map<String, String> sha256) {

  /**
   * Reads one.
   *
   * @param where it comes from, for messages
   * @throws GristmillException if it is malformed, or says too little of the preprocessing
   */
  static Sidecar of(JsonObject json, String where) {
    try {
      var preprocessing =
          new Preprocessing(
              json.get("resize_short_side").getAsInt(),
              Resampling.valueOf(json.get("interpolation").getAsString().toUpperCase(Locale.ROOT)),
              json.get("center_crop").getAsInt(),
              floats(json.get("mean")),
              floats(json.get("std")));
      var labels = Optional.ofNullable(json.get("labels")).map(JsonElement::getAsString);
      return new Sidecar(preprocessing, labels, hashes(json));
    } catch (RuntimeException incomplete) {
      throw new GristmillException(
          "the preprocessing of " + where + " is incomplete or malformed: " + json, incomplete);
    }
  }

  /** Whether it describes a model's files by their hashes, as those of a model folder do. */
  static boolean isOfFolder(JsonObject json) {
    return json.has("resize_short_side") && json.has("sha256");
  }

  // Through Gson, not JsonParser.parseString: IJava puts an older gson before ours.
  static JsonObject parse(String text, String where) {
    try {
      return Objects.requireNonNull(new Gson().fromJson(text, JsonObject.class), "it is empty");
    } catch (JsonParseException | ClassCastException | NullPointerException malformed) {
      throw new GristmillException(
          "%s is not a JSON object: %s".formatted(where, malformed.getMessage()), malformed);
    }
  }

  /** What {@link #of} reads. */
  JsonObject json() {
    var json = new JsonObject();
    json.addProperty("resize_short_side", preprocessing.shortSide());
    json.addProperty("interpolation", preprocessing.resampling().name().toLowerCase(Locale.ROOT));
    json.addProperty("center_crop", preprocessing.crop());
    json.add("mean", array(preprocessing.mean()));
    json.add("std", array(preprocessing.std()));
    labels.ifPresent(file -> json.addProperty("labels", file));
    var hashes = new JsonObject();
    sha256.forEach(hashes::addProperty);
    json.add("sha256", hashes);
    return json;
  }

  private static JsonArray array(List<Float> floats) {
    var array = new JsonArray();
    floats.forEach(array::add);
    return array;
  }

  private static List<Float> floats(JsonElement array) {
    var floats = new ArrayList<Float>();
    array.getAsJsonArray().forEach(number -> floats.add(number.getAsFloat()));
    return floats;
  }

  private static Map<String, String> hashes(JsonObject json) {
    var hashes = new LinkedHashMap<String, String>();
    if (json.has("sha256")) {
      json.getAsJsonObject("sha256")
          .entrySet()
          .forEach(entry -> hashes.put(entry.getKey(), entry.getValue().getAsString()));
    }
    return hashes;
  }

  /** The model files among those that it knows, in its order. */
  List<String> modelFiles() {
    return sha256.keySet().stream().filter(Sidecar::isModel).toList();
  }

  static boolean isModel(String fileName) {
    return fileName.endsWith(".pt") || fileName.endsWith(".onnx");
  }

  /**
   * A model file's name without its kind and without the word for a reduced precision: {@code
   * resnet-50} of {@code resnet-50.int8.onnx}.
   */
  static String baseName(String fileName) {
    return stem(fileName).replaceFirst("\\.(int8|bf16)$", "");
  }

  /** A file's name without its last dot and what follows it. */
  static String stem(String fileName) {
    int dot = fileName.lastIndexOf('.');
    return dot < 0 ? fileName : fileName.substring(0, dot);
  }
}
