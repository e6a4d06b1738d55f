package org.gristmill.chaos;

import static org.gristmill.chaos.Campaign.require;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.gristmill.chaos.Campaign.Settings;
import org.gristmill.sink.Manifest;

/**
 * A run whose thread is interrupted, as a notebook's kernel does, or whose process gets SIGINT,
 * while a batch is worked on that feels neither.
 */
final class Interrupts {
  private static final int ROWS = 48; // batches of 4, 200 ms each
  private static final int SECONDS = 60;
  private static final int MOST_MILLIS = 1200; // a second and the batch

  private Interrupts() {}

  static String check(Settings settings) throws Exception {
    var random = new Random(settings.seed());
    int rounds = settings.times(10, 3);
    long slowest = 0;
    for (int round = 0; round < rounds; round++) {
      Path folder = settings.folder("interrupt-" + round);
      try (var child = start(folder)) {
        atSomeBatch(child, folder, random);
        child.poke();
        require(child.end(SECONDS) == 1, "not stopped: %s", child.text());
        String told = child.text();
        require(told.contains("everything was stopped"), "%s", told);
        long millis = Long.parseLong(child.last("stopped ").replaceAll("\\D", ""));
        slowest = Math.max(slowest, millis);
        require(millis <= MOST_MILLIS, "it went on for %d ms", millis);
      }
      require(partials(folder) == 0, "temporary files are left in %s", folder);
      runAgain(folder);
    }
    Path folder = settings.folder("interrupt-signal");
    long signalled;
    try (var child = start(folder)) {
      atSomeBatch(child, folder, random);
      long began = System.nanoTime();
      new ProcessBuilder("kill", "-INT", String.valueOf(child.pid())).start().waitFor();
      require(child.end(SECONDS) == 130, "not ended by SIGINT: %s", child.text());
      signalled = (System.nanoTime() - began) / 1_000_000;
    }
    runAgain(folder);
    return "%d interrupts while batches of 200 ms ran: stopped after %d ms at most, no temporary file left, went on; SIGINT: ended after %d ms, went on"
        .formatted(rounds, slowest, signalled);
  }

  private static Child start(Path folder) throws IOException {
    return Child.java(folder, List.of("-Xmx128m"), Victim.class, "spin", ROWS);
  }

  private static void atSomeBatch(Child child, Path folder, Random random) throws Exception {
    child.await("+", 2 + random.nextInt(6), SECONDS);
    while (child.isAlive() && committed(folder) == 0) {
      child.pass(1000);
    }
    child.pass(random.nextInt(200_000));
    require(child.isAlive(), "it has ended: %s", child.text());
  }

  private static long committed(Path folder) {
    return Manifest.read(folder.resolve("out")).map(Manifest::rows).orElse(0L);
  }

  private static void runAgain(Path folder) throws Exception {
    long before = committed(folder);
    try (var child = start(folder)) {
      require(child.end(SECONDS) == 0, "the last run failed: %s", child.text());
      String done = "done " + (ROWS - before) + " ";
      require(child.text().contains(done), "%s after %d rows", child.text(), before);
    }
    require(partials(folder) == 0, "temporary files are left in %s", folder);
  }

  private static long partials(Path folder) throws IOException {
    try (var files = Files.list(folder.resolve("out"))) {
      return files.filter(file -> file.toString().endsWith(".partial")).count();
    }
  }
}
