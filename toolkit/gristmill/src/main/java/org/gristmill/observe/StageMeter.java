package org.gristmill.observe;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.gristmill.ExecutionPlan;

/** Adds up what one stage of a run does. Owned by the thread that drives the run. */
public final class StageMeter {
  private final String name;
  private final boolean batches;
  private final Map<Work.Part, Long> nanos = new EnumMap<>(Work.Part.class);
  private final TreeMap<Integer, Integer> sizes = new TreeMap<>();
  private int workers;
  private long rowsIn; // of tasks that have ended
  private long rowsOut;
  private long bytesOut;
  private long tasks;
  private long busy;
  private long waitedForInput;
  private long waitedForRoom;
  private int loads;

  /**
   * @param batches whether the stage's tasks are batches for workers
   */
  public StageMeter(String name, boolean batches) {
    this.name = name;
    this.batches = batches;
  }

  /** Rows have been worked on, as one chunk or batch. */
  public void task(int rows) {
    tasks++;
    rowsIn += rows;
    if (batches) {
      sizes.merge(rows, 1, Integer::sum);
    }
  }

  /** What a worker's time went into: tasks, or being made. */
  public void spent(Work work) {
    work.nanos().forEach((part, spent) -> nanos.merge(part, spent, Long::sum));
    busy += work.busy();
    loads += work.loads();
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

  /** So much worker time went by because the stages behind had no room, or the bytes were spent. */
  public void waitedForRoom(long workerNanos) {
    waitedForRoom += workerNanos;
  }

  /** What it did, for people to read. */
  public ExecutionPlan.Stage measured() {
    var measured =
        new ExecutionPlan.Measured(
            rowsOut,
            bytesOut,
            tasks,
            Duration.ofNanos(busy),
            Duration.ofNanos(waitedForInput),
            Duration.ofNanos(waitedForRoom));
    String threads = workers == 0 ? "the caller's" : String.valueOf(workers);
    return new ExecutionPlan.Stage(name, threads, Optional.of(measured));
  }

  public String name() {
    return name;
  }

  public boolean isBatches() {
    return batches;
  }

  public Map<Work.Part, Long> nanos() {
    return nanos;
  }

  public Map<Integer, Integer> sizes() {
    return sizes;
  }

  public int workers() {
    return workers;
  }

  public long rowsIn() {
    return rowsIn;
  }

  public long tasks() {
    return tasks;
  }

  public long busy() {
    return busy;
  }

  public long waitedForInput() {
    return waitedForInput;
  }

  public int loads() {
    return loads;
  }
}
