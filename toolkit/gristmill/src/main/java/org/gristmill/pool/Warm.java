package org.gristmill.pool;

import java.util.List;
import org.gristmill.Device;
import org.gristmill.GristmillException;

/**
 * Actors that outlive their run: made by the first run that needs them, lent to one run at a time.
 * Thread-safe.
 */
public final class Warm<W extends AutoCloseable> implements AutoCloseable {
  private static final long PATIENCE_NANOS = 3_000_000_000L;

  private record Recipe(List<Device> devices, int size, int restarts) {}

  private final String name;
  private Actors<W> actors; // guarded by this, like what follows
  private Recipe made; // what the actors were made by
  private boolean lent;
  private boolean closed;

  public Warm(String name) {
    this.name = name;
  }

  public String name() {
    return name;
  }

  /**
   * The actors, for one run, until {@link Crew#release}; they are made if there are none, or none
   * of use any more.
   *
   * @throws GristmillException if another run has them, or they were closed
   */
  public synchronized Crew<W> lend(
      List<Device> devices, int size, Host.Maker<W> maker, int restarts) {
    awaitGivenBack();
    if (closed) {
      throw new GristmillException(
          "the pool \"%s\" was closed, or its name given to another: make it again"
              .formatted(name));
    }
    if (lent) {
      throw new GristmillException(
          "the pool \"%s\" is in use by another run: wait for it, or use a pool of its own"
              .formatted(name));
    }
    var recipe = new Recipe(devices, size, restarts);
    if (actors != null) {
      actors.settle();
    }
    if (actors != null && (actors.isSpent() || !recipe.equals(made))) {
      var spent = actors;
      actors = null;
      spent.dismiss();
    }
    if (actors == null) {
      actors = Actors.kept(name, devices, size, maker, restarts, this::givenBack);
    }
    actors.fill(size); // some may have left for want of room
    made = recipe;
    lent = true;
    return actors;
  }

  /**
   * A notebook's cell that was interrupted is over before its run has ended: the cell may be run
   * again at once.
   */
  private void awaitGivenBack() {
    long until = System.nanoTime() + PATIENCE_NANOS;
    try {
      while (lent && !closed && System.nanoTime() < until) {
        wait(100);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void givenBack() {
    Actors<W> open;
    synchronized (this) {
      lent = false;
      notifyAll();
      open = closed ? takeAway() : null;
    }
    if (open != null) {
      open.dismiss();
    }
  }

  private Actors<W> takeAway() {
    Actors<W> open = actors;
    actors = null;
    return open;
  }

  /** Closes the workers. A run that uses them fails, and closes them itself. */
  @Override
  public void close() {
    Actors<W> open;
    synchronized (this) {
      closed = true;
      if (lent) {
        actors.breaks(
            new GristmillException(
                "the pool \"%s\" was closed while a run used it".formatted(name)));
      }
      open = lent ? null : takeAway();
    }
    if (open != null) {
      open.dismiss();
    }
  }
}
