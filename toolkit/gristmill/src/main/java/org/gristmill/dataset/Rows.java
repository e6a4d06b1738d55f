package org.gristmill.dataset;

import java.util.Iterator;
import java.util.List;

/**
 * The rows of a source, listed as they are asked for, and what the listing has to tell at the end.
 */
public interface Rows extends Iterator<Row<?>> {
  /** Sentences for the run's stats, such as how many files were skipped. */
  default List<String> notes() {
    return List.of();
  }
}
