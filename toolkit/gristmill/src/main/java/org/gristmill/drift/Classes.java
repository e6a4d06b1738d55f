package org.gristmill.drift;

import java.util.Arrays;
import java.util.Collections;
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

  long rows() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The class with the most rows, and how many; empty where there are none. */
  String most() {
    return counts.entrySet().stream()
        .max(java.util.Map.Entry.comparingByValue())
        .map(most -> "class %d: %.0f %%".formatted(most.getKey(), 100.0 * most.getValue() / rows()))
        .orElse("");
  }

  /**
   * The rows of two sets in the same bins, which depend on both together: a class with at least 5 %
   * of them has one of its own, the others share a dozen by their index, and bins in which the
   * smaller set is expected to have fewer than 5 rows are one.
   */
  static double[][] binned(Classes a, Classes b) {
    var both = a.plus(b);
    long all = both.rows();
    var bins = new TreeMap<Integer, Integer>(); // by class
    for (var of : both.counts.entrySet()) {
      int index = of.getKey();
      bins.put(index, of.getValue() >= HEAVY * all ? index : -1 - shared(index));
    }
    double smaller = Math.min(a.rows(), b.rows()) / (double) all;
    var expected = new TreeMap<Integer, Double>();
    both.counts.forEach(
        (index, rows) -> expected.merge(bins.get(index), smaller * rows, Double::sum));
    var places = new TreeMap<Integer, Integer>(); // by bin; 0 is for those that are too small
    for (int bin : expected.keySet()) {
      places.put(
          bin,
          expected.get(bin) < FEWEST
              ? 0
              : 1 + (int) places.values().stream().filter(p -> p > 0).count());
    }
    int size = 1 + places.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    double[][] rows = new double[2][size];
    for (int set = 0; set < 2; set++) {
      double[] of = rows[set];
      (set == 0 ? a : b).counts.forEach((index, count) -> of[places.get(bins.get(index))] += count);
    }
    boolean nothingSmall = rows[0][0] + rows[1][0] == 0;
    return nothingSmall
        ? new double[][] {
          Arrays.copyOfRange(rows[0], 1, size), Arrays.copyOfRange(rows[1], 1, size)
        }
        : rows;
  }

  /** Neighbours in the list of classes are often alike, so they are told apart. */
  private static int shared(int index) {
    return Math.floorMod(index * 0x9E3779B1 >>> 16, SHARED);
  }
}
