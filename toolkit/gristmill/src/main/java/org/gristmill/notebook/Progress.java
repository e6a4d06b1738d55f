package org.gristmill.notebook;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.gristmill.Timeline;
import org.gristmill.observe.Snapshot;

/** How far a run is, in the words of the tile and of the lines in a terminal. */
final class Progress {
  private static final long LATELY = 3_000_000_000L; // nanoseconds
  private static final int MINUTE = 60;
  private static final int HOUR = 3600;

  private Progress() {}

  /** Rows that are done with: they came out, or were set aside. */
  static long done(Snapshot run) {
    return run.stats().rows() + run.stats().setAside();
  }

  /** Such as "640 of about 1000". */
  static String rows(Snapshot run) {
    if (run.state() == Snapshot.State.ENDED || run.total().isEmpty()) {
      return String.valueOf(done(run));
    }
    long total = Math.max(done(run), run.total().getAsLong());
    return done(run) + " of " + (run.totalIsEstimate() ? "about " : "") + total;
  }

  /** The share of rows that are done with, if it is known how many there are. */
  static Optional<Double> share(Snapshot run) {
    if (run.state() == Snapshot.State.ENDED) {
      return Optional.of(1.0);
    }
    if (run.total().isEmpty()) {
      return Optional.empty();
    }
    double total = Math.max(1, Math.max(done(run), run.total().getAsLong()));
    return Optional.of(done(run) / total);
  }

  /** Rows a second: lately while it runs, by all of its time when it is over. */
  static String rate(Snapshot run) {
    double rate = run.stats().rowsPerSecond();
    if (run.state() == Snapshot.State.RUNNING) {
      rate = lately(run).orElse(rate);
    }
    return tenths(rate) + " rows/s";
  }

  private static Optional<Double> lately(Snapshot run) {
    List<Timeline.Sample> samples = run.stats().timeline().samples();
    long now = run.stats().wall().toNanos();
    for (int i = samples.size() - 1; i >= 0; i--) {
      var then = samples.get(i);
      if (now - then.at() >= LATELY) {
        return Optional.of(1e9 * (run.stats().rows() - then.rows()) / (now - then.at()));
      }
    }
    return Optional.empty();
  }

  /**
   * How long the rest may take, such as "8 to 10 s": never nothing, as long as rows are missing.
   */
  static Optional<String> left(Snapshot run) {
    return run.remaining().map(rest -> range(rest.low(), rest.high()));
  }

  private static String range(Duration low, Duration high) {
    double least = low.toMillis() / 1000.0;
    double most = Math.max(least, high.toMillis() / 1000.0);
    if (most > 100 * HOUR) {
      return least > 100 * HOUR ? "more than 100 h" : "more than " + time(least);
    }
    int unit = most < 2 * MINUTE ? 1 : most < 2 * HOUR ? MINUTE : HOUR;
    long from = (long) (least / unit);
    long to = Math.max(1, (long) Math.ceil(most / unit));
    String name = unit == 1 ? " s" : unit == MINUTE ? " min" : " h";
    if (from == 0) {
      return unit == 1 || least < 1 ? "under " + to + name : time(least) + " to " + to + name;
    }
    return from == to ? "about " + to + name : from + " to " + to + name;
  }

  /** A time as people read it. */
  static String time(Duration time) {
    return time(time.toSeconds() + time.toMillisPart() / 1000.0);
  }

  private static String time(double seconds) {
    if (seconds < MINUTE) {
      return tenths(seconds) + " s";
    }
    long whole = (long) seconds;
    return whole < HOUR
        ? "%d min %02d s".formatted(whole / MINUTE, whole % MINUTE)
        : "%d h %02d min".formatted(whole / HOUR, whole % HOUR / MINUTE);
  }

  /** With one decimal. Frames are made often, and by code that has not run long: no formats. */
  static String tenths(double value) {
    long tenths = Math.round(10 * value);
    return tenths / 10 + "." + tenths % 10;
  }

  /** A name that may be long, such as a stage's. */
  static String shortened(String name, int most) {
    return name.length() <= most ? name : name.substring(0, most - 1) + "…";
  }
}
