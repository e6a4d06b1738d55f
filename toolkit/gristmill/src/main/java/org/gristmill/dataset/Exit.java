package org.gristmill.dataset;

import java.util.ArrayDeque;

/** Where rows leave a plan: the driving thread takes them from here. */
final class Exit implements Inlet {
  /** The number of a row whose failure ends every run, such as a folder that cannot be listed. */
  static final long FATAL = -1;

  private static final int MOST_ROWS = 1024;

  private final ArrayDeque<Row<?>> rows = new ArrayDeque<>();
  private boolean ended;

  @Override
  public void accept(Row<?> row) {
    rows.add(row);
  }

  @Override
  public void end() {
    ended = true;
  }

  @Override
  public boolean hasRoom() {
    return rows.size() < MOST_ROWS;
  }

  /** The next row, or null if none is there yet. */
  Row<?> poll() {
    return rows.poll();
  }

  boolean hasEnded() {
    return ended && rows.isEmpty();
  }
}
