package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.gristmill.GristmillException;
import org.gristmill.pool.OutOfMemory;

/**
 * Functions of single rows, one after the other. A task takes one row where rows take long, as
 * pictures do, and many where they take next to nothing.
 */
final class RowSteps implements Job<AutoCloseable> {
  private final List<Plan.Transform> steps;
  private final boolean keepsGaps;
  private final Grain grain; // the driving thread's
  private volatile boolean stopped; // written by the driving thread

  /**
   * @param keepsGaps whether a dropped row may be the only one of several that says where the run
   *     may start again, as it is behind batches
   * @param most how many rows a task may take: few, if few are wanted
   */
  RowSteps(List<Plan.Transform> steps, boolean keepsGaps, long most) {
    this.steps = List.copyOf(steps);
    this.keepsGaps = keepsGaps;
    this.grain = new Grain(most);
  }

  @Override
  public int size() {
    return grain.size();
  }

  @Override
  public void measured(int rows, long nanos) {
    grain.measured(rows, nanos);
  }

  @Override
  public boolean isBatches() {
    return false;
  }

  /** Decoding, say; not reading from afar, which takes long and gives what is still encoded. */
  @Override
  public boolean firstGoesAlone() {
    return steps.get(0).threads() == 0;
  }

  @Override
  public boolean isOneToOne() {
    return true;
  }

  @Override
  public List<Row<?>> apply(AutoCloseable nothing, List<Row<?>> rows) throws Exception {
    var results = new ArrayList<Row<?>>(rows.size());
    for (Row<?> row : rows) {
      if (stopped) {
        break;
      }
      apply(row, 0, results);
    }
    return results;
  }

  /** Carries out the steps from that one on. */
  private void apply(Row<?> source, int from, List<Row<?>> results) throws Exception {
    Row<?> row = source;
    for (int i = from; i < steps.size() && row.hasValue(); i++) {
      Plan.Transform step = steps.get(i);
      if (step.function() instanceof Plan.RowsFunction function) {
        spread(row, function, i, results);
        return;
      }
      row = apply((Plan.RowFunction) step.function(), step, row);
    }
    if (row.hasValue() || row.hasFailed() || keepsGaps) {
      results.add(row);
    }
  }

  private static Row<?> apply(Plan.RowFunction function, Plan.Transform step, Row<?> row)
      throws Exception {
    Row<?> result;
    try {
      result = function.apply(row);
    } catch (Throwable thrown) {
      if (OutOfMemory.is(thrown)) {
        throw thrown; // perhaps only too much at once, and not the row's fault
      }
      return failed(step, row, thrown);
    }
    if (result == null) {
      return row.gap();
    }
    if (result.value() == null) {
      String why = "returned null for " + row.name() + ": use filter to drop rows";
      return failed(step, row, why, null);
    }
    return result;
  }

  /**
   * Makes any number of rows of one. Each goes through the later steps before the next is asked
   * for; only the last one says where to start again.
   */
  private void spread(Row<?> row, Plan.RowsFunction function, int at, List<Row<?>> results)
      throws Exception {
    Plan.Transform step = steps.get(at);
    Iterator<?> values = null;
    for (boolean more = true; more && !stopped; ) {
      Row<?> made;
      try {
        if (values == null) {
          String rule = "it returned null: an empty list drops the row";
          values = Objects.requireNonNull(function.apply(row), rule).iterator();
        }
        made = values.hasNext() ? row.with(notNull(values.next())) : row.gap();
        more = values.hasNext();
        made = more ? made.after(null) : made;
      } catch (Throwable thrown) {
        if (OutOfMemory.is(thrown)) {
          throw thrown;
        }
        made = failed(step, row, thrown);
        more = false;
      }
      apply(made, at + 1, results);
    }
  }

  private static Object notNull(Object value) {
    return Objects.requireNonNull(value, "there is a null in the list that it returned");
  }

  private static Row<?> failed(Plan.Transform step, Row<?> row, Throwable thrown) {
    String why = "failed on " + row.name() + ": " + GristmillException.reason(thrown);
    return failed(step, row, why, thrown);
  }

  private static Row<?> failed(Plan.Transform step, Row<?> row, String why, Throwable cause) {
    return row.failed(
        new GristmillException(
            step.name() + " " + why, step.name(), row.number(), row.path(), cause));
  }

  @Override
  public void stop() {
    stopped = true;
  }

  /** The whole task: only something outside the steps can do that, such as a lack of memory. */
  @Override
  public Row<?> failed(List<Row<?>> rows, Throwable why) {
    Row<?> first = rows.get(0);
    return failed(
        steps.get(0),
        first,
        "failed on " + first.name() + ": " + GristmillException.reason(why),
        why);
  }

  @Override
  public List<Row<?>> outputs(List<Row<?>> inputs, List<Row<?>> results) {
    return results; // rows without values went along
  }
}
