package org.gristmill.compare;

import java.util.List;
import java.util.Optional;
import org.gristmill.GristmillException;
import org.gristmill.Prediction;
import org.gristmill.Run;

/**
 * How far runs give the predictions of a reference run.
 *
 * @param rows rows compared, over all runs
 * @param same rows among them with the same most probable class
 * @param largestDifference of a row's confidence
 * @param firstOther the first row with another class, in words
 */
public record Agreement(
    long rows, long same, float largestDifference, Optional<String> firstOther) {
  /** Below this difference in probability two classes tie, and rounding may break the tie. */
  private static final float TIE = 1e-4f;

  /**
   * Compares row by row.
   *
   * @throws GristmillException if a run has other rows than the reference
   */
  public static Agreement of(Run<Prediction> reference, List<Run<Prediction>> runs) {
    long rows = 0;
    long same = 0;
    float largest = 0;
    Optional<String> firstOther = Optional.empty();
    for (Run<Prediction> run : runs) {
      if (run.size() != reference.size()) {
        throw new GristmillException(
            "a run gave %d rows, the first arm %d".formatted(run.size(), reference.size()));
      }
      for (int i = 0; i < run.size(); i++) {
        String path = reference.path(i).orElse("no path");
        if (!path.equals(run.path(i).orElse("no path"))) {
          throw new GristmillException(
              "row %d of a run is %s, of the first arm %s"
                  .formatted(i, run.path(i).orElse("no path"), path));
        }
        Prediction expected = reference.get(i);
        Prediction actual = run.get(i);
        largest = Math.max(largest, Math.abs(actual.confidence() - expected.confidence()));
        rows++;
        if (isSame(expected, actual)) {
          same++;
        } else if (firstOther.isEmpty()) {
          firstOther = Optional.of("row %d (%s): %s, not %s".formatted(i, path, actual, expected));
        }
      }
    }
    return new Agreement(rows, same, largest, firstOther);
  }

  private static boolean isSame(Prediction expected, Prediction actual) {
    return expected.index() == actual.index()
        || expected.top().stream()
            .filter(score -> score.index() == actual.index())
            .anyMatch(score -> expected.confidence() - score.probability() < TIE);
  }

  /** The share of rows with the same class, 0..1. */
  public double share() {
    return rows == 0 ? 1 : same / (double) rows;
  }
}
