package org.gristmill;

import java.io.Serializable;
import java.util.List;

/**
 * What an actor holds: made once on the actor's own thread, given one batch at a time on that
 * thread, and closed there when its actor ends: with the run, unless the pool is kept warm; earlier
 * if the pool shrinks or the worker dies. It needs no locks.
 */
public interface BatchWorker<T, R> extends AutoCloseable {
  /** Turns a batch into results, as {@link BatchFunction#apply} does. */
  List<R> apply(List<T> batch) throws Exception;

  @Override
  default void close() throws Exception {}

  /**
   * Makes a worker for one actor, on the device that it was given. On a {@link Cluster} it is the
   * factory that travels, with what it captures, which then has to be serializable.
   */
  @FunctionalInterface
  interface Factory<T, R> extends Serializable {
    BatchWorker<T, R> create(Device device) throws Exception;
  }
}
