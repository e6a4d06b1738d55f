package org.gristmill.serve;

import java.util.EnumSet;
import java.util.Set;
import org.gristmill.compare.Judgement.Outcome;

/**
 * What a new version has to show before it is used. Immutable.
 *
 * @param golden the least share of golden rows in which it gives the class that they state, 0..1
 * @param accuracy the least share of labelled rows that it has right, 0..1
 * @param verdicts what the A/B test may say of its accuracy beside the champion's
 * @param slowdown the most of the champion's time that a row may take, 1.5 for half as long again
 * @param sameClass the least share of requests in shadow in which it gives the champion's class
 * @param failures the largest share of requests that it may fail more than the champion does
 * @param latency the most of the champion's p99 that its own may be, from 100 ms on
 */
public record Gates(
    double golden,
    double accuracy,
    Set<Outcome> verdicts,
    double slowdown,
    double sameClass,
    double failures,
    double latency) {
  public Gates {
    verdicts = Set.copyOf(verdicts);
    requireShare("golden", golden);
    requireShare("accuracy", accuracy);
    requireShare("sameClass", sameClass);
    requireShare("failures", failures);
    if (!(slowdown > 0) || !(latency > 0)) {
      throw new IllegalArgumentException(
          "slowdown and latency are above 0, not " + slowdown + " and " + latency);
    }
  }

  private static void requireShare(String name, double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException(name + " is a share of 0 to 1, not " + share);
    }
  }

  /**
   * 99 % of golden rows; any accuracy that is not shown to be worse than the champion's; half as
   * long again; 70 % the same class; one failure in a hundred; twice the champion's p99.
   */
  public static Gates standard() {
    return new Gates(0.99, 0, EnumSet.complementOf(EnumSet.of(Outcome.WORSE)), 1.5, 0.7, 0.01, 2);
  }

  /** The same with another share of golden rows. */
  public Gates withGolden(double share) {
    return new Gates(share, accuracy, verdicts, slowdown, sameClass, failures, latency);
  }

  /** The same with a least accuracy. */
  public Gates withAccuracy(double share) {
    return new Gates(golden, share, verdicts, slowdown, sameClass, failures, latency);
  }

  /**
   * The same, and it has to be shown that the version is no worse than the champion by a percentage
   * point or more: a test that leaves that open fails.
   */
  public Gates withNoWorse() {
    var shown = EnumSet.of(Outcome.BETTER, Outcome.NO_WORSE);
    return new Gates(golden, accuracy, shown, slowdown, sameClass, failures, latency);
  }

  /** The same with another limit for the time of a row. */
  public Gates withSlowdown(double times) {
    return new Gates(golden, accuracy, verdicts, times, sameClass, failures, latency);
  }

  /** The same with another share of requests with the champion's class. */
  public Gates withSameClass(double share) {
    return new Gates(golden, accuracy, verdicts, slowdown, share, failures, latency);
  }

  /** The same with another share of requests that may fail. */
  public Gates withFailures(double share) {
    return new Gates(golden, accuracy, verdicts, slowdown, sameClass, share, latency);
  }

  /** The same with another limit for the p99 of requests. */
  public Gates withLatency(double times) {
    return new Gates(golden, accuracy, verdicts, slowdown, sameClass, failures, times);
  }
}
