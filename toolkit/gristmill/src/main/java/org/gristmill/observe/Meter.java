package org.gristmill.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.gristmill.ExecutionPlan;
import org.gristmill.RunStats;

/** Adds up a run. Owned by the thread that drives the run. */
public final class Meter {
  private final String steps;
  private final String options;
  private final long began = System.nanoTime();
  private final List<String> notes = new ArrayList<>();
  private long rows;
  private long setAside;
  private long firstRow;

  /**
   * @param options how the steps are run
   */
  public Meter(String steps, String options) {
    this.steps = steps;
    this.options = options;
  }

  /** A row came out, and is about to be taken. */
  public void cameOut() {
    if (firstRow == 0) {
      firstRow = System.nanoTime() - began;
    }
  }

  /** A row was taken. */
  public void row() {
    rows++;
  }

  /** A row was set aside. */
  public void setAside() {
    setAside++;
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

  /** The run as it was. */
  public RunStats stats(List<StageMeter> stages, RunStats.Memory memory) {
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
        Duration.ofNanos(System.nanoTime() - began),
        Duration.ofNanos(firstRow),
        workers,
        Duration.ofNanos(busy),
        sizes,
        loads,
        time,
        memory,
        new ExecutionPlan(measured, options),
        notes);
  }
}
