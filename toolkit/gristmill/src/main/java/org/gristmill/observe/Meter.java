package org.gristmill.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.gristmill.RunStats;

/** Adds up a run. Owned by the thread that pulls the run's rows. */
public final class Meter {
  private final String plan;
  private final long began = System.nanoTime();
  private final Map<Work.Part, Long> nanos = new EnumMap<>(Work.Part.class);
  private final TreeMap<Integer, Integer> batchSizes = new TreeMap<>();
  private final List<String> notes = new ArrayList<>();
  private long rows;
  private long firstRow;
  private int workers;
  private long busy;
  private int loads;

  public Meter(String plan) {
    this.plan = plan;
  }

  /** A row came out. */
  public void row() {
    if (rows++ == 0) {
      firstRow = System.nanoTime() - began;
    }
  }

  /** Rows that came out so far. */
  public long rows() {
    return rows;
  }

  /** Something that a reader of the stats should know. */
  public void note(String note) {
    notes.add(note);
  }

  /** What a thread for single rows did, once it has ended. */
  public void rowThread(Work work) {
    work.nanos().forEach((part, spent) -> nanos.merge(part, spent, Long::sum));
  }

  /** What a worker of batches did, once its thread has ended. */
  public void worker(Work work) {
    rowThread(work);
    workers++;
    busy += work.busy();
    loads += work.loads();
    work.batchSizes().forEach((size, count) -> batchSizes.merge(size, count, Integer::sum));
  }

  /** The run as it was. */
  public RunStats stats() {
    var time = new LinkedHashMap<String, Duration>();
    nanos.forEach((part, spent) -> time.put(part.title(), Duration.ofNanos(spent)));
    return new RunStats(
        plan,
        rows,
        Duration.ofNanos(System.nanoTime() - began),
        Duration.ofNanos(firstRow),
        workers,
        Duration.ofNanos(busy),
        batchSizes,
        loads,
        time,
        notes);
  }
}
