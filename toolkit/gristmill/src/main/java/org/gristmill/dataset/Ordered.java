package org.gristmill.dataset;

import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.gristmill.GristmillException;

/**
 * Keeps a bounded number of tasks in flight and hands back their results in the order in which
 * their inputs came. Owned by the one thread that pulls.
 */
final class Ordered<I, O> {
  /** Gives the next input, or null at the end. */
  interface Input<I> {
    I next() throws InterruptedException;
  }

  private final int workers;
  private final int capacity;
  private final Input<? extends I> inputs;
  private final Function<I, Future<O>> start;
  private final ArrayDeque<Future<O>> inFlight = new ArrayDeque<>();

  /**
   * @param workers how many tasks are worked on at once
   * @param ahead how many more may wait for a worker, or for their turn
   */
  Ordered(int workers, int ahead, Input<? extends I> inputs, Function<I, Future<O>> start) {
    this.workers = workers;
    this.capacity = workers + ahead;
    this.inputs = inputs;
    this.start = start;
  }

  /** The next result, or null at the end. Fails with what the first failing task threw. */
  O next() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    while (!isEnough()) {
      I input = inputs.next();
      if (input == null) {
        break;
      }
      inFlight.add(start.apply(input));
    }
    try {
      return inFlight.isEmpty() ? null : inFlight.remove().get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof GristmillException told) {
        throw told;
      }
      throw new GristmillException(GristmillException.reason(failed.getCause()), failed.getCause());
    }
  }

  /** A result that is ready is not kept back to fill the window, as long as nobody runs dry. */
  private boolean isEnough() {
    return inFlight.size() >= capacity
        || (inFlight.size() > workers && inFlight.element().isDone());
  }
}
