package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.List;

/**
 * What a stage does to rows.
 *
 * @param <W> the worker that does it
 */
interface Job<W> {
  /**
   * Works on rows that have values, on an actor's thread.
   *
   * @return their results in order; a row that failed by itself is among them
   */
  List<Row<?>> apply(W worker, List<Row<?>> rows) throws Exception;

  /** How many rows the next task takes; a stage of batches waits for as many. */
  int size();

  /** Whether every task but the last takes exactly that many rows. */
  boolean isBatches();

  /** Whether the results are one a row; if not, they are numbered anew. */
  boolean isOneToOne();

  /** Whether the first rows go alone, because nobody knows yet how much larger they become. */
  default boolean firstGoesAlone() {
    return false;
  }

  /** How long a task took. */
  default void measured(int rows, long nanos) {}

  /** Nobody waits for it any more: what is under way may stop between two rows. */
  default void stop() {}

  /** The failure of a task that worked on these rows. */
  Row<?> failed(List<Row<?>> rows, Throwable why);

  /** The outputs in place of the inputs, among which may be rows without values. */
  default List<Row<?>> outputs(List<Row<?>> inputs, List<Row<?>> results) {
    if (Row.allHaveValues(inputs)) {
      return results;
    }
    var all = new ArrayList<Row<?>>();
    var result = results.iterator();
    if (!isOneToOne()) {
      result.forEachRemaining(all::add); // nobody knows which of them belongs to which input
    }
    for (Row<?> input : inputs) {
      if (!input.hasValue()) {
        all.add(input);
      } else if (result.hasNext()) { // a failure may have ended the run and the results
        all.add(result.next());
      }
    }
    return all;
  }
}
