package org.gristmill.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What rows say of a challenger beside a champion.
 *
 * <p>With a probability of at most 5 %, over all challengers of a test together, one that is as
 * often right as the champion is called better or worse: p is adjusted after Holm, A simple
 * sequentially rejective multiple test procedure, 1979. With at most 2.5 % one that is worse by the
 * margin is called no worse: the intervals' errors are 5 % by the number of challengers.
 *
 * @param pairs rows in which the champion (first) and the challenger are right
 * @param difference of the challenger's accuracy to the champion's; the intervals of all
 *     challengers hold together with 95 %
 * @param p that they are right equally often, adjusted for the number of challengers
 */
public record Judgement(Outcome outcome, Paired pairs, Difference difference, double p) {
  private static final double ERROR = 0.05;

  /** What can be said. */
  public enum Outcome {
    /** It is right more often. */
    BETTER,
    /** It is right less often. */
    WORSE,
    /** It may be right more or less often, and is not worse by the margin or more. */
    NO_WORSE,
    /** The rows leave it open. */
    UNDECIDED
  }

  /** Before the first row. */
  public static final Judgement NONE =
      new Judgement(Outcome.UNDECIDED, Paired.NONE, Difference.UNKNOWN, 1);

  /**
   * Judges once, over rows whose number did not depend on what they said.
   *
   * @param challengers each beside the champion
   * @param margin a difference in accuracy, 0..1
   */
  public static List<Judgement> once(List<Paired> challengers, double margin) {
    double error = ERROR / challengers.size();
    var p = holm(challengers.stream().map(Paired::p).toList());
    return IntStream.range(0, challengers.size())
        .mapToObj(i -> of(challengers.get(i), challengers.get(i).interval(error), p.get(i), margin))
        .toList();
  }

  /**
   * Judges again after more rows. The errors are those of all looks together, so one may stop at
   * any of them, such as when all are {@link #isSettled settled}; what is better or worse stays so.
   *
   * @param before what was said at the last look
   */
  public static List<Judgement> again(
      List<Judgement> before, List<Paired> challengers, double margin) {
    double error = ERROR / challengers.size();
    var p = holm(challengers.stream().map(Paired::anytimeP).toList());
    var judged = new ArrayList<Judgement>();
    for (int i = 0; i < challengers.size(); i++) {
      Judgement earlier = before.get(i);
      var pairs = challengers.get(i);
      var interval = pairs.anytimeInterval(error).within(earlier.difference);
      var now = of(pairs, interval, Math.min(p.get(i), earlier.p), margin);
      boolean stays = earlier.p <= ERROR; // also where the rows since then say otherwise
      judged.add(stays ? new Judgement(earlier.outcome, pairs, interval, now.p) : now);
    }
    return List.copyOf(judged);
  }

  private static Judgement of(Paired pairs, Difference difference, double p, double margin) {
    Outcome outcome;
    if (p <= ERROR) {
      outcome = pairs.difference() > 0 ? Outcome.BETTER : Outcome.WORSE;
    } else {
      boolean noWorse = margin > 0 && difference.low() > -margin;
      outcome = noWorse ? Outcome.NO_WORSE : Outcome.UNDECIDED;
    }
    return new Judgement(outcome, pairs, difference, p);
  }

  /**
   * Whether more rows would change little: which one is right more often is known, or that the
   * difference is below the margin, whichever it is. Every challenger is settled some time.
   */
  public boolean isSettled(double margin) {
    return p <= ERROR || (difference.low() > -margin && difference.high() < margin);
  }

  /**
   * Adjusts p-values for their number: the smallest times their number, the next times one less,
   * ...; none below one before it.
   */
  public static List<Double> holm(List<Double> p) {
    var order = IntStream.range(0, p.size()).boxed().sorted(Comparator.comparing(p::get)).toList();
    var adjusted = new ArrayList<>(p);
    double before = 0;
    for (int i = 0; i < order.size(); i++) {
      before = Math.max(before, Math.min(1, (p.size() - i) * p.get(order.get(i))));
      adjusted.set(order.get(i), before);
    }
    return adjusted;
  }
}
