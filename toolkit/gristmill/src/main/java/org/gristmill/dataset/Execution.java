package org.gristmill.dataset;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.gristmill.BatchWorker;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.RunStats;
import org.gristmill.observe.Meter;
import org.gristmill.observe.Work;
import org.gristmill.pool.Actors;

/**
 * One run of a plan: the only place that turns a plan into running stages.
 *
 * <p>The calling thread pulls rows through a chain of cursors, one a stage. Consecutive transforms
 * are one stage, run by as many threads as there are processors; those that ask for threads of
 * their own, to read from afar, are another. Batches are run by their actors. Each stage keeps a
 * bounded number of tasks in flight, so while actors infer one batch the next ones are read and
 * decoded. The end, a failure and an interrupt take the same path: cancel, join, close.
 */
public final class Execution implements AutoCloseable {
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  private final Meter meter;
  private final ArrayDeque<Actors<?>> stages = new ArrayDeque<>(); // the last started is the first
  private final List<Actors<?>> workers = new ArrayList<>(); // those of the stages that do batches
  private Rows source; // set when the plan is opened

  private interface Cursor extends Ordered.Input<Row<?>> {}

  private Execution(Meter meter) {
    this.meter = meter;
  }

  /**
   * Runs a plan on the calling thread and hands it each row in order.
   *
   * @throws GristmillException naming the row, if a stage failed, or if the thread was interrupted
   */
  public static RunStats run(Plan plan, Consumer<Row<?>> rows) {
    var meter = new Meter(Plan.describe(plan));
    var execution = new Execution(meter);
    try (execution) {
      execution.pull(plan, rows);
    }
    for (Actors<?> actors : execution.stages) {
      boolean doesBatches = execution.workers.contains(actors);
      actors.work().forEach(doesBatches ? meter::worker : meter::rowThread);
    }
    if (execution.source != null) {
      execution.source.notes().forEach(meter::note);
    }
    return meter.stats();
  }

