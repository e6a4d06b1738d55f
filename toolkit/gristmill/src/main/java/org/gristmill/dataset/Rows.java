package org.gristmill.dataset;

import java.util.List;
import java.util.OptionalLong;

/**
 * The rows of a source, listed as they are asked for, and what the listing has to tell at the end.
 */
public interface Rows extends AutoCloseable {
  /** The next row, or null at the end. */
  Row<?> next() throws InterruptedException;

  /** How many rows there are, if that is known before they are listed. */
  default OptionalLong size() {
    return OptionalLong.empty();
  }

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
