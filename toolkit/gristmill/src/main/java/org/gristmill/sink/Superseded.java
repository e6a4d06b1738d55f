package org.gristmill.sink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * What an earlier run wrote and no longer counts, moved to {@code superseded-N} in its folder. The
 * manifest goes first: from then on nothing in the folder counts, and the manifest's new place says
 * which segments belong there. So a move that a kill cut short is finished at the next opening.
 */
final class Superseded {
  private static final String PREFIX = "superseded-";

  private Superseded() {}

  static boolean isName(String name) {
    return name.matches(PREFIX + "[1-9]\\d{0,8}");
  }

  /** Moves the manifest and the segments that it names, and says where they are. */
  static Path move(Path folder) {
    try {
      Path to = next(folder);
      Files.createDirectories(to);
      Disk.sync(folder);
      Files.move(
          folder.resolve(Manifest.NAME), to.resolve(Manifest.NAME), StandardCopyOption.ATOMIC_MOVE);
      moveSegments(folder, to);
      return to;
    } catch (IOException failed) {
      throw Disk.failure("move old segments in", folder, failed);
    }
  }

  /** Finishes a move; says where to if segments were left to be moved. */
  static Optional<Path> finish(Path folder) {
    try {
      Path last = folder.resolve(PREFIX + last(folder));
      return Files.exists(last.resolve(Manifest.NAME)) && moveSegments(folder, last) > 0
          ? Optional.of(last)
          : Optional.empty();
    } catch (IOException failed) {
      throw Disk.failure("move old segments in", folder, failed);
    }
  }

  private static int moveSegments(Path folder, Path to) throws IOException {
    Disk.sync(to);
    Disk.sync(folder);
    int moved = 0;
    for (var segment : Manifest.read(to).orElseThrow().segments()) {
      Path from = folder.resolve(segment.file());
      Path target = to.resolve(segment.file());
      if (Files.exists(from) && !Files.exists(target)) {
        Files.move(from, target, StandardCopyOption.ATOMIC_MOVE);
        moved++;
      }
    }
    Disk.sync(to);
    Disk.sync(folder);
    return moved;
  }

  /** The last one, if a kill left it empty; else a new one behind it. */
  private static Path next(Path folder) throws IOException {
    int last = last(folder);
    Path path = folder.resolve(PREFIX + last);
    return last > 0 && Contents.names(path).isEmpty() ? path : folder.resolve(PREFIX + (last + 1));
  }

  private static int last(Path folder) throws IOException {
    return Contents.names(folder).stream()
        .filter(name -> isName(name) && Files.isDirectory(folder.resolve(name)))
        .mapToInt(name -> Integer.parseInt(name.substring(PREFIX.length())))
        .max()
        .orElse(0);
  }
}
