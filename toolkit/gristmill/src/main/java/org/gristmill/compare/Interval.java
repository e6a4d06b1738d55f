package org.gristmill.compare;

import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A ratio and its 95 % confidence interval.
 *
 * @param mean the geometric mean
 */
public record Interval(double low, double mean, double high) {
  private static final double CONFIDENCE = 0.95;

  /**
   * Ratios that were seen, of which only the sums are kept.
   *
   * @param mean of their logarithms
   * @param squares sum of the logarithms' squared distances from it
   */
  public record Ratios(long count, double mean, double squares) {
    /** None yet. */
    public static final Ratios NONE = new Ratios(0, 0, 0);

    /** One more. */
    public Ratios and(double ratio) {
      double log = Math.log(ratio);
      double moved = mean + (log - mean) / (count + 1);
      return new Ratios(count + 1, moved, squares + (log - mean) * (log - moved));
    }

    /** See {@link Interval#of}. */
    public Interval interval() {
      if (count == 1) {
        return new Interval(0, Math.exp(mean), Double.POSITIVE_INFINITY);
      }
      double error = Math.sqrt(squares / (count - 1) / count);
      double t = TDistribution.of(count - 1.0).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
      return new Interval(Math.exp(mean - t * error), Math.exp(mean), Math.exp(mean + t * error));
    }
  }

  /**
   * The interval of paired ratios: Student's t on their logarithms, mean +- t(0.975, n - 1) s /
   * sqrt(n), taken back. With one ratio nothing is known of its spread, and the interval is 0 to
   * infinity.
   */
  public static Interval of(List<Double> ratios) {
    if (ratios.isEmpty()) {
      throw new NoSuchElementException("there are no ratios");
    }
    var seen = Ratios.NONE;
    for (double ratio : ratios) {
      seen = seen.and(ratio);
    }
    return seen.interval();
  }

  /** Whether the interval leaves open which of the two is larger. */
  public boolean includesOne() {
    return low <= 1 && high >= 1;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", mean, low, high);
  }
}
