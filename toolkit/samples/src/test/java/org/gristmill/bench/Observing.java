package org.gristmill.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.gristmill.Device;
import org.gristmill.RunStats;
import org.gristmill.observe.Meter;
import org.gristmill.observe.Metrics;
import org.gristmill.observe.ProcessMemory;
import org.gristmill.observe.RunListener;
import org.gristmill.observe.Runs;
import org.gristmill.observe.Snapshot;
import org.gristmill.observe.StageMeter;
import org.gristmill.observe.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What each event of a run costs the thread that drives it, of a run whose timeline is full. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Observing {
  private static final int SPANS = 10_000; // as many as a timeline keeps
  private static final int ACTORS = 4;
  private static final RunListener NOBODY = new RunListener() {};

  /** An engine that stands still. */
  private static final class Standing implements Meter.Engine {
    @Override
    public List<Snapshot.StageNow> stages() {
      return List.of(
          new Snapshot.StageNow(0, 0, false),
          new Snapshot.StageNow(40, 2, false),
          new Snapshot.StageNow(32, 2, false));
    }

    @Override
    public OptionalLong total() {
      return OptionalLong.of(1_000_000);
    }

    @Override
    public boolean totalIsEstimate() {
      return false;
    }

    @Override
    public long held() {
      return 1 << 20;
    }

    @Override
    public long mostHeld() {
      return 1 << 21;
    }

    @Override
    public long budget() {
      return 1 << 30;
    }
  }

  private final Meter.Engine engine = new Standing();
  private final List<Work> works = new ArrayList<>();
  private final Runs runs = new Runs();
  private final Metrics metrics = new Metrics();
  private Meter full; // its timeline stays as it is
  private StageMeter batches; // of a run whose timeline grows and is made coarser
  private Snapshot snapshot;
  private int next;

  @Setup
  public void fill() throws Exception {
    for (int actor = 0; actor < ACTORS; actor++) {
      var work = new Work(Device.cpu(), actor);
      work.task(() -> Work.time(Work.Part.FORWARD, () -> 1));
      works.add(work);
    }
    batches = stages(new Meter("steps", "options", NOBODY));
    var latest = new ArrayList<Snapshot>();
    full =
        new Meter(
            "steps",
            "options",
            new RunListener() {
              @Override
              public void progressed(Snapshot run) {
                latest.add(run);
              }
            });
    var stage = stages(full);
    for (int i = 0; i < SPANS; i++) {
      stage.task(16);
      stage.spent(works.get(i % ACTORS), 1, 16, false);
    }
    full.look(engine); // the first one is told at once
    snapshot = latest.get(0);
    if (snapshot.stats().timeline().spans().size() != SPANS) {
      throw new IllegalStateException(snapshot.stats().timeline().spans().size() + " spans");
    }
  }

  private static StageMeter stages(Meter meter) {
    var batches = meter.stage("mapBatches(16, 4 workers)", true);
    meter.stage("read > decode", false);
    meter.stage("readImages(/pictures)", false);
    return batches;
  }

  /** A task has ended: its sums, its duration and its span. */
  @Benchmark
  public void task() {
    batches.task(16);
    batches.spent(works.get(next++ % ACTORS), 1, 16, false);
  }

  /** The driving thread looks at the clock; ten or twenty times a second there is more to do. */
  @Benchmark
  public void look() {
    full.look(engine);
  }

  /** What a run did so far, for those who look on. */
  @Benchmark
  public RunStats stats() {
    return full.stats(engine);
  }

  /** The process's memory, read from the system. */
  @Benchmark
  public long memory() {
    return ProcessMemory.resident();
  }

  /** A snapshot told to the runs that are kept. */
  @Benchmark
  public void runs() {
    runs.progressed(snapshot);
  }

  /** A snapshot told to the metrics. */
  @Benchmark
  public void metrics() {
    metrics.progressed(snapshot);
  }

  /** A batch told to the metrics. */
  @Benchmark
  public void batch() {
    metrics.batch(2, "mapBatches(16, 4 workers)", 16, Duration.ofMillis(80).toNanos());
  }
}
