package org.gristmill.sink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.gristmill.GristmillException;

/** What lies in a folder that a run is to write: its own files, and none of anyone else. */
final class Contents {
  private static final String SEGMENT = "segment-\\d{6,}\\.(jsonl|csv)";

  private Contents() {}

  static List<String> names(Path folder) throws IOException {
    var names = new TreeSet<String>();
    try (var entries = Files.newDirectoryStream(folder)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    }
    return List.copyOf(names);
  }

  /**
   * Makes the folder if need be.
   *
   * @throws GristmillException if it is a file, or no run has written it and it is not empty
   */
  static void claim(Path folder) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new GristmillException(folder + " is a file: give a new or an empty folder");
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException failed) {
      throw Disk.failure("make the folder", folder, failed);
    }
    // Before there is a lock, so that none is left in a folder of someone else.
    if (!FolderLock.wasTaken(folder)) {
      refuseOthers(folder);
    }
  }

  /**
   * Where no manifest says what the files are they may be anyone's.
   *
   * @throws GristmillException naming a file
   */
  static void refuseOthers(Path folder) {
    if (Files.exists(folder.resolve(Manifest.NAME))) {
      return;
    }
    try {
      List<String> names = names(folder);
      // A kill may have come between moving what no longer counts and the new manifest.
      boolean moved = names.stream().anyMatch(Superseded::isName);
      for (String name : names) {
        boolean ours = name.equals(FolderLock.NAME) || isPartial(name) || Superseded.isName(name);
        if (!ours && !(moved && !name.matches(SEGMENT))) {
          throw new GristmillException(
              "%s holds %s, and no manifest of an earlier run: give a new or an empty folder"
                  .formatted(folder, name));
        }
      }
    } catch (IOException failed) {
      throw Disk.failure("list", folder, failed);
    }
  }

  /** Deletes what a kill left: files that had no name yet, or that the manifest does not name. */
  static void clean(Path folder, List<Manifest.Segment> committed) {
    Set<String> kept = committed.stream().map(Manifest.Segment::file).collect(Collectors.toSet());
    try {
      for (String name : names(folder)) {
        if (isPartial(name) || (name.matches(SEGMENT) && !kept.contains(name))) {
          Files.delete(folder.resolve(name));
        }
      }
    } catch (IOException failed) {
      throw Disk.failure("delete what an earlier run left in", folder, failed);
    }
  }

  private static boolean isPartial(String name) {
    return name.matches("\\.(" + SEGMENT + "|" + Manifest.NAME + ")\\.partial");
  }

  /**
   * Whether all that is committed is there. Hashes are compared when it is read.
   *
   * @throws GristmillException naming the file that is not
   */
  static void check(Path folder, List<Manifest.Segment> committed) {
    for (var segment : committed) {
      Path file = folder.resolve(segment.file());
      try {
        String is =
            Files.notExists(file)
                ? "is gone"
                : Files.size(file) == segment.bytes()
                    ? ""
                    : String.format(
                        Locale.ROOT,
                        "has %,d bytes, not the %,d that were committed",
                        Files.size(file),
                        segment.bytes());
        if (!is.isEmpty()) {
          throw new GristmillException(
              "%s %s: write to another folder, or delete this one".formatted(file, is));
        }
      } catch (IOException failed) {
        throw Disk.failure("read", file, failed);
      }
    }
  }
}
