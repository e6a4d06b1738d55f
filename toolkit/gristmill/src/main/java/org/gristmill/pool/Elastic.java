package org.gristmill.pool;

import java.time.Duration;
import org.gristmill.observe.StageMeter;

/**
 * What a crew is looked at for from time to time: its size, and tasks that hang. Owned by the
 * driving thread.
 */
public final class Elastic {
  private static final long LOOK_NANOS = 50_000_000; // at running tasks
  private static final long WINDOW_NANOS = 250_000_000;
  private static final int TASKS_PER_ACTOR = 2; // in a window, at least

  private final Scaling scaling; // null where the size is fixed
  private final long limitNanos; // of a task; 0 where there is none
  private boolean began; // a window, at:
  private long windowBegan;
  private long tasks;
  private long rows;
  private long starved;

  private Elastic(Scaling scaling, long limitNanos) {
    this.scaling = scaling;
    this.limitNanos = limitNanos;
  }

  /** A crew of a fixed size whose tasks may take as long as they like. */
  public static Elastic fixed() {
    return new Elastic(null, 0);
  }

  /**
   * A crew that may grow and shrink.
   *
   * @param timeLimit of a task; zero where there is none
   */
  public static Elastic of(int min, int max, Duration timeLimit) {
    return new Elastic(min == max ? null : new Scaling(min, max), timeLimit.toNanos());
  }

  /** Nanoseconds until it wants to look again. */
  public long tick(long now, Crew<?> crew, StageMeter meter) {
    if (limitNanos > 0) {
      crew.enforce(limitNanos);
    }
    if (scaling != null) {
      scale(now, crew, meter);
    }
    return limitNanos > 0 || scaling != null ? LOOK_NANOS : Long.MAX_VALUE;
  }

  private void scale(long now, Crew<?> crew, StageMeter meter) {
    if (!began || crew.making() > 0) { // a model may take long to load
      begin(now, meter);
      return;
    }
    meter.workers(crew.size()); // not before they are there: a cluster may have no room for them
    long elapsed = now - windowBegan;
    boolean tellsEnough =
        meter.tasks() - tasks >= (long) TASKS_PER_ACTOR * crew.size()
            || meter.waitedForInput() - starved > elapsed * crew.size() / 2;
    if (elapsed < WINDOW_NANOS || !tellsEnough) {
      return;
    }
    double waited = (meter.waitedForInput() - starved) / ((double) elapsed * crew.size());
    int size = scaling.decide(crew.size(), waited, (meter.rowsIn() - rows) * 1e9 / elapsed);
    crew.resize(size);
    begin(now, meter);
  }

  private void begin(long now, StageMeter meter) {
    began = true;
    windowBegan = now;
    tasks = meter.tasks();
    rows = meter.rowsIn();
    starved = meter.waitedForInput();
  }
}
