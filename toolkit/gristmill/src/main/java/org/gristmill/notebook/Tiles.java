package org.gristmill.notebook;

import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** The places that frames have in cells: a few in each, of which the last one is used again. */
final class Tiles {
  private static final int MOST = 5; // in one cell

  private final Supplier<Optional<Cell>> cells;
  private Cell cell; // guarded by this: the latest one
  private int count; // guarded by this: its places
  private Place last; // guarded by this: the latest of them

  /** Where frames go. Thread-safe. */
  static final class Place {
    private final Cell cell;
    private final String id = UUID.randomUUID().toString();
    private boolean used; // guarded by this

    private Place(Cell cell) {
      this.cell = cell;
    }

    synchronized void show(Frame frame) {
      boolean first = !used;
      used = true;
      cell.show(id, first, frame.html(), frame.text());
    }
  }

  /**
   * @param cells gives the cell that runs now, if one runs
   */
  Tiles(Supplier<Optional<Cell>> cells) {
    this.cells = cells;
  }

  /** A place in the cell that runs now. */
  synchronized Optional<Place> place() {
    var running = cells.get();
    if (running.isEmpty()) {
      return Optional.empty();
    }
    if (!running.get().equals(cell)) {
      cell = running.get();
      count = 0;
    }
    if (count < MOST) {
      count++;
      last = new Place(cell);
    }
    return Optional.of(last);
  }
}
