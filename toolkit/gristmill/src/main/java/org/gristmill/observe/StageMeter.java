package org.gristmill.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.gristmill.ExecutionPlan;

/** Adds up what one stage of a run does. Owned by the thread that drives the run. */
public final class StageMeter {
  private static final int DIGITS = 2; // of a duration: 1 %

  /** What an actor did. */
  private static final class Actor {
    private final Set<String> places = new LinkedHashSet<>(); // several, if it had to move
    private long tasks;
    private long rows;
    private long busy;
    private long forward; // of that
    private boolean hasLoaded;
    private final Set<LoadedModel> models = new HashSet<>(); // that it has loaded

    String device() {
      return String.join(", then ", places);
    }
  }

  private final String name;
  private final boolean batches;
  private final RunMeter run;
  private final Map<Work.Part, Long> nanos = new EnumMap<>(Work.Part.class);
  private final TreeMap<Integer, Integer> sizes = new TreeMap<>();
  private final TreeMap<Integer, Actor> actors = new TreeMap<>();
  private final Histogram durations = new Histogram(DIGITS); // nanoseconds of a task
  private final List<Integer> latest = new ArrayList<>(); // rows of batches not told of yet
  private int place; // among the run's stages
  private int workers;
  private long rowsIn; // of tasks that have ended
  private long rowsCollected; // of those, that have left in whatever form
  private long rowsOut;
  private long bytesOut;
  private long tasks;
  private long failed;
  private long busy;
  private long cpu; // of that
  private long waitedForInput;
  private long waitedForRoom;
  private long waitedForMemory;
  private long began = Long.MAX_VALUE; // System.nanoTime(), the first task
  private long ended;
  private int loads;
  private int loadsInTasks;
  private int loadsAgain;
  private long loadingAgain; // nanoseconds, as the next two
  private long padding;
  private long failedWork;
  private long rowsAgain;
  private long rowsGone;

  /** What the stages of a run add up to together. */
  interface RunMeter {
    /** A worker was made. */
    void made(StageMeter stage, Work work);

    /** So many tasks ended, of which one failed or had a row that did, or none. */
    void tasks(StageMeter stage, Work work, int tasks, long rows, boolean failed);

    void batch(StageMeter stage, int rows, long nanos);
  }

  StageMeter(String name, boolean batches, RunMeter run) {
    this.name = name;
    this.batches = batches;
    this.run = run;
  }

  void place(int place) {
    this.place = place;
  }

  int place() {
    return place;
  }

  /** Rows have been worked on, as one chunk or batch. */
  public void task(int rows) {
    tasks++;
    rowsIn += rows;
    if (batches) {
      sizes.merge(rows, 1, Integer::sum);
      latest.add(rows);
    }
  }

  /**
   * What a worker's time went into when it did what was handed to it at once; each batch of it was
   * told as a {@link #task} before.
   *
   * @param count how many tasks that were
   * @param rows how many rows they had together
   * @param anyFailed whether one of them, or a row of them, failed
   */
  public void spent(Work work, int count, int rows, boolean anyFailed) {
    add(work);
    if (work.ended() == 0) { // it never began
      latest.clear();
      return;
    }
    loadsInTasks += work.loads();
    failed += anyFailed ? 1 : 0;
    began = Math.min(began, work.began());
    ended = Math.max(ended, work.ended());
    long each = Math.max(1, work.busy() / Math.max(1, count));
    durations.recordValueWithCount(each, Math.max(1, count));
    var actor = actor(work);
    actor.tasks += count;
    actor.rows += rows;
    actor.busy += work.busy();
    actor.forward += work.nanos().getOrDefault(Work.Part.FORWARD, 0L);
    run.tasks(this, work, count, rows, anyFailed);
    for (int size : latest) {
      run.batch(this, size, each);
    }
    latest.clear();
  }

  /** What making a worker took. */
  public void made(Work work) {
    add(work);
    if (work.ended() != 0) {
      actor(work).busy += work.busy();
      run.made(this, work);
    }
  }

  private void add(Work work) {
    work.nanos().forEach((part, spent) -> nanos.merge(part, spent, Long::sum));
    busy += work.busy();
    cpu += work.cpu();
    loads += work.loads();
    padding += work.padding();
    if (work.loads() > 0) {
      int again = work.loads() - Math.min(work.loads(), firstLoads(work));
      loadsAgain += again;
      loadingAgain += work.nanos().getOrDefault(Work.Part.LOAD, 0L) * again / work.loads();
    }
  }

