package org.gristmill.drift;

import java.util.Locale;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;

/**
 * How far a number, or the predicted class, is distributed otherwise than in a reference. Measures
 * over shares P and Q of the rows in bins: the population stability index, sum (P - Q) ln(P / Q),
 * and Jensen and Shannon's divergence in bits, 0..1. Bins of numbers are tenths of the reference; a
 * value that more of its rows have is one of its own.
 *
 * @param name of the number
 * @param distance of numbers, Kolmogorov and Smirnov's: the largest distance of the shares of rows
 *     that have at most some value. Of classes, half the sum of the distances of their shares
 * @param p that rows of the same kind differ as much or more: Kolmogorov and Smirnov's test, from
 *     whose distance first is taken by how much the two summaries may be off; of classes, the
 *     chi-squared test
 * @param psi the population stability index
 * @param js Jensen and Shannon's divergence
 * @param bins how many there were for these two
 * @param was what was usual in the reference
 * @param is what is usual now
 */
public record Shift(
    String name,
    double distance,
    double p,
    double psi,
    double js,
    int bins,
    String was,
    String is) {
  /** The bins that numbers have whose values differ. */
  public static final int TENTHS = 10;

  private static final int TERMS = 100;

  /** The same with another p, such as one that is adjusted for the number of tests. */
  public Shift withP(double adjusted) {
    return new Shift(name, distance, adjusted, psi, js, bins, was, is);
  }

  /** Of a number. */
  static Shift of(String name, Quantiles reference, Quantiles now) {
    float[] edges = reference.edges(TENTHS);
    double distance = reference.distance(now);
    double surely = Math.max(0, distance - reference.error() - now.error());
    double n = reference.count();
    double m = now.count();
    var shares = new Shares(reference.shares(edges), n, now.shares(edges), m);
    return new Shift(
        name,
        distance,
        kolmogorov(Math.sqrt(n * m / (n + m)) * surely),
        shares.psi(),
        shares.js(),
        edges.length + 1,
        middle(reference),
        middle(now));
  }

  private static String middle(Quantiles of) {
    return String.format(Locale.ROOT, "%.3g (%.3g to %.3g)", of.at(0.5), of.at(0.1), of.at(0.9));
  }

  /** Of the predicted classes. */
  static Shift of(String name, Classes reference, Classes now) {
    double[][] rows = Classes.binned(reference, now);
    double n = reference.rows();
    double m = now.rows();
    double distance = 0;
    double squares = 0;
    for (int i = 0; i < rows[0].length; i++) {
      double expected = Math.sqrt(m / n) * rows[0][i] - Math.sqrt(n / m) * rows[1][i];
      squares += expected * expected / (rows[0][i] + rows[1][i]);
      distance += Math.abs(rows[0][i] / n - rows[1][i] / m) / 2;
    }
    int bins = rows[0].length;
    double p = bins < 2 ? 1 : ChiSquaredDistribution.of(bins - 1.0).survivalProbability(squares);
    var shares = new Shares(shares(rows[0], n), n, shares(rows[1], m), m);
    return new Shift(
        name, distance, p, shares.psi(), shares.js(), bins, reference.most(), now.most());
  }

  private static double[] shares(double[] rows, double all) {
    double[] shares = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      shares[i] = rows[i] / all;
    }
    return shares;
  }

  /** Shares of n and of m rows in the same bins. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Shares(double[] p, double n, double[] q, double m) {
    /** With half a row more in every bin, so that none is empty. */
    private static double share(double share, double rows, int bins) {
      return (share * rows + 0.5) / (rows + 0.5 * bins);
    }

    double psi() {
      double sum = 0;
      for (int i = 0; i < p.length; i++) {
        double was = share(p[i], n, p.length);
        double is = share(q[i], m, p.length);
        sum += (is - was) * Math.log(is / was);
      }
      return sum;
    }

    double js() {
      double sum = 0;
      for (int i = 0; i < p.length; i++) {
        double middle = (p[i] + q[i]) / 2;
        sum += part(p[i], middle) + part(q[i], middle);
      }
      return sum / 2 / Math.log(2);
    }

    private static double part(double share, double middle) {
      return share == 0 ? 0 : share * Math.log(share / middle);
    }
  }

  /** The probability that Kolmogorov's distribution is above x: 2 sum (-1)^(k-1) e^(-2 k^2 x^2). */
  static double kolmogorov(double x) {
    if (x < 0.2) {
      return 1; // within 1e-12, and the sum converges slowly
    }
    double sum = 0;
    for (int k = 1; k <= TERMS; k++) {
      sum += (k % 2 == 1 ? 2 : -2) * Math.exp(-2.0 * k * k * x * x);
    }
    return Math.max(0, Math.min(1, sum));
  }
}
