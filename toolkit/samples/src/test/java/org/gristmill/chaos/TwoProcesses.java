package org.gristmill.chaos;

import static org.gristmill.chaos.Campaign.require;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.gristmill.chaos.Campaign.Settings;
import org.gristmill.sink.Manifest;

/** Processes want one folder: one has it, the others are told; when it is killed, it is free. */
final class TwoProcesses {
  private static final int ROWS =
      160; // 4 s of batches, longer than another JVM takes to be refused
  private static final int SECONDS = 60;

  private TwoProcesses() {}

  static String check(Settings settings) throws Exception {
    var random = new Random(settings.seed());
    int rounds = settings.times(10, 2);
    for (int round = 0; round < rounds; round++) {
      Path folder = settings.folder("two-processes-" + round);
      try (var one = start(folder);
          var other = start(folder)) {
        while (one.isAlive() && other.isAlive()) {
          one.pass(1000);
        }
        Child refused = one.isAlive() ? other : one;
        Child first = one.isAlive() ? one : other;
        require(refused.end(SECONDS) == 1, "not refused: %s", refused.text());
        require(
            refused.text().contains(busy("process " + first.pid()))
                || refused.text().contains(busy("another process")), // it has no name yet
            "%s",
            refused.text());
        first.await("+", 1 + random.nextInt(6), SECONDS);
        try (var third = start(folder)) {
          require(third.end(SECONDS) == 1, "not refused: %s", third.text());
          require(third.text().contains(busy("process " + first.pid())), "%s", third.text());
        }
        require(first.isAlive(), "it was to be killed: %s", first.text());
        first.kill();
      }
      try (var last = start(folder)) {
        require(last.end(SECONDS) == 0, "the folder is not free: %s", last.text());
      }
      long rows = Manifest.read(folder.resolve("out")).orElseThrow().rows();
      require(rows == ROWS, "%d rows", rows);
    }
    return "%d times two of three were told who has the folder, and it was free after a kill"
        .formatted(rounds);
  }

  private static String busy(String who) {
    return "out is being written by " + who + ": wait until it ends, or write to another folder";
  }

  private static Child start(Path folder) throws java.io.IOException {
    return Child.java(folder, List.of("-Xmx128m"), Victim.class, "spin", ROWS);
  }
}
