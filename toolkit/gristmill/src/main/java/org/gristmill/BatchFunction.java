package org.gristmill;

import java.util.List;

/**
 * Turns a batch of rows into results. One instance may be called by several threads at once, each
 * with a batch of its own.
 */
@FunctionalInterface
public interface BatchFunction<T, R> {
  /**
   * @param batch an unmodifiable batch, in the order of the dataset; only the last one may be
   *     shorter than asked for
   * @return the results, in the order of the batch; none may be null
   * @throws Exception anything; it ends the run and its message names the batch
   */
  List<R> apply(List<T> batch) throws Exception;
}
