package org.gristmill.observe;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.gristmill.ExecutionPlan;
import org.gristmill.GristmillException;
import org.gristmill.RunStats;
import org.gristmill.Timeline;
import org.gristmill.image.Thumbnail;

/**
 * Adds up a run, writes down its timeline, and tells those who look on. Owned by the thread that
 * drives the run.
 */
public final class Meter implements StageMeter.RunMeter {
  private static final AtomicLong RUNS = new AtomicLong();
  private static final long EVERY_NANOS = 200_000_000; // those who look on are told
  private static final int MOST_FAILURES = 50; // that are shown
  private static final int MOST_PICTURES = 20; // among them

  /** What the engine knows about a run that goes on. */
  public interface Engine {
    List<Snapshot.StageNow> stages();

    /** How many rows there will be, if that can be told: at most, if steps may drop some. */
    OptionalLong total();

    /** Whether that goes by the share of rows that steps let through so far. */
    boolean totalIsEstimate();

    /** Bytes that rows on their way hold; at most so far; and what they may. */
    long held();

    long mostHeld();

    long budget();
  }

  private final String steps;
  private final String options;
  private final RunListener listener;
  private final long id;
  private final LongSupplier nanoTime;
  private final Instant beganAt = Instant.now();
  private final long began;
  private final ProcessorUse processors = new ProcessorUse();
  private final List<StageMeter> stages = new ArrayList<>(); // from the source on
  private final Recorder recorder = new Recorder();
  private final Pace pace = new Pace();
  private final MemoryUse memory;
  private final List<String> notes = new ArrayList<>();
  private final List<RunStats.Failure> failures = new ArrayList<>();
  private final Map<Long, Thumbnail> pictureOf = new HashMap<>(); // by the number of the row
  private int pictures;
  private long rows;
  private long setAside;
  private long firstRow;
  private long output; // nanoseconds of what rows are handed to
  private long told;

  /**
   * @param options how the steps are run
   */
  public Meter(String steps, String options, RunListener listener) {
    this(steps, options, listener, RUNS.incrementAndGet(), new MemoryUse(), System::nanoTime);
  }

  private Meter(
      String steps,
      String options,
      RunListener listener,
      long id,
      MemoryUse memory,
      LongSupplier nanoTime) {
    this.steps = steps;
    this.options = options;
    this.listener = listener;
    this.id = id;
    this.memory = memory;
    this.nanoTime = nanoTime;
    this.began = nanoTime.getAsLong();
  }

  /** For a run in another time than this machine's: nobody looks on, and it is no run to list. */
  public static Meter inVirtualTime(String steps, LongSupplier nanoTime) {
    return new Meter(steps, "", new RunListener() {}, 0, MemoryUse.notLookedAt(), nanoTime);
  }

  /** A meter for a stage that comes before all that were asked for. */
  public StageMeter stage(String name, boolean batches) {
    var stage = new StageMeter(name, batches, this);
    stages.add(0, stage);
    for (int i = 0; i < stages.size(); i++) {
      stages.get(i).place(i);
    }
    return stage;
  }

  @Override
  public void made(StageMeter stage, Work work) {
    watch(work);
    recorder.add(Recorder.making(stage.place(), work, began), stage.device(work));
  }

  private void watch(Work work) {
    if (work.device().isGpu()) {
      memory.watchGpus();
    }
  }

  @Override
  public void tasks(StageMeter stage, Work work, int tasks, long rows, boolean failed) {
    watch(work);
    recorder.add(
        Recorder.tasks(stage.place(), work, began, tasks, rows, failed), stage.device(work));
  }

  @Override
  public void batch(StageMeter stage, int rows, long nanos) {
    listener.batch(stage.place(), stage.name(), rows, nanos);
  }

  /** A row came out, and is about to be taken. */
  public void cameOut() {
    if (firstRow == 0) {
      firstRow = nanoTime.getAsLong() - began;
    }
  }

  /** A row was taken. */
  public void row() {
    rows++;
  }

  /** So long what takes the rows was busy with some. */
  public void output(long nanos) {
    output += nanos;
  }

  /** A row was set aside. */
  public void setAside() {
    setAside++;
  }

  /** A row failed, and perhaps the run with it. */
  public void failed(long number, String path, GristmillException why) {
    if (failures.size() < MOST_FAILURES) {
      var picture = Optional.ofNullable(pictureOf.remove(number));
      failures.add(
          new RunStats.Failure(
              number,
              Optional.ofNullable(path),
              why.stage().orElse(""),
              why.getMessage(),
              picture));
    }
  }

