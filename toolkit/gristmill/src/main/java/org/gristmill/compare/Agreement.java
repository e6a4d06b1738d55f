package org.gristmill.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.statistics.distribution.BetaDistribution;
import org.gristmill.Prediction;
import org.gristmill.Run;

/**
 * How far runs give the predictions of a reference run.
 *
 * @param rows rows compared, over all runs
 * @param same rows among them with the same most probable class
 * @param largestDifference of the confidence of a row with the same class
 * @param others the first rows with another class, in words
 */
public record Agreement(long rows, long same, float largestDifference, List<String> others) {
  private static final int OTHERS = 5;

  /** Below this difference in probability two classes tie, and rounding may break the tie. */
  private static final float TIE = 1e-4f;

  /** Compares row by row; a row of another path, or one that is missing, is another class. */
  public static Agreement of(Run<Prediction> reference, List<Run<Prediction>> runs) {
    long rows = 0;
    long same = 0;
    float largest = 0;
    var others = new ArrayList<String>();
    for (Run<Prediction> run : runs) {
      for (int i = 0; i < Math.max(run.size(), reference.size()); i++) {
        String difference = difference(i, reference, run);
        rows++;
        if (difference == null) {
          same++;
          float expected = reference.get(i).confidence();
          largest = Math.max(largest, Math.abs(run.get(i).confidence() - expected));
        } else if (others.size() < OTHERS) {
          others.add("row " + i + ": " + difference);
        }
      }
    }
    return new Agreement(rows, same, largest, List.copyOf(others));
  }

  private static String difference(int row, Run<Prediction> reference, Run<Prediction> run) {
    if (row >= Math.min(run.size(), reference.size())) {
      return "there are %d rows, not %d".formatted(run.size(), reference.size());
    }
    String path = reference.path(row).orElse("no path");
    String other = run.path(row).orElse("no path");
    if (!path.equals(other)) {
      return "it is %s, not %s".formatted(other, path);
    }
    return isSame(reference.get(row), run.get(row))
        ? null
        : "%s, not %s (%s)".formatted(run.get(row), reference.get(row), path);
  }

  private static boolean isSame(Prediction expected, Prediction actual) {
    return expected.index() == actual.index()
        || expected.top().stream()
            .filter(score -> score.index() == actual.index())
            .anyMatch(score -> expected.confidence() - score.probability() < TIE);
  }

  /** The first row with another class, in words. */
  public Optional<String> firstOther() {
    return others.stream().findFirst();
  }

  /** The share of rows with the same class, 0..1. */
  public double share() {
    return rows == 0 ? 1 : same / (double) rows;
  }

  /**
   * What the share among all such rows is at least, with a confidence of 95 %: the lower bound of
   * Clopper and Pearson, the 5 % quantile of Beta(same, rows - same + 1). It takes the rows for a
   * random sample.
   */
  public double atLeast() {
    return same == 0
        ? 0
        : BetaDistribution.of((double) same, rows - same + 1.0).inverseCumulativeProbability(0.05);
  }
}
