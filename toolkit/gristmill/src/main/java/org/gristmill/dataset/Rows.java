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
   * Ends what the source still does; its rows can no longer be read. May be called while another
   * thread waits in {@link #next}, which then ends.
   */
  @Override
  default void close() {}
}
