package org.gristmill.dataset;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.gristmill.GristmillException;

/**
 * The file of rows that were set aside: a line of JSON each, with row, path, stage and cause. A
 * line is in the file before the next row comes out. Owned by the driving thread.
 */
final class DeadLetters implements AutoCloseable {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final Path file; // null where rows are not set aside
  private final RandomAccessFile out; // of java.io, which an interrupt does not close

  private DeadLetters(Path file, RandomAccessFile out) {
    this.file = file;
    this.out = out;
  }

  /**
   * A row that was set aside.
   *
   * @param path that the source gave it, or null
   */
  record Letter(long row, String path, String stage) {}

  /**
   * Opens the file, if there is to be one.
   *
   * @param keep bytes of what is in it; the rest is cut off
   * @throws GristmillException if it cannot be written, or does not have that many
   */
  static DeadLetters open(Options options, long keep) {
    options.check();
    if (!options.setsAside()) {
      return new DeadLetters(null, null);
    }
    Path file = options.onError().deadLetters().get();
    try {
      if (file.toAbsolutePath().getParent() != null) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      if (keep > 0 && (Files.notExists(file) || Files.size(file) < keep)) {
        throw new GristmillException(
            "the dead-letter file %s was deleted or cut since an earlier run set rows aside: put it back, or write to another folder"
                .formatted(file));
      }
      var out = new RandomAccessFile(file.toFile(), "rw");
      out.setLength(keep);
      out.seek(keep);
      return new DeadLetters(file, out);
    } catch (IOException failed) {
      throw failure(file, failed);
    }
  }

  void add(Row<?> row) {
    var line = new JsonObject();
    line.addProperty("row", row.number());
    line.addProperty("path", row.path());
    if (!Objects.equals(row.path(), row.origin())) {
      line.addProperty("origin", row.origin());
    }
    line.addProperty("stage", row.failure().stage().orElse(null));
    line.addProperty("cause", row.failure().getMessage());
    try {
      out.write((GSON.toJson(line) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException failed) {
      throw failure(file, failed);
    }
  }

  /** Makes what was added durable; its length in bytes. */
  long force() {
    try {
      if (out == null) {
        return 0;
      }
      out.getFD().sync();
      return out.getFilePointer();
    } catch (IOException failed) {
      throw failure(file, failed);
    }
  }

  private static GristmillException failure(Path file, IOException failed) {
    return new GristmillException(
        "cannot write the dead-letter file %s: %s. Give another one to OnError.setAside."
            .formatted(file, GristmillException.reason(failed)),
        failed);
  }

  @Override
  public void close() {
    try {
      if (out != null) {
        out.close();
      }
    } catch (IOException failed) {
      throw failure(file, failed);
    }
  }

  /**
   * The rows in a dead-letter file.
   *
   * @throws GristmillException if it cannot be read, or is not one
   */
  static List<Letter> read(Path file) {
    var letters = new ArrayList<Letter>();
    try {
      for (String line : Files.readAllLines(file)) {
        letters.add(letter(line));
      }
      return letters;
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot read the dead-letter file %s: %s"
              .formatted(file, GristmillException.reason(failed)),
          failed);
    } catch (RuntimeException malformed) { // Gson has many ways to say so
      throw new GristmillException(
          "line %d of %s is no row that was set aside".formatted(letters.size() + 1, file),
          malformed);
    }
  }

  private static Letter letter(String line) {
    JsonObject json = GSON.fromJson(line, JsonObject.class);
    String stage = text(json, "stage");
    return new Letter(
        json.get("row").getAsLong(),
        text(json, json.has("origin") ? "origin" : "path"),
        stage == null ? "" : stage);
  }

  private static String text(JsonObject json, String member) {
    var text = json.get(member);
    return text == null || text.isJsonNull() ? null : text.getAsString();
  }
}
