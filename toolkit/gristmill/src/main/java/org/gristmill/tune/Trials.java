package org.gristmill.tune;

/** Makes trials. One at a time; those of a contender that is closed are over. */
public interface Trials {
  /** A run of the first rows, or of all if there are fewer. */
  Trial run(Contender contender, int batchSize, int rows);

  /** This contender's workers are not needed any more. */
  void close(Contender contender);

  /** Bytes that can still be taken. */
  long freeMemory();

  /** Bytes that the process takes now. */
  long memory();

  /** A clock. */
  long nanoTime();
}
