package org.gristmill.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.gristmill.Verdict;

/**
 * What verdicts promise, against what comes of it: jobs whose parts sleep are run, changed as their
 * verdict advises, and run again. Exits with 1 if a prediction is off by too much twice in a row.
 * Argument: a file, to write the table into its section "verdict".
 */
final class Predictions {
  /** How far a predicted time may be from the measured one, as a share of that. */
  static final double TOLERANCE = 0.15;

  static final List<SleepingJob> JOBS =
      List.of(
          SleepingJob.of("a load in each batch of 4, 2 workers", 100)
              .loading(4, 2, 5000, 40_000, true),
          SleepingJob.of("a load in each batch of 16, 1 worker", 128)
              .loading(16, 1, 2000, 60_000, true),
          SleepingJob.of("loads in batches, behind a map", 100)
              .map(16_000)
              .loading(4, 2, 4000, 60_000, true),
          SleepingJob.of("one worker", 200).map(2000).batches(8, 1, 5000),
          SleepingJob.of("two workers, rows that differ", 240)
              .map(3000)
              .batches(16, 2, 8000)
              .spread(0.8),
          SleepingJob.of("workers with a slow constructor", 160)
              .loading(8, 2, 10_000, 150_000, false),
          SleepingJob.of("two steps, the first slow", 160).batches(4, 1, 6000).batches(16, 1, 2000),
          SleepingJob.of("two steps, the second slow", 192)
              .batches(4, 2, 3000)
              .batches(32, 1, 5000),
          SleepingJob.of("a map that waits", 120).map(20_000).batches(8, 1, 2000),
          SleepingJob.of("a map that waits, rows that differ", 240).map(15_000).spread(0.9),
          SleepingJob.of("a slow iterator", 100).source(8000).batches(4, 2, 3000),
          SleepingJob.of("a slow action", 120).batches(8, 2, 3000).output(7000),
          SleepingJob.of("little memory", 160)
              .map(6000, 1_000_000)
              .batches(8, 2, 5000)
              .memory(4_000_000),
          SleepingJob.of("few rows, a slow constructor", 64).loading(4, 2, 5000, 500_000, false),
          SleepingJob.of("a thousand batches of 64", 64_000).batches(64, 2, 40),
          SleepingJob.of("three steps and an action", 120)
              .map(3000)
              .batches(4, 1, 4000)
              .batches(8, 2, 12_000)
              .output(1000)
              .spread(0.5));

  /** A change that was advised and made; times in seconds. */
  record Outcome(SleepingJob job, Verdict verdict, Duration before, Duration after) {
    /** By how much the prediction is off, as a share of what was measured. */
    double error() {
      double predicted = verdict.best().orElseThrow().wall().toNanos();
      return predicted / after.toNanos() - 1;
    }

    boolean isClose() {
      return Math.abs(error()) <= TOLERANCE;
    }

    List<String> cells() {
      var change = verdict.best().orElseThrow();
      return List.of(
          job.name(),
          verdict.bound().toString(),
          change.advice(),
          seconds(before),
          String.format(Locale.ROOT, "%.2f", verdict.modelled()),
          seconds(change.wall()),
          seconds(after),
          String.format(Locale.ROOT, "%+.0f %%", 100 * error()));
    }
  }

  private Predictions() {}

  /** Runs a job, and again as its verdict advises. */
  static Outcome tried(SleepingJob job) {
    var before = job.run();
    var verdict = before.verdict();
    var change =
        verdict.best().orElseThrow(() -> new IllegalStateException(job.name() + ": " + verdict));
    return new Outcome(job, verdict, before.wall(), job.changed(change).run().wall());
  }

  public static void main(String[] arguments) throws Exception {
    JOBS.get(0).run(); // classes are loaded
    var lines = new ArrayList<String>();
    lines.add(
        "| job | bound | advice | was, s | model by measured | predicted, s | measured, s | off |");
    lines.add("|---|---|---|---:|---:|---:|---:|---:|");
    lines.forEach(System.out::println);
    boolean allClose = true;
    for (SleepingJob job : JOBS) {
      var outcome = tried(job);
      outcome = outcome.isClose() ? outcome : tried(job); // machines are noisy
      allClose &= outcome.isClose();
      lines.add("| " + String.join(" | ", outcome.cells()) + " |");
      System.out.println(lines.get(lines.size() - 1));
    }
    if (arguments.length > 0) {
      record(Path.of(arguments[0]), lines);
    }
    System.exit(allClose ? 0 : 1);
  }

  private static void record(Path file, List<String> lines) throws Exception {
    String begin = "<!-- verdict -->\n";
    String end = "<!-- end of verdict -->";
    String text = Files.readString(file);
    int from = text.indexOf(begin) + begin.length();
    Files.writeString(
        file,
        text.substring(0, from)
            + String.join("\n", lines)
            + "\n"
            + text.substring(text.indexOf(end)));
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.2f", duration.toNanos() / 1e9);
  }
}
