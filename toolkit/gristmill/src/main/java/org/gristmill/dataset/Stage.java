package org.gristmill.dataset;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.gristmill.observe.Snapshot;
import org.gristmill.observe.StageMeter;
import org.gristmill.pool.Crew;
import org.gristmill.pool.Elastic;

/**
 * A running stage: rows wait for their turn, are worked on by a crew, several tasks at once, and
 * leave in the order in which they came (or as they are ready, if the run is unordered). What is
 * under way is bounded in tasks, and with everything else of the run in bytes.
 *
 * <p>Everything here happens on the driving thread. {@link Dispatch} has the tasks carried out.
 */
final class Stage<W extends AutoCloseable> implements Inlet, Link {
  private static final int TASKS_PER_WORKER = 2; // one that runs and one that waits for it
  private static final int SLOTS_PER_WORKER = 8; // with those that wait for an earlier one's end

  private static final int MOST_FAILURES = 10_000; // among the rows that wait for a batch

  private final RunContext run;
  private final Job<W> job;
  private final Crew<W> crew;
  private final Grain bundle;
  private final Dispatch<W> dispatch;
  private final Inlet out;
  private final Elastic elastic;
  private final StageMeter meter;
  private final ArrayDeque<Row<?>> input = new ArrayDeque<>();
  private final ArrayDeque<Slot> slots = new ArrayDeque<>(); // in the order of their inputs
  private final ArrayDeque<Slot> ready = new ArrayDeque<>(); // done, of an unordered run
  private int values; // rows in the input that have one
  private int open; // slots that are worked on
  private double bytesPerRow; // of results: a decaying maximum
  private boolean measured; // whether that is known: the first rows go alone, they may grow
  private long numbered; // results of batches that make any number of rows
  private boolean blocked; // there is something to do, and no room for it
  private boolean outOfMemory; // because the run's bytes are spent
  private boolean inputEnded;
  private boolean ended;
  private Runnable stopUpstream = () -> {};

  /**
   * @param bundle how many pieces an actor is given at once
   */
  Stage(
      RunContext run,
      Job<W> job,
      Crew<W> crew,
      Grain bundle,
      Elastic elastic,
      StageMeter meter,
      Inlet out) {
    this.run = run;
    this.job = job;
    this.crew = crew;
    this.bundle = bundle;
    this.dispatch = new Dispatch<>(run, job, crew, bundle, meter, this::finish);
    this.elastic = elastic;
    this.meter = meter;
    this.out = out;
    meter.workers(crew.size());
  }

  /** What to stop when a failure ends the run here. */
  void stopsUpstream(Runnable stop) {
    stopUpstream = stop;
  }

  /** Goes on with the numbers of an earlier run. */
  void numberFrom(long next) {
    numbered = next;
  }

  @Override
  public void accept(Row<?> row) {
    if (row.hasFailed() && run.failsFast() && job.isBatches()) {
      dropPartialBatch();
    }
    if (isGap(row) && job.isBatches() && !input.isEmpty()) {
      if (row.after() != null) { // it needs no place of its own
        input.add(input.removeLast().after(row.after()));
      }
      run.budget().give(row.bytes());
    } else {
      values += row.hasValue() ? 1 : 0;
      input.add(row);
    }
  }

  private static boolean isGap(Row<?> row) {
    return !row.hasValue() && !row.hasFailed();
  }

  private static int rows(List<Row<?>> rows) {
    int count = 0;
    for (Row<?> row : rows) {
      count += isGap(row) ? 0 : 1;
    }
    return count;
  }

  /** The rows of a batch that will never be whole, because the run ends with a failure. */
  private void dropPartialBatch() {
    for (int left = values % job.size(); left > 0; ) {
      Row<?> last = input.removeLast();
      run.budget().give(last.bytes());
      left -= last.hasValue() ? 1 : 0;
      values -= last.hasValue() ? 1 : 0;
    }
  }

  @Override
  public void end() {
    inputEnded = true;
  }

  @Override
  public boolean hasRoom() {
    int most =
        job.isBatches()
            ? 2 * job.size() * bundle.size()
            : TASKS_PER_WORKER * job.size() * crew.size();
    return !ended && (job.isBatches() ? values : input.size()) < most && !isFullOfFailures();
  }

  /** A batch is not kept waiting for ever by rows that have failed before. */
  private boolean isFullOfFailures() {
    return input.size() - values > MOST_FAILURES;
  }

  @Override
  public boolean submit(boolean forced) {
    boolean moved = false;
    blocked = false;
    outOfMemory = false;
    while (!ended && !input.isEmpty()) {
      if (job.isBatches() && !input.element().hasValue()) {
        blocked = slots.size() >= MOST_FAILURES;
        if (blocked) {
          break;
        }
        slots.add(Slot.passing(input.remove()));
        moved = true;
        continue;
      }
      int size = nextSize();
      if (size == 0) {
        break;
      }
      long expected = (long) (size * bytesPerRow);
      boolean shrinks = expected <= size * input.element().bytes();
      blocked =
          (open > 0 && !measured && job.firstGoesAlone())
              || open >= TASKS_PER_WORKER * bundle.size() * crew.size()
              || slots.size() + ready.size() >= SLOTS_PER_WORKER * bundle.size() * crew.size();
      outOfMemory = !(blocked || shrinks || forced || run.budget().hasRoomFor(expected));
      if (blocked || outOfMemory) {
        break;
      }
      start(take(size), expected);
      moved = true;
      if (forced) {
        break;
      }
    }
    dispatch.send();
    return moved;
  }

