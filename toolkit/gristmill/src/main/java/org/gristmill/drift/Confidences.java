package org.gristmill.drift;

import org.apache.commons.statistics.distribution.BetaDistribution;
import org.gristmill.ExpectedAccuracy;
import org.gristmill.compare.Trials;

/**
 * How many rows had which confidence, and how often those with a label were right: in 24 bins of
 * equal width in the logit, from -4 (1.8 %) to 8 (99.97 %). Immutable.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
record Confidences(long[] rows, long[] labelled, long[] right) {
  static final int BINS = 24;
  private static final double LOWEST = -4; // logit
  private static final double WIDTH = 0.5;
  private static final double BELIEF = 2; // rows that a confidence counts as before any label
  private static final double TAIL = 0.025;
  private static final double ALL_OR_NOTHING = 0.01; // of a Beta distribution: nearly 0 or nearly 1

  /** The bin of a confidence of 0..1. */
  static int bin(double confidence) {
    double share = Math.min(1, confidence); // of a worker that rounds it, a little more
    double logit = Math.log(share / (1 - share)); // may be infinite
    return (int) Math.max(0, Math.min(BINS - 1, Math.floor((logit - LOWEST) / WIDTH)));
  }

  private static double middle(int bin) {
    return 1 / (1 + Math.exp(-(LOWEST + WIDTH * (bin + 0.5))));
  }

  /** Whether these are counts of so many rows. */
  boolean isOf(long all) {
    boolean holds = sum(rows) == all;
    for (int i = 0; i < BINS; i++) {
      holds &= 0 <= right[i] && right[i] <= labelled[i];
      holds &= labelled[i] <= rows[i] && rows[i] <= all;
    }
    return holds;
  }

  Confidences plus(Confidences others) {
    return new Confidences(
        sum(rows, others.rows), sum(labelled, others.labelled), sum(right, others.right));
  }

  private static long[] sum(long[] a, long[] b) {
    long[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  private static long sum(long[] of) {
    long sum = 0;
    for (long value : of) {
      sum += value;
    }
    return sum;
  }

  /** The rows with a label that were right. */
  Trials known() {
    return new Trials(sum(right), sum(labelled));
  }

  /**
   * How many of these rows are right, if a confidence means what it meant in the reference. Each
   * bin's accuracy has a Beta distribution: the reference's labels in it, and its confidence with
   * the weight of two rows. The interval is of the share of these rows: their own chance is in it,
   * and what so few labels leave open. A Beta distribution of the same mean and variance gives it,
   * and its ends are shares that so many rows can have.
   */
  ExpectedAccuracy expected(Confidences reference) {
    double all = sum(rows);
    double mean = 0;
    double variance = 0;
    for (int i = 0; i < BINS; i++) {
      double weight = reference.labelled[i] + BELIEF;
      double right = (reference.right[i] + BELIEF * middle(i)) / weight;
      double spread = right * (1 - right);
      mean += rows[i] * right / all;
      variance += (rows[i] * spread + rows[i] * rows[i] * spread / (weight + 1)) / all / all;
    }
    double scale = Math.max(ALL_OR_NOTHING, mean * (1 - mean) / variance - 1); // below 0: one row
    var beta = BetaDistribution.of(mean * scale, (1 - mean) * scale);
    return new ExpectedAccuracy(
        Math.min(mean, Math.floor(all * beta.inverseCumulativeProbability(TAIL)) / all),
        mean,
        Math.max(mean, Math.ceil(all * beta.inverseSurvivalProbability(TAIL)) / all));
  }
}
