package org.gristmill.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.gristmill.ExecutionPlan;

/** What the stages of one label add up to, of all runs. Thread-safe. */
final class StageMetrics {
  // Few, because each is a series of its own: from a function that does little to a large model.
  private static final Duration[] DURATIONS = {
    Duration.ofMillis(1),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(60),
  };
  private static final double[] SIZES = {1, 4, 16, 64, 256, 1024, 4096};

  /** How far a stage of one run has been counted. Owned by the thread that drives the run. */
  static final class Told {
    private long rows;
    private Duration busy = Duration.ZERO;
    private Duration waitedForInput = Duration.ZERO;
    private Duration waitedForRoom = Duration.ZERO;
    private Duration waitedForMemory = Duration.ZERO;
    private long queue;
    private long workers;
  }

  /** The meters that only stages of batches have. */
  private record Batches(Timer durations, DistributionSummary rows) {}

  private final MeterRegistry registry;
  private final String label;
  private final Counter rows;
  private final Counter busy;
  private final Counter waitedForInput;
  private final Counter waitedForRoom;
  private final Counter waitedForMemory;
  private final LongAdder queue = new LongAdder();
  private final LongAdder workers = new LongAdder();
  private volatile Batches batches; // from the first one on

  StageMetrics(MeterRegistry registry, String label) {
    this.registry = registry;
    this.label = label;
    rows = counter("gristmill.rows", "Rows that left the stage").register(registry);
    busy =
        counter("gristmill.stage.busy", "Time of the stage's workers at work")
            .baseUnit("seconds")
            .register(registry);
    waitedForInput = waited("input");
    waitedForRoom = waited("room");
    waitedForMemory = waited("memory");
    gauge("gristmill.queue.rows", "Rows that wait for the stage", queue);
    gauge("gristmill.stage.workers", "Workers of the stage, the most that its runs had", workers);
  }

  private Counter.Builder counter(String name, String what) {
    return Counter.builder(name).description(what).tag("stage", label);
  }

  private Counter waited(String reason) {
    return counter("gristmill.stage.waited", "Time of the stage's workers without work to do")
        .tag("reason", reason)
        .baseUnit("seconds")
        .register(registry);
  }

  private void gauge(String name, String what, LongAdder value) {
    Gauge.builder(name, value, LongAdder::sum)
        .description(what)
        .tag("stage", label)
        .register(registry);
  }

  /** A stage of a run has come so far. */
  void count(ExecutionPlan.Measured now, Told told) {
    rows.increment((double) (now.rows() - told.rows));
    told.rows = now.rows();
    told.busy = add(busy, told.busy, now.busy());
    told.waitedForInput = add(waitedForInput, told.waitedForInput, now.waitedForInput());
    told.waitedForRoom = add(waitedForRoom, told.waitedForRoom, now.waitedForRoom());
    told.waitedForMemory = add(waitedForMemory, told.waitedForMemory, now.waitedForMemory());
  }

  private static Duration add(Counter counter, Duration before, Duration now) {
    counter.increment(now.minus(before).toNanos() / 1e9);
    return now;
  }

  /** A stage of a run has so much now; nothing when the run is over. */
  void holds(long rowsThatWait, long threads, Told told) {
    queue.add(rowsThatWait - told.queue);
    told.queue = rowsThatWait;
    workers.add(threads - told.workers);
    told.workers = threads;
  }

  void batch(int size, long nanos) {
    Batches both = batches;
    if (both == null) {
      batches = both = batches(); // made twice at the same time they are the same
    }
    both.durations.record(nanos, TimeUnit.NANOSECONDS);
    both.rows.record(size);
  }

  private Batches batches() {
    return new Batches(
        Timer.builder("gristmill.batch.duration")
            .description("How long a batch took, and how many there were")
            .tag("stage", label)
            .serviceLevelObjectives(DURATIONS)
            .register(registry),
        DistributionSummary.builder("gristmill.batch.rows")
            .description("Rows of a batch")
            .tag("stage", label)
            .serviceLevelObjectives(SIZES)
            .register(registry));
  }
}
