package org.gristmill.sink;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.gristmill.GristmillException;

/**
 * What the manifest of a folder says: which segments are committed, in which order. Only what it
 * names counts. Immutable.
 *
 * @param identity of the run that writes the folder
 * @param header the line that every segment begins with; CSV has one
 * @param models SHA-256 by the name of the model
 * @param checkpoint where the last commit ended
 * @param isComplete whether the run ended
 * @param length of its whole lines in bytes: a kill may have left a part of one behind them
 */
public record Manifest(
    Map<String, String> identity,
    Optional<String> header,
    Map<String, String> models,
    List<Segment> segments,
    Optional<Checkpoint> checkpoint,
    boolean isComplete,
    long length) {
  private static final Gson GSON = new Gson();

  /** The file's name in its folder. */
  static final String NAME = "manifest.jsonl";

  /**
   * A committed file.
   *
   * @param file its name in the folder
   * @param rows without the header
   * @param sha256 of its bytes, in hexadecimal
   */
  public record Segment(String file, long rows, long bytes, String sha256) {
    JsonObject json(Checkpoint checkpoint) {
      var json = new JsonObject();
      json.addProperty("segment", file);
      json.addProperty("rows", rows);
      json.addProperty("bytes", bytes);
      json.addProperty("sha256", sha256);
      json.add("checkpoint", checkpoint.json());
      return json;
    }

    private static Segment of(JsonObject json) {
      return new Segment(
          json.get("segment").getAsString(),
          json.get("rows").getAsLong(),
          json.get("bytes").getAsLong(),
          json.get("sha256").getAsString());
    }
  }

  /** How many rows the committed segments have. */
  public long rows() {
    return segments.stream().mapToLong(Segment::rows).sum();
  }

  /**
   * Reads the manifest of a folder; also while it is being written.
   *
   * @return nothing where the folder has none
   * @throws GristmillException if it cannot be read, or is not a manifest
   */
  public static Optional<Manifest> read(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      int whole = bytes.length;
      while (whole > 0 && bytes[whole - 1] != '\n') {
        whole--;
      }
      return Optional.of(parse(Arrays.copyOf(bytes, whole)));
    } catch (IOException failed) {
      throw Disk.failure("read", file, failed);
    } catch (RuntimeException malformed) {
      throw new GristmillException(
          "%s is not a manifest that this version of Gristmill reads (%s): use another folder, or delete this one"
              .formatted(file, GristmillException.reason(malformed)),
          malformed);
    }
  }

  private static Manifest parse(byte[] bytes) {
    var lines = new String(bytes, StandardCharsets.UTF_8).lines().map(Manifest::line).toList();
    if (lines.isEmpty() || lines.get(0).get("gristmill").getAsInt() != 1) {
      throw new IllegalArgumentException("it does not begin with {\"gristmill\":1");
    }
    Map<String, String> identity = new LinkedHashMap<>();
    lines.get(0).getAsJsonObject("identity").entrySet().stream()
        .forEach(entry -> identity.put(entry.getKey(), entry.getValue().getAsString()));
    Optional<String> header = Optional.empty();
    Map<String, String> models = new LinkedHashMap<>();
    var segments = new ArrayList<Segment>();
    Optional<Checkpoint> checkpoint = Optional.empty();
    boolean complete = false;
    for (var line : lines.subList(1, lines.size())) {
      if (line.has("header")) {
        header = Optional.of(line.get("header").getAsString());
      } else if (line.has("model")) {
        models.put(line.get("model").getAsString(), line.get("sha256").getAsString());
      } else {
        checkpoint = Optional.of(Checkpoint.of(line.getAsJsonObject("checkpoint")));
        complete = line.has("complete");
        if (line.has("segment")) {
          segments.add(Segment.of(line));
        }
      }
    }
    return new Manifest(
        Collections.unmodifiableMap(identity),
        header,
        Collections.unmodifiableMap(models),
        List.copyOf(segments),
        checkpoint,
        complete,
        bytes.length);
  }

  // Through Gson, not JsonParser.parseString: IJava puts an older gson before ours.
  private static JsonObject line(String text) {
    return Objects.requireNonNull(GSON.fromJson(text, JsonObject.class), "an empty line");
  }
}
