package org.gristmill.dataset;

import org.gristmill.OnError;

/**
 * How a plan is to be run.
 *
 * @param ordered whether rows come out in the order of the source
 * @param memory bytes that rows on their way may hold
 */
public record Options(boolean ordered, OnError onError, long memory) {
  /** Rows in order, the first error fails, a quarter of the heap. */
  public static Options standard() {
    return new Options(true, OnError.fail(), Budget.ofThisJvm());
  }

  public Options unordered() {
    return new Options(false, onError, memory);
  }

  public Options onError(OnError other) {
    return new Options(ordered, other, memory);
  }

  public Options memory(long bytes) {
    return new Options(ordered, onError, bytes);
  }

  boolean setsAside() {
    return onError.deadLetters().isPresent();
  }
}