  private void pull(Plan plan, Consumer<Row<?>> rows) {
    try {
      Cursor cursor = open(plan);
      for (Row<?> row = cursor.next(); row != null; row = cursor.next()) {
        meter.row();
        rows.accept(row);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      stages.forEach(Actors::finish);
    } catch (InterruptedException interrupted) {
      stages.forEach(Actors::cancel);
      Thread.currentThread().interrupt();
      throw new GristmillException(
          "interrupted after " + meter.rows() + " rows; everything was stopped", interrupted);
    } catch (Throwable failure) {
      stages.forEach(Actors::cancel);
      throw failure;
    }
  }

  @Override
  public void close() {
    var open = new ArrayList<Runnable>();
    if (source != null) {
      open.add(source::close); // first: a read in flight may not feel an interrupt
    }
    stages.forEach(actors -> open.add(actors::close));
    RuntimeException failure = null;
    for (Runnable closing : open) {
      try {
        closing.run();
      } catch (RuntimeException thrown) {
        if (failure != null) {
          thrown.addSuppressed(failure);
        }
        failure = thrown;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private Cursor open(Plan plan) {
    if (plan instanceof Plan.Source source) {
      Rows rows = source.rows().get();
      this.source = rows;
      return rows::next;
    }
    if (plan instanceof Plan.Limit limit && limit.rows() == 0) {
      return () -> null; // nothing is opened, no worker is made
    }
    if (plan instanceof Plan.Limit limit) {
      return limited(open(limit.input()), limit.rows());
    }
    return plan instanceof Plan.Batches batches
        ? batched(batches)
        : transformed((Plan.Transform) plan);
  }

  private static Cursor limited(Cursor input, long limit) {
    long[] left = {limit};
    return () -> left[0]-- > 0 ? input.next() : null;
  }

  private Cursor transformed(Plan.Transform last) {
    var steps = new ArrayDeque<Plan.Transform>();
    Plan input = last;
    for (;
        input instanceof Plan.Transform step && step.threads() == last.threads();
        input = step.input()) {
      steps.addFirst(step);
    }
    Cursor upstream = open(input);
    boolean shared = last.threads() == 0;
    int size = shared ? PROCESSORS : last.threads();
    var devices = Collections.nCopies(size, Device.cpu().withThreads(1));
    var threads =
        new Actors<AutoCloseable>(shared ? "rows" : last.name(), devices, device -> () -> {});
    stages.addFirst(threads);
    var results =
        new Ordered<Row<?>, Optional<Row<?>>>(
            size,
            size,
            upstream,
            row -> threads.submit(nothing -> Optional.ofNullable(apply(steps, row))));
    return () -> {
      Optional<Row<?>> result = results.next();
      while (result != null && result.isEmpty()) { // a filter dropped the row
        result = results.next();
      }
      return result == null ? null : result.get();
    };
  }

  private static Row<?> apply(Iterable<Plan.Transform> steps, Row<?> source) {
    Row<?> row = source;
    for (Plan.Transform step : steps) {
      try {
        row = step.function().apply(row);
      } catch (Throwable thrown) {
        throw failure(step.name(), "failed on " + row.name(), thrown, row);
      }
      if (row == null) {
        return null;
      }
      if (row.value() == null) {
        String what = "returned null for " + source.name() + ": use filter to drop rows";
        throw failure(step.name(), what, null, source);
      }
    }
    return row;
  }

  private Cursor batched(Plan.Batches batches) {
    Cursor upstream = open(batches.input());
    var actors = actors(batches);
    stages.addFirst(actors);
    workers.add(actors);
    var results =
        new Ordered<List<Row<?>>, List<Row<?>>>(
            batches.pool().size(),
            1,
            () -> fill(upstream, batches.size()),
            batch -> actors.submit(worker -> apply(batches, worker, batch)));
    return new Cursor() {
      private Iterator<Row<?>> ready = Collections.emptyIterator();
      private long numbered;

      @Override
      public Row<?> next() throws InterruptedException {
        while (!ready.hasNext()) {
          List<Row<?>> batch = results.next();
          if (batch == null) {
            return null;
          }
          ready = batch.iterator();
        }
        Row<?> row = ready.next();
        return batches.oneToOne() ? row : new Row<Object>(numbered++, row.path(), row.value());
      }
    };
  }

  @SuppressWarnings("unchecked") // Dataset has checked the types
  private Actors<BatchWorker<Object, Object>> actors(Plan.Batches batches) {
    var factory = (BatchWorker.Factory<Object, Object>) batches.pool().factory();
    return new Actors<>(Plan.name(batches), batches.pool().devices(meter::note), factory::create);
  }

  private static List<Row<?>> fill(Cursor upstream, int size) throws InterruptedException {
    var batch = new ArrayList<Row<?>>();
    while (batch.size() < size) {
      Row<?> row = upstream.next();
      if (row == null) {
        break;
      }
      batch.add(row);
    }
    return batch.isEmpty() ? null : batch;
  }

  private static List<Row<?>> apply(
      Plan.Batches batches, BatchWorker<Object, Object> worker, List<Row<?>> rows) {
    String name = Plan.name(batches);
    Row<?> first = rows.get(0);
    String which =
        rows.size() == 1
            ? first.name()
            : "a batch of %d, %s to %s"
                .formatted(rows.size(), first.name(), rows.get(rows.size() - 1).name());
    var values = new ArrayList<Object>();
    rows.forEach(row -> values.add(row.value()));
    List<Object> results;
    try {
      Work.current().ifPresent(work -> work.batch(rows.size()));
      results = worker.apply(Collections.unmodifiableList(values));
      results = results == null ? null : new ArrayList<>(results);
    } catch (Throwable thrown) {
      throw failure(name, "failed on " + which, thrown, first);
    }
    if (results == null || results.contains(null)) {
      String what = "got null for " + which + ": a worker returns a list without nulls";
      throw failure(name, what, null, first);
    }
    if (batches.oneToOne() && results.size() != rows.size()) {
      String what =
          "got %d results for %s: it takes one a row; use flatMapBatches for another number"
              .formatted(results.size(), which);
      throw failure(name, what, null, first);
    }
    var made = new ArrayList<Row<?>>();
    for (int i = 0; i < results.size(); i++) {
      Row<?> row = batches.oneToOne() ? rows.get(i) : new Row<>(0, null, null);
      made.add(row.with(results.get(i)));
    }
    return made;
  }

  private static GristmillException failure(
      String stage, String what, Throwable cause, Row<?> row) {
    String why = cause == null ? "" : ": " + GristmillException.reason(cause);
    String message = stage + " " + what + why;
    return new GristmillException(message, stage, row.number(), row.path(), cause);
  }
}
