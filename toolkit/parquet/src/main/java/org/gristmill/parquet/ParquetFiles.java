package org.gristmill.parquet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.gristmill.GristmillException;

/**
 * Which files a path stands for, in order.
 *
 * @param name tells the path, and when the files were last changed
 */
record ParquetFiles(String name, List<Path> paths) {
  static ParquetFiles of(String path) {
    if (path.startsWith("s3://")) {
      throw new GristmillException(
          "cannot read Parquet from " + path + ": copy it to this machine and give a path");
    }
    Path root = Path.of(path);
    if (Files.notExists(root)) {
      throw new GristmillException("there is no " + root.toAbsolutePath() + ": give another path");
    }
    try {
      List<Path> files = Files.isDirectory(root) ? within(root) : List.of(root);
      long bytes = 0;
      Instant changed = Instant.EPOCH;
      for (Path file : files) {
        bytes += Files.size(file);
        Instant ofFile = Files.getLastModifiedTime(file).toInstant();
        changed = ofFile.isAfter(changed) ? ofFile : changed;
      }
      String name =
          String.format(Locale.ROOT, "Parquet.read(%s, %,d bytes of %s)", path, bytes, changed);
      return new ParquetFiles(name, files);
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot read %s: %s".formatted(root, GristmillException.reason(failed)), failed);
    }
  }

  private static List<Path> within(Path folder) throws IOException {
    var files = new TreeSet<Path>();
    try (var entries = Files.newDirectoryStream(folder, "*.parquet")) {
      for (Path entry : entries) {
        if (Files.isRegularFile(entry) && !entry.getFileName().toString().startsWith(".")) {
          files.add(entry);
        }
      }
    }
    if (files.isEmpty()) {
      throw new GristmillException(
          "no file in %s ends in .parquet: give another folder, or the path of a file"
              .formatted(folder));
    }
    return List.copyOf(files);
  }
}