  /** How many of its models the actor had not loaded before. */
  private int firstLoads(Work work) {
    var actor = actor(work);
    boolean isFirst = !actor.hasLoaded;
    actor.hasLoaded = true;
    int models = 0;
    for (LoadedModel model : work.models()) {
      models += actor.models.add(model) ? 1 : 0;
    }
    return work.models().isEmpty() && isFirst ? 1 : models;
  }

  /**
   * Work came to nothing for some of its rows.
   *
   * @param rows that the work was done for
   * @param again those that it will be done for once more
   * @param gone those that failed for good
   */
  public void inVain(Work work, int rows, int again, int gone) {
    long loading = work.nanos().getOrDefault(Work.Part.LOAD, 0L);
    failedWork += (work.busy() - loading) * (again + gone) / Math.max(1, rows);
    rowsAgain += again;
    rowsGone += gone;
  }

  private Actor actor(Work work) {
    var actor = actors.computeIfAbsent(work.actor(), number -> new Actor());
    if (work.isElsewhere() || actor.places.isEmpty()) {
      actor.places.add(work.place());
    }
    return actor;
  }

  /** What the actor that did this runs on. */
  String device(Work work) {
    return actor(work).device();
  }

  /** What was made of that many rows leaves the stage. */
  public void collected(int rows) {
    rowsCollected += rows;
  }

  /** A row has left the stage. */
  public void out(long bytes) {
    rowsOut++;
    bytesOut += bytes;
  }

  /** There were so many workers at least once. */
  public void workers(int count) {
    workers = Math.max(workers, count);
  }

  /** So much worker time went by without anything to work on. */
  public void waitedForInput(long workerNanos) {
    waitedForInput += workerNanos;
  }

  /** So much worker time went by because the stages behind had no room. */
  public void waitedForRoom(long workerNanos) {
    waitedForRoom += workerNanos;
  }

  /** So much worker time went by because the run's memory was spent. */
  public void waitedForMemory(long workerNanos) {
    waitedForMemory += workerNanos;
  }

  /** What it did, for people to read. */
  ExecutionPlan.Stage measured() {
    var measured =
        new ExecutionPlan.Measured(
            batches,
            workers,
            rowsIn,
            rowsOut,
            bytesOut,
            tasks,
            failed,
            Duration.ofNanos(Math.max(0, ended - began)),
            Duration.ofNanos(busy),
            Duration.ofNanos(cpu),
            Duration.ofNanos(waitedForInput),
            Duration.ofNanos(waitedForRoom),
            Duration.ofNanos(waitedForMemory),
            percentiles(),
            sizes,
            loads,
            loadsInTasks,
            Duration.ofNanos(nanos.getOrDefault(Work.Part.LOAD, 0L)),
            new ExecutionPlan.Waste(
                loadsAgain,
                Duration.ofNanos(loadingAgain),
                Duration.ofNanos(padding),
                Duration.ofNanos(failedWork),
                rowsAgain,
                rowsGone),
            actors());
    String threads = workers == 0 ? "the caller's" : String.valueOf(workers);
    return new ExecutionPlan.Stage(name, threads, Optional.of(measured));
  }

  private ExecutionPlan.Percentiles percentiles() {
    return new ExecutionPlan.Percentiles(percentile(50), percentile(90), percentile(99));
  }

  private Duration percentile(double percent) {
    boolean empty = durations.getTotalCount() == 0;
    return empty ? Duration.ZERO : Duration.ofNanos(durations.getValueAtPercentile(percent));
  }

  private List<ExecutionPlan.Actor> actors() {
    var all = new ArrayList<ExecutionPlan.Actor>();
    actors.forEach(
        (number, actor) ->
            all.add(
                new ExecutionPlan.Actor(
                    number,
                    actor.device(),
                    actor.tasks,
                    actor.rows,
                    Duration.ofNanos(actor.busy),
                    Duration.ofNanos(actor.forward))));
    return all;
  }

  public String name() {
    return name;
  }

  boolean isBatches() {
    return batches;
  }

  Map<Work.Part, Long> nanos() {
    return nanos;
  }

  SortedMap<Integer, Integer> sizes() {
    return Collections.unmodifiableSortedMap(sizes);
  }

  public int workers() {
    return workers;
  }

  /** Rows of tasks that have ended. */
  public long rowsIn() {
    return rowsIn;
  }

  /** Rows of which everything has left, so that their share that was kept is known. */
  public long rowsCollected() {
    return rowsCollected;
  }

  /** Rows that have left. */
  public long rowsOut() {
    return rowsOut;
  }

  public long tasks() {
    return tasks;
  }

  long busy() {
    return busy;
  }

  public long waitedForInput() {
    return waitedForInput;
  }

  int loads() {
    return loads;
  }
}
