package org.gristmill.bench;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A job of {@code ci/bench peers}, timed and marked as {@code ci/peers/job.py} does it: at each
 * mark ci/bench reads the processor time of the process. Owned by the thread that takes the
 * predictions.
 */
final class Job {
  private static final int LOOK = 20; // predictions

  /** Pairs of a class and its probability by file name. */
  private final Map<String, List<List<Number>>> found = new LinkedHashMap<>();

  private final long began;
  private long twentiethAt; // milliseconds since 1970

  /** Begins one. */
  Job() throws IOException {
    mark("{\"mark\": \"begin\"}");
    began = System.nanoTime();
  }

  /** A picture was classified. */
  void found(Path file, List<List<Number>> top) {
    found.put(file.getFileName().toString(), top);
    if (found.size() == LOOK) {
      twentiethAt = System.currentTimeMillis();
    }
  }

  /**
   * Ends it.
   *
   * @param out a file for the predictions
   */
  void end(Path out) throws IOException {
    double seconds = (System.nanoTime() - began) / 1e9;
    mark(
        String.format(
            Locale.ROOT,
            "{\"mark\": \"end\", \"rows\": %d, \"seconds\": %.6f, \"first_at\": %s}",
            found.size(),
            seconds,
            twentiethAt == 0 ? "null" : String.format(Locale.ROOT, "%.3f", twentiethAt / 1e3)));
    Files.writeString(out, new Gson().toJson(found));
  }

  private static void mark(String line) throws IOException {
    System.out.println(line);
    while (System.in.read() != '\n') {
      // ci/bench answers with an empty line
    }
  }

  /** The first pictures of a folder, in the order in which every side reads them. */
  static List<Path> files(Path folder, int rows) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().toLowerCase(Locale.ROOT).matches(".*\\.jpe?g"))
          .sorted()
          .limit(rows)
          .toList();
    }
  }
}
