package org.gristmill.sink;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.gristmill.GristmillException;

/**
 * Writes the manifest: each append is on the disk before the next step. Between appends the file is
 * not held open, so that one which vanished is noticed. Owned by one thread.
 */
final class Journal {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final Path file;
  private long length;

  private Journal(Path file, long length) {
    this.file = file;
    this.length = length;
  }

  /** A manifest without segments, in place of the one that the folder has. */
  static Journal create(Path folder, Map<String, String> identity) {
    var names = new JsonObject();
    identity.forEach(names::addProperty);
    var first = new JsonObject();
    first.addProperty("gristmill", 1);
    first.add("identity", names);
    Path file = folder.resolve(Manifest.NAME);
    byte[] bytes = bytes(List.of(first));
    try {
      Disk.place(file, bytes);
    } catch (IOException failed) {
      throw Disk.failure("write", file, failed);
    }
    return new Journal(file, bytes.length);
  }

  /** Goes on behind the last whole line. */
  static Journal resume(Path folder, Manifest manifest) {
    var journal = new Journal(folder.resolve(Manifest.NAME), manifest.length());
    journal.append(List.of());
    return journal;
  }

  void append(List<JsonObject> lines) {
    byte[] bytes = bytes(lines);
    if (!Files.exists(file)) { // "rw" would make an empty one
      throw gone();
    }
    try (var out = new RandomAccessFile(file.toFile(), "rw")) {
      if (out.length() < length) {
        throw gone();
      }
      out.setLength(length); // what a kill or a full disk left of a line
      out.seek(length);
      out.write(bytes);
      out.getFD().sync();
    } catch (IOException failed) {
      throw Disk.failure("write", file, failed);
    }
    length += bytes.length;
  }

  private GristmillException gone() {
    return new GristmillException(
        file + " was deleted or cut while a run wrote to its folder: write to another folder");
  }

  private static byte[] bytes(List<JsonObject> lines) {
    var text = new StringBuilder();
    lines.forEach(line -> text.append(GSON.toJson(line)).append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
