package org.gristmill.compare;

import java.util.function.DoublePredicate;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Two models over the same rows, each right or wrong in each. Only rows that one alone has right
 * tell them apart; a test that compared two accuracies as if of different rows would see less.
 *
 * <p>Everything takes the rows for a random sample. {@link #p} and {@link #interval} hold if the
 * number of rows was fixed before one looked; {@link #anytimeP} and {@link #anytimeInterval}
 * however often one looks and whenever one stops, for which they need more rows.
 *
 * @param onlyFirst rows that the first one alone has right
 * @param onlySecond rows that the second one alone has right
 * @param count of all rows
 */
public record Paired(long onlyFirst, long onlySecond, long count) {
  /** None yet. */
  public static final Paired NONE = new Paired(0, 0, 0);

  /** Of the error that is allowed, what which one is right may use; the rest, how often one is. */
  private static final double SHARE_OF_SIGN = 0.8;

  public Paired {
    if (onlyFirst < 0 || onlySecond < 0 || onlyFirst + onlySecond > count) {
      throw new IllegalArgumentException(
          "%d and %d of %d rows cannot be".formatted(onlyFirst, onlySecond, count));
    }
  }

  /** One more row, and which of the two has it right. */
  public Paired and(boolean first, boolean second) {
    return new Paired(
        onlyFirst + (first && !second ? 1 : 0), onlySecond + (second && !first ? 1 : 0), count + 1);
  }

  /** Rows that one of them alone has right. */
  public long discordant() {
    return onlyFirst + onlySecond;
  }

  /** How much larger the second one's share of right rows is; not a number without rows. */
  public double difference() {
    return (onlySecond - onlyFirst) / (double) count;
  }

  /**
   * McNemar's exact test of the two being right equally often: of the rows that one alone has
   * right, each is the second one's with a probability of 1/2; twice the smaller tail of that
   * binomial distribution. See McNemar, Note on the sampling error of the difference between
   * correlated proportions, 1947.
   */
  public double p() {
    int rows = Math.toIntExact(discordant());
    int fewer = Math.toIntExact(Math.min(onlyFirst, onlySecond));
    double tail = BinomialDistribution.of(rows, 0.5).cumulativeProbability(fewer);
    return Math.min(1, 2 * tail);
  }

  /**
   * Where the difference is: all values that a score test does not refuse. See Tango, Equivalence
   * test and confidence interval for the difference in proportions for the paired-sample design,
   * Statistics in Medicine 17, 1998. It is approximate, and so does not always leave out 0 when the
   * exact test does, or the other way round.
   *
   * @param error above 0 and below 1, such as 0.05
   */
  public Difference interval(double error) {
    if (count == 0) {
      return Difference.UNKNOWN;
    }
    double enough = NormalDistribution.of(0, 1).inverseCumulativeProbability(1 - error / 2);
    DoublePredicate isOutside = difference -> Math.abs(score(difference)) - enough > 0;
    return new Difference(
        Bisection.boundary(isOutside, -1, difference()),
        difference(),
        Bisection.boundary(isOutside, 1, difference()));
  }

  /** By how many standard errors the difference that was counted is above this one. */
  private double score(double difference) {
    // The most likely share of rows that the first one alone has right, if the difference is this.
    double b = (2 * count + onlyFirst - onlySecond) * difference - discordant();
    double c = -onlyFirst * difference * (1 - difference);
    double share = (Math.sqrt(b * b - 8 * count * c) - b) / (4 * count);
    double variance = count * (2 * share + difference * (1 - difference));
    return (onlySecond - onlyFirst - count * difference) / Math.sqrt(Math.max(0, variance));
  }

  /**
   * About how many rows it takes to show in four of five cases that the second one is not worse by
   * a margin, if both are right equally often and differ as often as in these: (1.96 + 0.84)^2 by
   * the margin squared, times that share. One more row is added to those that one alone has right,
   * as there may have been none.
   */
  public long rowsToShowNoWorse(double margin) {
    double share = (discordant() + 1.0) / (count + 1.0);
    return (long) Math.ceil(Math.pow((1.96 + 0.84) / margin, 2) * share);
  }

  /**
   * The same question as {@link #p}'s, asked as often as one likes: the probability that it is ever
   * as small as some number while both are right equally often is at most that number. It is 1 by
   * 0.8 times the {@link Trials evidence} that rows which one alone has right are not the second
   * one's half of the time.
   */
  public double anytimeP() {
    return Math.min(1, 1 / (SHARE_OF_SIGN * second().evidenceAgainst(0.5)));
  }

  private Trials second() {
    return new Trials(onlySecond, discordant());
  }

  /**
   * Where the difference is, for all looks together. It is the share of rows that one alone has
   * right, times how much more often that is the second one; the first factor's sequence may be
   * wrong with a fifth of the error, the second one's with the rest. It leaves out 0 when {@link
   * #anytimeP} is at most the error.
   *
   * @param error above 0 and below 1, such as 0.05
   */
  public Difference anytimeInterval(double error) {
    if (count == 0) {
      return Difference.UNKNOWN;
    }
    var often = new Trials(discordant(), count).range((1 - SHARE_OF_SIGN) * error);
    var second = second().range(SHARE_OF_SIGN * error);
    double low = 2 * second.low() - 1;
    double high = 2 * second.high() - 1;
    return new Difference(
        low * (low < 0 ? often.high() : often.low()),
        difference(),
        high * (high < 0 ? often.low() : often.high()));
  }

  @Override
  public String toString() {
    return "%d to %d in %d rows".formatted(onlySecond, onlyFirst, count);
  }
}
