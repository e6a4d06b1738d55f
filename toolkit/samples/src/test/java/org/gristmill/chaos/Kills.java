package org.gristmill.chaos;

import static org.gristmill.chaos.Campaign.require;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.gristmill.chaos.Campaign.Settings;
import org.gristmill.sink.Manifest;

/**
 * Runs that are killed again and again until they are complete, cycle after cycle, and what they
 * have written then against what a run in peace has written.
 */
final class Kills {
  private static final int STARTUP = 8; // every eighth kill, on average, may hit the start of a JVM
  private static final int STARTUP_MILLIS = 600;
  private static final int SECONDS = 120; // for a whole run

  /**
   * What is killed.
   *
   * @param batches of one run of it, between which kills fall
   * @param spreadMicros of the time from such a batch to the kill
   * @param expected rows in the end
   * @param aside rows that are set aside
   */
  private record Plan(
      String job, int rows, int batches, long spreadMicros, long expected, long aside) {}

  private final Plan plan;
  private final Settings settings;
  private final Random random;
  private Map<String, String> peaceful;
  private int kills;
  private int cycles;
  private int early; // kills before the first commit
  private int working; // kills while a batch was worked on, or rows were being written
  private int resumed; // runs that worked on behind a commit
  private int between; // kills that left something that no manifest names

  private Kills(Plan plan, Settings settings) {
    this.plan = plan;
    this.settings = settings;
    random = new Random(settings.seed());
  }

  static String ofAClassification(Settings settings) throws Exception {
    return new Kills(new Plan("classify", 480, 20, 100_000, 480, 0), settings).run();
  }

  static String withinCommits(Settings settings) throws Exception {
    return new Kills(new Plan("commit", 2000, 60, 100_000, 1800, 200), settings).run();
  }

  private Child start(Path folder) throws IOException {
    return Child.java(folder, List.of("-Xmx512m"), Victim.class, plan.job, plan.rows);
  }

  private String run() throws Exception {
    Path peace = settings.folder(plan.job + "-in-peace");
    try (var child = start(peace)) {
      require(child.end(SECONDS) == 0, "the run in peace failed: %s", child.text());
    }
    peaceful = files(peace);
    require(rows(peace) == plan.expected, "%d rows in peace", rows(peace));
    while (kills < settings.kills()) {
      Path folder = settings.folder(plan.job + "-" + cycles++);
      while (kills < settings.kills() && !killed(folder)) {}
      complete(folder);
      Campaign.delete(folder);
    }
    String measured =
        "%d kills in %d cycles: %d before the first commit, %d with rows in work, %d that left uncommitted files; %d runs went on behind a commit"
            .formatted(kills, cycles, early, working, between, resumed);
    require(
        2 * working > kills && 3 * resumed > kills, "kills hit the wrong moments: %s", measured);
    return "%s; every file as in peace, %d rows and %d set aside"
        .formatted(measured, plan.expected, plan.aside);
  }

  /** Starts a run and kills it; true if it was complete before that. */
  private boolean killed(Path folder) throws Exception {
    long before = committed(folder);
    try (var child = start(folder)) {
      if (random.nextInt(STARTUP) == 0) {
        child.pass(random.nextInt(STARTUP_MILLIS) * 1000L);
      } else {
        child.await("+", 1 + random.nextInt(plan.batches), SECONDS);
        child.pass((long) (random.nextDouble() * plan.spreadMicros));
      }
      boolean isAlive = child.isAlive();
      child.kill();
      int begun = child.count("+");
      resumed += before > 0 && begun > 0 ? 1 : 0;
      if (child.count("done") > 0) {
        return true;
      }
      require(isAlive, "it ended by itself: %s", child.text());
      kills++;
      early += committed(folder) == 0 ? 1 : 0;
      working += begun > 0 && (plan.aside > 0 || begun > child.count("-")) ? 1 : 0;
      between += hasUncommitted(folder) ? 1 : 0;
      check(folder);
      return false;
    }
  }

  private static long committed(Path folder) {
    return Manifest.read(folder.resolve("out")).map(Manifest::rows).orElse(0L);
  }

  /** Whatever is committed stays, and is what it would be without kills. */
  private void check(Path folder) throws IOException {
    Path out = folder.resolve("out");
    var manifest = Manifest.read(out);
    for (var segment : manifest.map(Manifest::segments).orElse(List.of())) {
      String name = "out/" + segment.file();
      require(
          Files.readString(out.resolve(segment.file())).equals(peaceful.get(name)),
          "%s differs after kill %d",
          name,
          kills);
    }
  }

  private static boolean hasUncommitted(Path folder) throws IOException {
    var names = new HashSet<String>();
    Manifest.read(folder.resolve("out"))
        .ifPresent(manifest -> manifest.segments().forEach(s -> names.add("out/" + s.file())));
    return files(folder).keySet().stream()
        .anyMatch(name -> name.contains("segment-") && !names.contains(name));
  }

  private void complete(Path folder) throws Exception {
    try (var child = start(folder)) {
      require(child.end(SECONDS) == 0, "the last run failed: %s", child.text());
    }
    var files = files(folder);
    require(files.keySet().equals(peaceful.keySet()), "other files: %s", files.keySet());
    for (String name : files.keySet()) {
      require(files.get(name).equals(peaceful.get(name)), "%s differs", name);
    }
    require(rows(folder) == plan.expected, "%d rows", rows(folder));
    long aside = files.getOrDefault("letters.jsonl", "").lines().distinct().count();
    require(aside == plan.aside, "%d rows set aside", aside);
  }

  /** Different rows in the files. */
  private static long rows(Path folder) throws IOException {
    var lines = new ArrayList<String>();
    files(folder)
        .forEach(
            (name, text) -> {
              if (name.contains("segment-")) {
                text.lines().forEach(lines::add);
              }
            });
    require(lines.stream().distinct().count() == lines.size(), "a row is there twice");
    return lines.size();
  }

  /** Every file but the lock, which names a process; without the folder's name. */
  private static Map<String, String> files(Path folder) throws IOException {
    var files = new TreeMap<String, String>();
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        if (!path.endsWith(".lock")) {
          String text = Files.readString(path).replace(folder.toString(), "");
          files.put(folder.relativize(path).toString(), text);
        }
      }
    }
    return files;
  }
}
