package org.gristmill.diagnosis;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.gristmill.RunStats;
import org.gristmill.Verdict;
import org.gristmill.Verdict.Bound;
import org.gristmill.dataset.Outline;

/**
 * Finds what bounded a run: that without which, in virtual time, it would have been shortest. A
 * model that is loaded again and again and a budget that is too small come first: it costs nothing
 * to do without.
 */
public final class Diagnosis {
  private static final double WORTH_IT = 1.05; // times as fast
  private static final double WASTE = 1.1; // times as fast, had that not been
  private static final Set<Bound> FREE = Set.of(Bound.REPEATED_LOADS, Bound.MEMORY);
  private static final double BUSY = 0.85; // processors, with which more threads are in vain

  private Diagnosis() {}

  /** What bounded the run that these are the stats of. */
  public static Verdict of(RunStats stats) {
    return Outline.of(stats)
        .map(outline -> of(stats, outline))
        .orElseGet(
            () ->
                new Verdict(
                    Bound.NOTHING,
                    "Nothing can be told of this run: no rows came out.",
                    List.of(),
                    1));
  }

  private static Verdict of(RunStats stats, Outline outline) {
    var forecast = new Forecast(stats, outline);
    if (forecast.isOverhead()) {
      return new Verdict(
          Bound.NOTHING, new Evidence(stats).overhead(forecast), List.of(), forecast.agreement());
    }
    var found = found(Suspect.of(stats, outline), forecast);
    var evidence = new Evidence(stats);
    String sentence = evidence.of(found, forecast);
    var changes = new Remedies(stats, outline, forecast).against(found);
    boolean helpless =
        changes.isEmpty() && found.bound() != Bound.NOTHING && found.bound() != Bound.PROCESSORS;
    String none = helpless ? " No change of the plan is known that gains 5 %." : "";
    return new Verdict(found.bound(), sentence + none, changes, forecast.agreement());
  }

  private static Suspect found(List<Suspect> suspects, Forecast forecast) {
    Optional<Suspect> waste =
        suspects.stream()
            .filter(suspect -> FREE.contains(suspect.bound()))
            .filter(suspect -> forecast.gain(suspect.without()) >= WASTE)
            .max(Comparator.comparingDouble(suspect -> forecast.gain(suspect.without())));
    if (waste.isPresent()) {
      return waste.get();
    }
    var worst =
        suspects.stream()
            .filter(suspect -> forecast.gain(suspect.without()) >= WORTH_IT)
            .max(Comparator.comparingDouble(suspect -> forecast.gain(suspect.without())));
    boolean isWork =
        worst.stream()
            .allMatch(
                suspect -> suspect.bound() == Bound.INFERENCE || suspect.bound() == Bound.ROW_STEP);
    if (isWork && forecast.use() + forecast.others() >= BUSY && forecast.accountsForMost()) {
      return new Suspect(Bound.PROCESSORS, -1, null);
    }
    return worst.orElse(new Suspect(Bound.NOTHING, -1, null));
  }
}
