package org.gristmill.compare;

import java.util.Locale;
import java.util.function.DoublePredicate;
import org.apache.commons.numbers.gamma.LogBeta;
import org.apache.commons.statistics.distribution.BetaDistribution;

/**
 * What is known of a probability after some trials, which holds however often one looks and
 * whenever one stops. Ordinary intervals and p-values do not: who looks after each request and
 * stops at the first that is below 5 % is wrong far more often than in 5 % of cases.
 *
 * <p>Evidence against a probability p is how much better the trials are told in advance by somebody
 * who does not know it: the mean of the likelihood over Jeffreys' prior Beta(1/2, 1/2), divided by
 * the likelihood under p. Where p is true this is a martingale of mean 1, so that it ever reaches
 * 20 has a probability of at most 1 in 20 (Ville's inequality). See Robbins, Statistical methods
 * related to the law of the iterated logarithm, 1970, and Ramdas et al., Game-theoretic statistics
 * and safe anytime-valid inference, 2023.
 *
 * @param successes among them
 * @param count of all trials
 */
public record Trials(long successes, long count) {
  private static final double HALF = 0.5;

  /** None yet. */
  public static final Trials NONE = new Trials(0, 0);

  public Trials {
    if (successes < 0 || successes > count) {
      throw new IllegalArgumentException(successes + " of " + count + " trials cannot succeed");
    }
  }

  /**
   * Where the probability is: a confidence sequence.
   *
   * @param low 0..1
   * @param high 0..1
   */
  public record Range(double low, double high) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.1f %% to %.1f %%", 100 * low, 100 * high);
    }
  }

  /** One more. */
  public Trials and(boolean success) {
    return new Trials(successes + (success ? 1 : 0), count + 1);
  }

  /** Those of both. */
  public Trials plus(Trials others) {
    return new Trials(successes + others.successes, count + others.count);
  }

  /** The share that succeeded, 0..1; not a number while there are none. */
  public double share() {
    return successes / (double) count;
  }

  /** Evidence against a probability, 0..; 20 or more is what 5 % allow. */
  public double evidenceAgainst(double probability) {
    return Math.exp(logEvidence(probability));
  }

  private double logEvidence(double probability) {
    return logMeanLikelihood() - logLikelihood(probability);
  }

  private double logMeanLikelihood() {
    return LogBeta.value(successes + HALF, count - successes + HALF) - LogBeta.value(HALF, HALF);
  }

  private double logLikelihood(double probability) {
    return times(successes, Math.log(probability))
        + times(count - successes, Math.log1p(-probability));
  }

  private static double times(long count, double log) {
    return count == 0 ? 0 : count * log; // 0 times minus infinity is nothing here
  }

  /**
   * All probabilities against which there is too little evidence. That the true one is ever left
   * out, at any look, has a probability of at most the error.
   *
   * @param error above 0 and below 1, such as 0.05
   */
  public Range range(double error) {
    if (!(error > 0 && error < 1)) {
      throw new IllegalArgumentException("an error is above 0 and below 1, not " + error);
    }
    if (count == 0) {
      return new Range(0, 1);
    }
    double enough = logMeanLikelihood() + Math.log(error);
    DoublePredicate isOutside = probability -> enough - logLikelihood(probability) >= 0;
    // The evidence has its only minimum, which is too little, at the share that succeeded.
    return new Range(
        successes == 0 ? 0 : Bisection.boundary(isOutside, 0, share()),
        successes == count ? 1 : Bisection.boundary(isOutside, 1, share()));
  }

  /**
   * Whether it is known that this probability is above that of others by more than a margin: the
   * lower end of its range is above the upper end of theirs. That this is ever said where it is not
   * so has a probability of at most the error, over all looks at both together.
   *
   * @param margin 0..1
   * @param error above 0 and below 1, such as 0.05; each range takes half of it
   */
  public boolean isAbove(Trials others, double margin, double error) {
    return range(error / 2).low() > margin + others.range(error / 2).high();
  }

  /**
   * Where the probability is, if the number of trials was fixed before one looked: Clopper and
   * Pearson's interval, from quantiles of the Beta distribution. It is narrower than {@link
   * #range}.
   *
   * @param error above 0 and below 1, such as 0.05
   */
  public Range rangeOfFixedCount(double error) {
    long failures = count - successes;
    return new Range(
        successes == 0
            ? 0
            : BetaDistribution.of((double) successes, failures + 1.0)
                .inverseCumulativeProbability(error / 2),
        failures == 0
            ? 1
            : BetaDistribution.of(successes + 1.0, (double) failures)
                .inverseSurvivalProbability(error / 2));
  }

  @Override
  public String toString() {
    return successes + " of " + count;
  }
}
