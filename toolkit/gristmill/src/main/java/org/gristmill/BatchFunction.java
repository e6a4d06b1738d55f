package org.gristmill;

import java.io.Serializable;
import java.util.List;

/**
 * Turns a batch of rows into results. One instance may be called by several threads at once, each
 * with a batch of its own.
 */
@FunctionalInterface
public interface BatchFunction<T, R> extends Serializable {
  /**
   * @param batch an unmodifiable batch of the size asked for, in the order of the dataset; shorter
   *     is only the last one, and one that is tried again in parts after it failed or memory did
   *     not hold it, so a row may be given more than once
   * @return the results, in the order of the batch; none may be null
   * @throws Exception anything; the batch has failed, see {@link Dataset#onError}
   */
  List<R> apply(List<T> batch) throws Exception;
}
