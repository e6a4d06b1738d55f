package org.gristmill.pool;

import java.util.ArrayList;
import java.util.List;
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
   * The pieces that are to be tried again; none if the batch has failed for good.
   *
   * @param rows of the batch that failed
   * @param isRetry whether it was a piece of one that failed before
   * @param halves whether to look for the guilty rows of a batch whose worker did not die
   */
  public <T> List<List<T>> again(
      List<T> rows, boolean isRetry, Outcome<?> outcome, boolean halves) {
    int most = most(rows.size(), isRetry, outcome, halves);
    return most == 0 ? List.of() : split(rows, most);
  }

  /** In pieces of that many rows and what is left. */
  public static <T> List<List<T>> split(List<T> rows, int most) {
    if (rows.size() <= most) {
      return List.of(rows);
    }
    var pieces = new ArrayList<List<T>>();
    for (int from = 0; from < rows.size(); from += most) {
      pieces.add(rows.subList(from, Math.min(rows.size(), from + most)));
    }
    return pieces;
  }

  /** Rows of a piece; 0 if the batch has failed for good. */
  private int most(int size, boolean isRetry, Outcome<?> outcome, boolean halves) {
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
