package org.gristmill.sink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A run that writes rows 0..n-1; also as a process of its own, to be killed. */
final class Writing {
  static final int ROWS = 1_500;
  static final int SEGMENT = 7;

  private Writing() {}

  /**
   * Arguments: the folder, and a second one to wait for a byte after opening it. Prints a line for
   * each row and each commit.
   */
  public static void main(String[] arguments) throws IOException {
    try (var segments = open(Path.of(arguments[0]), "A", SEGMENT)) {
      System.out.println("open");
      if (arguments.length > 1) {
        System.in.read();
      }
      write(segments, ROWS, () -> System.out.println("."));
    }
  }

  static Map<String, String> identity(String plan) {
    var identity = new LinkedHashMap<String, String>();
    identity.put("source", "numbers");
    identity.put("plan", plan);
    return identity;
  }

  static Segments open(Path folder, String plan, int rowsPerSegment) {
    return Segments.open(folder, "jsonl", identity(plan), rowsPerSegment);
  }

  static String row(long number) {
    return "{\"n\":%d,\"text\":\"\u00fc%s\"}".formatted(number, "x".repeat((int) (number % 50)));
  }

  static Checkpoint at(long next) {
    return new Checkpoint(
        next,
        next * 0x9E3779B97F4A7C15L,
        List.of(next, Long.MIN_VALUE + next),
        Map.of("letters", next / 2));
  }

  /** Goes on where the last commit ended. */
  static void write(Segments segments, long rows, Runnable step) {
    if (segments.isComplete()) {
      return;
    }
    segments.model("m", "0123456789abcdef");
    long next = segments.checkpoint().map(Checkpoint::next).orElse(0L);
    if (!at(next).equals(segments.checkpoint().orElse(at(0)))) {
      throw new AssertionError("not as committed: " + segments.checkpoint());
    }
    for (; next < rows; next++) {
      segments.add(row(next));
      step.run();
      if (segments.isFull()) {
        segments.commit(at(next + 1));
        step.run();
      }
    }
    segments.complete(at(rows));
  }

  /** The rows of the committed segments. */
  static List<String> rows(Path folder) throws IOException {
    var rows = new ArrayList<String>();
    for (var segment : Manifest.read(folder).orElseThrow().segments()) {
      rows.addAll(Files.readAllLines(folder.resolve(segment.file())));
    }
    return rows;
  }

  /** Every file but the lock, by its path in the folder. */
  static Map<String, String> files(Path folder) throws IOException {
    var files = new TreeMap<String, String>();
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        if (!path.endsWith(FolderLock.NAME)) {
          files.put(folder.relativize(path).toString(), Files.readString(path));
        }
      }
    }
    return files;
  }

  static void copy(Path from, Path to) throws IOException {
    try (var paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    }
  }
}
