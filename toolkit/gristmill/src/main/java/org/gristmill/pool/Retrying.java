package org.gristmill.pool;

import java.util.function.Consumer;

/**
 * How a batch that failed is tried again: whole by another worker if its own died, in smaller
 * pieces if memory ran out, else halved until only the guilty rows are left. Owned by the driving
 * thread.
 */
public final class Retrying {
  private final String name;
  private final Consumer<String> notes;
  private int safeSize = Integer.MAX_VALUE; // of a batch: what memory was enough for

  /**
   * @param name of the stage, for notes
   * @param notes are told when memory ran out
   */
  public Retrying(String name, Consumer<String> notes) {
    this.name = name;
    this.notes = notes;
  }

  /** Rows of a batch that memory was enough for so far. */
  public int safeSize() {
    return safeSize;
  }

  /**
   * How many rows each piece has that is to be tried again, or 0 if the batch has failed for good.
   *
   * @param size rows of the batch that failed
   * @param isRetry whether it was a piece of one that failed before
   * @param halves whether to look for the guilty rows of a batch whose worker did not die
   */
  public int pieces(int size, boolean isRetry, Outcome<?> outcome, boolean halves) {
    boolean stuck = outcome.failure() instanceof TimedOut late && late.isStuck();
    boolean noMemory = OutOfMemory.is(outcome.failure());
    if (noMemory && size == 1) {
      safeSize = Integer.MAX_VALUE; // it was this row, and not how many there were
      return isRetry ? 0 : 1;
    }
    if (noMemory) {
      if (size / 2 < safeSize) {
        safeSize = size / 2;
        String note = "%s %s %d rows at once: it goes on with %d";
        notes.accept(note.formatted(name, OutOfMemory.NOTE, size, safeSize));
      }
      return safeSize;
    }
    if (outcome.died() && !isRetry) {
      return size;
    }
    if (size > 1 && halves) {
      return stuck ? 1 : (size + 1) / 2;
    }
    return 0;
  }
}
