package org.gristmill.dataset;

/** What rows go into: the next stage, a limit, or the end of the run. For the driving thread. */
interface Inlet {
  void accept(Row<?> row);

  /** No more rows will come. */
  void end();

  /** Whether there is room for more rows now. */
  boolean hasRoom();

  /** How many more rows make sense at most. */
  default long wants() {
    return Long.MAX_VALUE;
  }
}