  /** Whether it matters what a row was that failed: the first pictures are shown. */
  public boolean wantsPictures() {
    return pictures < MOST_PICTURES;
  }

  /** That row, which is about to fail, was this picture. */
  public void picture(long number, Thumbnail picture) {
    pictures++;
    pictureOf.put(number, picture);
  }

  /** Rows that came out so far. */
  public long rows() {
    return rows;
  }

  /** Rows that were set aside so far. */
  public long rowsSetAside() {
    return setAside;
  }

  /** Something that a reader of the stats should know; told once. */
  public void note(String note) {
    if (!notes.contains(note)) {
      notes.add(note);
    }
  }

  /** Takes a sample if it is time for one, and tells those who look on. */
  public void look(Engine engine) {
    long now = nanoTime.getAsLong();
    pace.rows(now, rows);
    memory.sample(now);
    if (recorder.wantsSample(now - began)) {
      sample(now, engine);
    }
    if (now - told >= EVERY_NANOS) {
      told = now;
      listener.progressed(snapshot(engine, Snapshot.State.RUNNING, null));
    }
  }

  /** Bytes that the process took when it was looked at last. */
  public long process() {
    return memory.now().process();
  }

  private void sample(long now, Engine engine) {
    var queues = engine.stages().stream().map(Snapshot.StageNow::queue).toList();
    recorder.add(
        new Timeline.Sample(
            now - began,
            rows,
            queues,
            engine.held(),
            memory.now().heap(),
            memory.now().direct(),
            memory.now().process(),
            processors.sample(now - began),
            memory.gpuUse(),
            memory.now().gpu()));
  }

  /** The run is over: what it did. */
  public RunStats end(Engine engine, Throwable failure) {
    Snapshot last;
    try (memory) {
      long now = nanoTime.getAsLong();
      memory.sample(now);
      sample(now, engine);
      String why = failure == null ? null : GristmillException.reason(failure);
      var state = failure == null ? Snapshot.State.ENDED : Snapshot.State.FAILED;
      last = snapshot(engine, state, why);
    }
    listener.ended(last);
    return last.stats();
  }

  private Snapshot snapshot(Engine engine, Snapshot.State state, String failure) {
    OptionalLong total = engine.total();
    boolean running = state == Snapshot.State.RUNNING;
    return new Snapshot(
        id,
        beganAt,
        state,
        Optional.ofNullable(failure),
        stats(engine),
        total,
        engine.totalIsEstimate(),
        running && total.isPresent()
            ? pace.remaining(Math.max(0, total.getAsLong() - rows - setAside), slack())
            : Optional.empty(),
        engine.stages(),
        memory.now().with(engine.held(), engine.budget()));
  }

  /** A task of the slowest stage: the last one may have just begun. */
  private long slack() {
    return stages.stream()
        .filter(stage -> stage.tasks() > 0)
        .mapToLong(stage -> stage.busy() / stage.tasks())
        .max()
        .orElse(0);
  }

  /** What the run did so far. */
  public RunStats stats(Engine engine) {
    var nanos = new EnumMap<Work.Part, Long>(Work.Part.class);
    var sizes = new TreeMap<Integer, Integer>();
    int workers = 0;
    long busy = 0;
    int loads = 0;
    var measured = new ArrayList<ExecutionPlan.Stage>();
    for (StageMeter stage : stages) {
      stage.nanos().forEach((part, spent) -> nanos.merge(part, spent, Long::sum));
      measured.add(stage.measured());
      if (stage.isBatches()) {
        stage.sizes().forEach((size, count) -> sizes.merge(size, count, Integer::sum));
        workers += stage.workers();
        busy += stage.busy();
        loads += stage.loads();
      }
    }
    Map<String, Duration> time = new LinkedHashMap<>();
    nanos.forEach((part, spent) -> time.put(part.title(), Duration.ofNanos(spent)));
    return new RunStats(
        steps,
        rows,
        setAside,
        Duration.ofNanos(nanoTime.getAsLong() - began),
        Duration.ofNanos(firstRow),
        workers,
        Duration.ofNanos(busy),
        sizes,
        loads,
        time,
        Duration.ofNanos(output),
        processors.used(),
        processors.load(),
        memory.peak().with(engine.mostHeld(), engine.budget()),
        new ExecutionPlan(measured, options),
        recorder.timeline(stages.stream().map(StageMeter::name).toList()),
        failures,
        notes);
  }
}
