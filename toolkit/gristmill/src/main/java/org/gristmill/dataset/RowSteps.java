package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.List;
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
   * @param keepsGaps whether a dropped row may be one where the run may start again, as it is
   *     behind batches
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
      Row<?> result = row.hasValue() ? apply(row) : row;
      if (result.hasValue() || result.hasFailed() || keepsGaps) {
        results.add(result);
      }
    }
    return results;
  }

  private Row<?> apply(Row<?> source) throws Exception {
    Row<?> row = source;
    for (Plan.Transform step : steps) {
      Row<?> result;
      try {
        result = step.function().apply(row);
      } catch (Throwable thrown) {
        if (OutOfMemory.is(thrown)) {
          throw thrown; // perhaps only too much at once, and not the row's fault
        }
        String why = "failed on " + row.name() + ": " + GristmillException.reason(thrown);
        return failed(step, row, why, thrown);
      }
      if (result == null) {
        return row.gap();
      }
      if (result.value() == null) {
        String why = "returned null for " + source.name() + ": use filter to drop rows";
        return failed(step, source, why, null);
      }
      row = result;
    }
    return row;
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
