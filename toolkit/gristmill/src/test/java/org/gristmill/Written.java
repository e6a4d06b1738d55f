package org.gristmill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** What a run has left in a folder. */
final class Written {
  private Written() {}

  static Dataset<Integer> numbers(int n) {
    return Dataset.of(IntStream.range(0, n).boxed().toList());
  }

  /** The files of rows, by name. */
  static Map<String, String> segments(Path folder) throws IOException {
    var files = new TreeMap<String, String>();
    for (String name : names(folder)) {
      if (name.startsWith("segment-")) {
        files.put(name, Files.readString(folder.resolve(name)));
      }
    }
    return files;
  }

  /** The lines of all files of rows. */
  static List<String> lines(Path folder) throws IOException {
    var lines = new ArrayList<String>();
    segments(folder).values().forEach(text -> text.lines().forEach(lines::add));
    return lines;
  }

  /** What lies in a folder, sorted. */
  static List<String> names(Path folder) throws IOException {
    try (var list = Files.list(folder)) {
      return list.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
