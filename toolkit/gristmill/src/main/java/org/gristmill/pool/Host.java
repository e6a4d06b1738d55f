package org.gristmill.pool;

import java.util.List;
import org.gristmill.Device;

/**
 * Where the actors of a run live, and how they report to the one thread that drives it. {@link
 * #post} is thread-safe; everything else is for the driving thread.
 */
public interface Host {
  /** Has the driving thread run this in its next {@link #runEvents}. */
  void post(Runnable event);

  /** Whether something was posted that has not run. */
  boolean hasEvents();

  /** Takes the next of what was posted, or null. */
  Runnable nextEvent();

  /** Runs what was posted. */
  default void runEvents() {
    for (Runnable event = nextEvent(); event != null; event = nextEvent()) {
      event.run();
    }
  }

  /** The same, after waiting for the first of it at most that long. */
  void await(long nanos) throws InterruptedException;

  /** A clock, in nanoseconds since some moment. Thread-safe. */
  long nanoTime();

  /**
   * Whether that clock is not the machine's, so that what this process takes meanwhile, and who
   * looks on, has nothing to do with the run.
   */
  default boolean isVirtual() {
    return false;
  }

  /**
   * Starts actors.
   *
   * @param name of the stage, for thread names and messages
   * @param devices one for each actor that there may be
   * @param size how many to start with
   */
  <W extends AutoCloseable> Crew<W> start(
      String name, List<Device> devices, int size, Maker<W> maker, int restarts);

  /** Makes the worker of one actor. */
  interface Maker<W> {
    W make(Device device) throws Exception;
  }
}
