package org.gristmill.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.gristmill.GristmillException;
import org.gristmill.sink.Manifest;

/** Which files a path stands for, in order, and what there is to tell of them. Immutable. */
record TextFiles(List<TextFile> files, List<String> notes) {
  /**
   * The file or folder that a user names.
   *
   * @throws GristmillException if it is not there
   */
  static Path root(String path) {
    if (path.startsWith("s3://")) {
      throw new GristmillException(
          "cannot read text from " + path + ": copy it to this machine and give a path");
    }
    return ImageFiles.root(path);
  }

  static TextFiles of(Path path, String extension) {
    if (!Files.isDirectory(path)) {
      return new TextFiles(List.of(new TextFile(path, Optional.empty())), List.of());
    }
    return Manifest.read(path)
        .map(manifest -> committed(path, extension, manifest))
        .orElseGet(() -> named(path, extension));
  }

  private static TextFiles committed(Path folder, String extension, Manifest manifest) {
    for (var segment : manifest.segments()) {
      if (!segment.file().endsWith("." + extension)) {
        throw new GristmillException(
            "%s holds %s, which is no .%s: read it as what it is"
                .formatted(folder, segment.file(), extension));
      }
    }
    var files =
        manifest.segments().stream()
            .map(segment -> new TextFile(folder.resolve(segment.file()), Optional.of(segment)))
            .toList();
    String note =
        String.format(
            Locale.ROOT,
            "the run that writes %s has not ended: read are the rows that it has committed (%,d)",
            folder,
            manifest.rows());
    return new TextFiles(files, manifest.isComplete() ? List.of() : List.of(note));
  }

  private static TextFiles named(Path folder, String extension) {
    var files = new TreeSet<Path>();
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith("." + extension) && !name.startsWith(".") && Files.isRegularFile(entry)) {
          files.add(entry);
        }
      }
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot list " + folder + ": " + GristmillException.reason(failed), failed);
    }
    if (files.isEmpty()) {
      throw new GristmillException(
          "no file in %s ends in .%s: give another folder, or the path of a file"
              .formatted(folder, extension));
    }
    return new TextFiles(
        files.stream().map(file -> new TextFile(file, Optional.empty())).toList(), List.of());
  }
}
