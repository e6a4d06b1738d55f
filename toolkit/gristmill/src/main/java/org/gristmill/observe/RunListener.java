package org.gristmill.observe;

/**
 * Looks on while runs go on. Called on the thread that drives a run, so what takes long holds it
 * up; several runs may go on at once, each on a thread of its own.
 */
public interface RunListener {
  /** A run goes on; told a few times a second. */
  default void progressed(Snapshot run) {}

  /** A run is over, well or not. Told once, after everything of it was closed. */
  default void ended(Snapshot run) {}

  /**
   * A worker has done a batch.
   *
   * @param place the stage's, among those of its run
   * @param nanos how long it took; of batches that were handed over together, their mean
   */
  default void batch(int place, String stage, int rows, long nanos) {}
}