  /** How many rows the next task takes, or 0 if they are not there yet. */
  private int nextSize() {
    if (job.isBatches()) {
      boolean waits = values < job.size() && !inputEnded && !isFullOfFailures();
      return waits ? 0 : Math.min(values, job.size());
    }
    int workers = Math.max(1, crew.size());
    int share = (input.size() + workers - 1) / workers; // so that no worker gets all
    return Math.min(share, job.size());
  }

  /** The next rows: that many, with those between them that only keep their place. */
  private List<Row<?>> take(int size) {
    var rows = new ArrayList<Row<?>>(size);
    for (int taken = 0; taken < size; ) {
      Row<?> row = input.remove();
      boolean counts = row.hasValue() || !job.isBatches();
      taken += counts ? 1 : 0;
      values -= row.hasValue() ? 1 : 0;
      rows.add(row);
    }
    return rows;
  }

  private void start(List<Row<?>> inputs, long expected) {
    var slot = Slot.of(inputs, expected);
    run.budget().take(expected);
    slots.add(slot);
    open++;
    List<Row<?>> rows = inputs;
    if (job.isBatches() && !Row.allHaveValues(inputs)) {
      rows = new ArrayList<>(inputs);
      rows.removeIf(row -> !row.hasValue());
    }
    dispatch.add(slot, rows);
  }

  private void finish(Slot slot) {
    List<Row<?>> outputs = restartable(slot);
    slot.finish(outputs);
    open--;
    measured = true;
    long bytes = Slot.bytes(outputs);
    bytesPerRow = Math.max((double) bytes / slot.inputs.size(), 0.9 * bytesPerRow);
    run.budget().give(slot.inputBytes + slot.reserved);
    run.budget().take(bytes);
    if (!run.options().ordered()) {
      slots.remove(slot);
      ready.add(slot);
    }
  }

  /** The results, of which only the last says where to start again: a batch is done as a whole. */
  private List<Row<?>> restartable(Slot slot) {
    List<Row<?>> outputs = job.outputs(slot.inputs, slot.results());
    if (!job.isBatches() || !run.hasPositions()) {
      return outputs;
    }
    Row<?> last = slot.inputs.get(slot.inputs.size() - 1);
    var rows = new ArrayList<Row<?>>(outputs.size() + 1);
    outputs.forEach(row -> rows.add(row.after() == null ? row : row.after(null)));
    if (rows.isEmpty()) {
      rows.add(last.gap());
    } else {
      rows.set(rows.size() - 1, rows.get(rows.size() - 1).after(last.after()));
    }
    return rows;
  }

  @Override
  public boolean collect() {
    boolean moved = false;
    while (!ended && out.hasRoom()) {
      Slot slot = run.options().ordered() ? firstIfDone() : ready.poll();
      if (slot == null) {
        slot = firstIfPassing();
      }
      if (slot == null) {
        break;
      }
      meter.collected(rows(slot.inputs));
      slot.outputs().forEach(this::leave);
      moved = true;
    }
    if (!ended && inputEnded && input.isEmpty() && slots.isEmpty() && ready.isEmpty()) {
      ended = true;
      out.end();
      moved = true;
    }
    return moved;
  }

  private Slot firstIfDone() {
    return !slots.isEmpty() && slots.element().isDone() ? slots.remove() : null;
  }

  /** In an unordered run only rows that are passing through stay among the slots when done. */
  private Slot firstIfPassing() {
    return run.options().ordered() ? null : firstIfDone();
  }

  private void leave(Row<?> row) {
    if (ended) {
      run.budget().give(row.bytes());
      return;
    }
    if (!isGap(row)) {
      meter.out(row.bytes());
    }
    out.accept(job.isOneToOne() ? row : renumbered(row));
    if (row.hasFailed() && run.failsFast()) {
      stop();
      stopUpstream.run();
      out.end();
    }
  }

  private Row<?> renumbered(Row<?> row) {
    long number = row.hasValue() ? numbered++ : row.number();
    Position after = row.after() == null ? null : row.after().with(numbered);
    return new Row<Object>(
        number, row.path(), row.origin(), row.value(), row.bytes(), row.failure(), after);
  }

  @Override
  public boolean isRunning() {
    return open > 0;
  }

  @Override
  public void stop() {
    if (ended) {
      return;
    }
    ended = true;
    dispatch.stop();
    drop(input);
    values = 0;
    for (Slot slot : slots) {
      run.budget()
          .give(slot.isDone() ? Slot.bytes(slot.outputs()) : slot.inputBytes + slot.reserved);
    }
    slots.clear();
    ready.forEach(slot -> run.budget().give(Slot.bytes(slot.outputs())));
    ready.clear();
    open = 0;
  }

  private void drop(ArrayDeque<Row<?>> rows) {
    rows.forEach(row -> run.budget().give(row.bytes()));
    rows.clear();
  }

  @Override
  public long tick(long now, long elapsed) {
    if (ended) {
      return Long.MAX_VALUE;
    }
    int idle = Math.max(0, crew.size() - open);
    if (outOfMemory) {
      meter.waitedForMemory(elapsed * idle);
    } else if (blocked) {
      meter.waitedForRoom(elapsed * idle);
    } else {
      meter.waitedForInput(elapsed * idle);
    }
    return elastic.tick(now, crew, meter);
  }

  @Override
  public Snapshot.StageNow now() {
    return new Snapshot.StageNow(values, open, ended);
  }

  @Override
  public StageMeter meter() {
    return meter;
  }
}
