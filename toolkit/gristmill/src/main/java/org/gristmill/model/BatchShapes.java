package org.gristmill.model;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * How many rows a batch is computed as on a GPU. For each number of rows that is new to a thread,
 * cuDNN plans every convolution anew; for models with depthwise ones, channels last, that takes
 * seconds: toolkit/DECISIONS.md. So a batch takes a number that was computed before if that is less
 * than twice its own, and any that is large enough the first time, as the last batch of a run comes
 * only once. Not thread-safe.
 */
final class BatchShapes {
  private final TreeSet<Integer> computed = new TreeSet<>();
  private final Set<Integer> come = new HashSet<>(); // numbers of rows that were filled up once

  /** As how many rows to compute so many: the same or more. */
  int rowsFor(int n) {
    Integer larger = computed.ceiling(n);
    if (larger == null) {
      return n;
    }
    return larger < 2 * n || come.add(n) ? larger : n;
  }

  /** So many rows were computed. */
  void computed(int rows) {
    computed.add(rows);
  }
}
