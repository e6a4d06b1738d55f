package org.gristmill.drift;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many rows were given each class. Classes whose indexes are equal modulo 1,024 are counted as
 * one, so that memory is fixed. Immutable.
 *
 * @param counts rows by class, those above 0
 */
record Classes(SortedMap<Integer, Long> counts) {
  static final int MOST = 1024;
  private static final double HEAVY = 0.05; // the share of a class that is looked at by itself
  private static final int SHARED = 12; // bins that the other classes share
  private static final int FEWEST = 5; // rows that a bin is expected to have

  Classes {
    counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
  }

  static Classes of(long[] rows) {
    var counts = new TreeMap<Integer, Long>();
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] > 0) {
        counts.put(i, rows[i]);
      }
    }
    return new Classes(counts);
  }

  Classes plus(Classes others) {
    var sum = new TreeMap<>(counts);
    others.counts.forEach((index, rows) -> sum.merge(index, rows, Long::sum));
    return new Classes(sum);
  }

  /** Whether these are counts of so many rows. */
  boolean isOf(long rows) {
    return counts.entrySet().stream()
            .allMatch(
                it ->
                    it.getKey() >= 0
                        && it.getKey() < MOST
                        && it.getValue() > 0
                        && it.getValue() <= rows)
        && rows() == rows;
  }

  long rows() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The class with the most rows, and how many; empty where there are none. */
  String most() {
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(most -> "class %d: %.0f %%".formatted(most.getKey(), 100.0 * most.getValue() / rows()))
        .orElse("");
  }

  /**
   * The rows of two sets in the same bins, which depend on both together: a class with at least 5 %
   * of them has one of its own, the others share a dozen by their index, and bins in which the
   * smaller set is expected to have fewer than 5 rows are one. If that one still has, the next
   * larger ones are in it, too: what it has is else so little that a single row counts for much.
   */
  static double[][] binned(Classes a, Classes b) {
    var both = a.plus(b);
    double all = both.rows();
    double smaller = Math.min(a.rows(), b.rows()) / all;
    var expected = new TreeMap<Integer, Double>(); // by bin, in the smaller set
    both.counts.forEach(
        (index, rows) -> expected.merge(bin(index, rows / all), smaller * rows, Double::sum));
    var places = new TreeMap<Integer, Integer>(); // by bin
    int size = 1; // the first place is of all bins that are too small
    double small = 0; // rows that it is expected to have
    for (var bin : expected.entrySet().stream().sorted(Map.Entry.comparingByValue()).toList()) {
      boolean joins = bin.getValue() < FEWEST || (small > 0 && small < FEWEST);
      small += joins ? bin.getValue() : 0;
      places.put(bin.getKey(), joins ? 0 : size++);
    }
    double[][] binned = new double[2][size];
    both.counts.forEach(
        (index, rows) -> {
          int place = places.get(bin(index, rows / all));
          binned[0][place] += a.counts.getOrDefault(index, 0L);
          binned[1][place] += b.counts.getOrDefault(index, 0L);
        });
    int first = binned[0][0] + binned[1][0] > 0 ? 0 : 1;
    return new double[][] {
      Arrays.copyOfRange(binned[0], first, size), Arrays.copyOfRange(binned[1], first, size)
    };
  }

  /** Its own number, or one below 0 that it shares: neighbours, which are often alike, do not. */
  private static int bin(int index, double share) {
    return share >= HEAVY ? index : -1 - Math.floorMod((index * 0x9E3779B1) >>> 16, SHARED);
  }
}
