package org.gristmill.notebook;

import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A place in a cell where one frame takes the place of the other, not before it is worth it and not
 * too often: a run waits while a frame is made and sent. For one thread at a time.
 */
final class Panel {
  private static final long QUIET = 300_000_000; // nanoseconds; what is over sooner shows nothing
  private static final long INTERVAL = 240_000_000; // between frames
  private static final int BACK_OFF = 20; // times what the latest frame took

  private final Supplier<Optional<Tiles.Place>> places;
  private final LongSupplier clock;
  private Optional<Tiles.Place> place; // null until it was asked for
  private long next;
  private boolean shown; // before, so that the kernel's and our classes are loaded

  /**
   * @param places gives a place in the cell that runs now, if one runs
   * @param clock nanoseconds
   */
  Panel(Supplier<Optional<Tiles.Place>> places, LongSupplier clock) {
    this.places = places;
    this.clock = clock;
    this.next = clock.getAsLong();
  }

  /**
   * Shows a frame if it is time for one.
   *
   * @param elapsed nanoseconds since what is shown has begun
   */
  void show(long elapsed, Supplier<Frame> frame) {
    if (elapsed >= QUIET && clock.getAsLong() - next >= 0) {
      showNow(frame);
    }
  }

  /** Shows the last frame, however short the time since the one before. */
  void showLast(long elapsed, Supplier<Frame> frame) {
    if (elapsed >= QUIET || place != null) {
      showNow(frame);
    }
  }

  private void showNow(Supplier<Frame> frame) {
    long began = clock.getAsLong();
    if (place == null) {
      place = places.get();
    }
    if (place.isPresent()) {
      place.get().show(frame.get());
      long now = clock.getAsLong();
      next = now + Math.max(INTERVAL, shown ? BACK_OFF * (now - began) : 0);
      shown = true;
    }
  }
}
