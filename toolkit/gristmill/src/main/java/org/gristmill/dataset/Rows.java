package org.gristmill.dataset;

import java.util.List;

/**
 * The rows of a source, listed as they are asked for, and what the listing has to tell at the end.
 */
public interface Rows extends AutoCloseable {
  /** The next row, or null at the end. */
  Row<?> next() throws InterruptedException;

  /** Sentences for the run's stats, such as how many files were skipped. */
  default List<String> notes() {
    return List.of();
  }

  /**
   * Ends a call of {@link #next}, or a read of a row's bytes, that is under way. Called by another
   * thread than the one that lists, at the end of a run.
   */
  default void interrupt() {}

  /** Closes what is open; called when nobody lists or reads any more. */
  @Override
  default void close() {}
}
