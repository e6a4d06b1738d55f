package org.gristmill.dataset;

import org.gristmill.observe.Snapshot;
import org.gristmill.observe.StageMeter;

/** A part of a running plan that has work to do: the source, or a stage. For the driving thread. */
interface Link {
  /** Hands on rows that are ready; true if there were any. */
  boolean collect();

  /**
   * Starts what there is room for; true if that was anything.
   *
   * @param forced one task even if the run's bytes are spent, because nothing else goes on
   */
  boolean submit(boolean forced) throws InterruptedException;

  /** Whether a task is under way. */
  boolean isRunning();

  /** Nobody needs any more of it. */
  void stop();

  /** Does what is due at this time; nanoseconds until something is due again. */
  long tick(long now, long elapsed);

  StageMeter meter();

  /** How it stands, for those who look on. */
  Snapshot.StageNow now();
}
