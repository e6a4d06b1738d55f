package org.gristmill.dataset;

import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Keeps a bounded number of tasks in flight and hands back their results in the order in which
 * their inputs came. Owned by the one thread that pulls.
 */
final class Ordered<I, O> {
  /** Gives the next input, or null at the end. */
  interface Input<I> {
    I next() throws InterruptedException;
  }

  private final int capacity;
  private final Input<I> inputs;
  private final Function<I, Future<O>> start;
  private final ArrayDeque<Future<O>> inFlight = new ArrayDeque<>();

  Ordered(int capacity, Input<I> inputs, Function<I, Future<O>> start) {
    this.capacity = capacity;
    this.inputs = inputs;
    this.start = start;
  }

  /**
   * The next result, or null at the end. Fails with what the first failing task, in order, threw.
   */
  O next() throws InterruptedException, ExecutionException {
    while (inFlight.size() < capacity) {
      I input = inputs.next();
      if (input == null) {
        break;
      }
      inFlight.add(start.apply(input));
    }
    return inFlight.isEmpty() ? null : inFlight.remove().get();
  }
}
