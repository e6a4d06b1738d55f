package org.gristmill.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.gristmill.RunStats;

/** Adds up what a run's tasks measured. Owned by the thread that pulls the run's rows. */
public final class Meter {
  private final String plan;
  private final long began = System.nanoTime();
  private final Map<Work.Part, Long> nanos = new EnumMap<>(Work.Part.class);
  private final TreeMap<Integer, Integer> batchSizes = new TreeMap<>();
  private final List<String> notes = new ArrayList<>();
  private long rows;
  private long firstRow = -1;
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

  /** Something that a reader of the stats should know. */
  public void note(String note) {
    notes.add(note);
  }

  public long rows() {
    return rows;
  }

  /** A stage of batches has so many workers. */
  public void workers(int more) {
    workers += more;
  }

  /** A task on a single row. */
  public void rowWork(Work work) {
    add(work);
  }

  /** A worker was made. */
  public void construction(Work work) {
    busy += add(work);
  }

  /** A worker was given a batch. */
  public void batch(int size, Work work) {
    batchSizes.merge(size, 1, Integer::sum);
    busy += add(work);
  }

  private long add(Work work) {
    long sum = 0;
    for (var part : work.nanos().entrySet()) {
      nanos.merge(part.getKey(), part.getValue(), Long::sum);
      sum += part.getValue();
    }
    loads += work.loads().size();
    return sum;
  }

  /** The run as it was. */
  public RunStats stats() {
    var time = new LinkedHashMap<String, Duration>();
    nanos.forEach((part, spent) -> time.put(part.title(), Duration.ofNanos(spent)));
    return new RunStats(
        plan,
        rows,
        Duration.ofNanos(System.nanoTime() - began),
        Duration.ofNanos(Math.max(0, firstRow)),
        workers,
        Duration.ofNanos(busy),
        batchSizes,
        loads,
        time,
        notes);
  }
}
