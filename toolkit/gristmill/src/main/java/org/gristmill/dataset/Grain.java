package org.gristmill.dataset;

/**
 * How much goes into one task: one piece of work where that takes long, as a picture does, and many
 * where it takes next to nothing, so that handing tasks over costs less than doing them. Owned by
 * the driving thread.
 */
final class Grain {
  private static final long TASK_NANOS = 500_000; // what a task is to take, about
  private static final double WEIGHT = 0.3; // of the latest task in the moving mean

  private final int most;
  private int size = 1;
  private double mean; // nanoseconds of a piece

  /**
   * @param most pieces that a task may have
   */
  Grain(long most) {
    this.most = (int) Math.max(1, Math.min(256, most));
  }

  int size() {
    return size;
  }

  /** A task of so many pieces took so long. */
  void measured(int pieces, long nanos) {
    double latest = (double) nanos / pieces;
    mean = mean == 0 ? latest : (1 - WEIGHT) * mean + WEIGHT * latest;
    int wanted = (int) Math.max(1, Math.min(most, TASK_NANOS / Math.max(1, mean)));
    size = Math.min(2 * size, wanted); // grows slowly, shrinks at once
  }

  /** A piece failed: what comes is tried one by one, for a while. */
  void failed() {
    size = 1;
  }
}
