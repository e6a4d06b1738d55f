package org.gristmill.diagnosis;

import java.time.Duration;
import java.util.function.Function;
import org.gristmill.ExecutionPlan.Measured;
import org.gristmill.RunStats;
import org.gristmill.Verdict.Change;
import org.gristmill.Verdict.Kind;
import org.gristmill.dataset.Outline;
import org.gristmill.dataset.WhatIf;

/**
 * How long a run would have taken, had it been otherwise: its changed outline in virtual time, set
 * right by what was measured of it as it was, and no faster than the processors can do its work.
 */
final class Forecast {
  private static final double FULL = 0.95; // of the processors' time is the most that a run gets
  private static final double ACCOUNTED = 0.75; // of the time, by the model
  private static final double COMPUTING = 0.3; // of the time of workers, at least
  private static final double SHORT_ROW = 5000; // nanoseconds

  private final RunStats stats;
  private final Outline outline;
  private final double measured; // nanoseconds, as the rest
  private final double modelled;
  private final double processorTime;

  Forecast(RunStats stats, Outline outline) {
    this.stats = stats;
    this.outline = outline;
    this.measured = Math.max(1, stats.wall().toNanos());
    this.modelled = Math.max(1, WhatIf.of(outline).nanos());
    this.processorTime = stats.cpu().toNanos();
  }

  /** The run as it was, modelled by measured. */
  double agreement() {
    return modelled / measured;
  }

  /** Whether the model knows what most of the time went into. */
  boolean accountsForMost() {
    return agreement() >= ACCOUNTED;
  }

  /**
   * Whether rows take so little that what the engine itself does, which is not modelled, counts.
   */
  boolean isOverhead() {
    return !accountsForMost() && measured / stats.rows() < SHORT_ROW;
  }

  /** The share of the processors' time, 0..1, that the process used. */
  double use() {
    return Math.min(1, processorTime / (measured * processors()));
  }

  static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  /**
   * The share of the processors' time, 0..1, that other processes used, if that matters: workers
   * that only wait do not feel it.
   */
  double others() {
    return total(Measured::cpu) < COMPUTING * total(Measured::busy)
        ? 0
        : Math.max(0, stats.load() - use());
  }

  private double total(Function<Measured, Duration> time) {
    return stats.plan().stages().stream()
        .flatMap(stage -> stage.measured().stream())
        .mapToDouble(stage -> time.apply(stage).toNanos())
        .sum();
  }

  /** How long it would have taken. */
  double nanos(Outline changed) {
    double model = WhatIf.of(changed).nanos();
    // Time that the model does not know of stays; where it knows of too much, all of it counts
    // less.
    double wall = modelled < measured ? measured - modelled + model : measured * model / modelled;
    double work = processorTime * changed.busy() / Math.max(1, outline.busy());
    return Math.max(wall, work / (processors() * Math.max(FULL * (1 - others()), use())));
  }

  /** How many times as fast it would have been. */
  double gain(Outline changed) {
    return measured / nanos(changed);
  }

  /** A change and what it brings. */
  Change change(Kind kind, int stage, long amount, String advice, Outline changed) {
    double nanos = nanos(changed);
    double rows = (double) stats.rows() * changed.rows() / outline.rows();
    double rate = rows * 1e9 / nanos;
    return new Change(
        kind,
        stage,
        amount,
        advice,
        rate,
        Duration.ofNanos(Math.round(nanos)),
        rate / (stats.rows() * 1e9 / measured));
  }
}
