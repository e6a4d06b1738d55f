package org.gristmill.compare;

import java.util.List;
import java.util.Locale;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A ratio and its 95 % confidence interval.
 *
 * @param mean the geometric mean
 */
public record Interval(double low, double mean, double high) {
  private static final double CONFIDENCE = 0.95;

  /**
   * The interval of paired ratios: Student's t on their logarithms, mean +- t(0.975, n - 1) s /
   * sqrt(n), taken back. With one ratio nothing is known of its spread, and the interval is 0 to
   * infinity.
   */
  public static Interval of(List<Double> ratios) {
    int n = ratios.size();
    double mean = ratios.stream().mapToDouble(Math::log).average().orElseThrow();
    if (n == 1) {
      return new Interval(0, Math.exp(mean), Double.POSITIVE_INFINITY);
    }
    double squares =
        ratios.stream().mapToDouble(ratio -> Math.pow(Math.log(ratio) - mean, 2)).sum();
    double error = Math.sqrt(squares / (n - 1) / n);
    double t = TDistribution.of(n - 1).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
    return new Interval(Math.exp(mean - t * error), Math.exp(mean), Math.exp(mean + t * error));
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
