package org.gristmill;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;
import org.gristmill.chart.DriftCharts;
import org.gristmill.compare.Judgement;
import org.gristmill.drift.Feature;
import org.gristmill.drift.Shift;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * Whether pictures and predictions are other than in a reference. Something has drifted if two
 * things hold: it is no chance (with 99 % nothing is said to have drifted, of all that is looked at
 * together, while rows are like those of the reference; p is adjusted after Holm), and it is not
 * little: a population stability index of at least 0.1, by convention the least that matters. With
 * few rows the first decides, with many the second.
 *
 * <p>It takes both sets of rows for random samples. Rows that come in clusters, such as frames of a
 * film, are fewer than they seem to be. Immutable.
 */
public final class Drift implements Tabular {
  /** The probability of a false alarm, at most. */
  static final double ERROR = 0.01;

  private static final int NAMED = 3; // in a sentence
  private static final double LITTLE = 0.1; // population stability index

  private final Profile reference;
  private final Profile now;
  private final double error;
  private final List<Shift> shifts;
  private final Optional<ExpectedAccuracy> expected;

  private Drift(Profile reference, Profile now, double error) {
    this.reference = reference;
    this.now = now;
    this.error = error;
    var raw = now.summary().shifts(reference.summary());
    var p = Judgement.holm(raw.stream().map(Shift::p).toList());
    var adjusted = new ArrayList<Shift>();
    for (int i = 0; i < raw.size(); i++) {
      adjusted.add(raw.get(i).withP(p.get(i)));
    }
    this.shifts = List.copyOf(adjusted);
    this.expected =
        reference.accuracy().count() == 0
            ? Optional.empty()
            : Optional.of(now.expectedAccuracy(reference));
  }

  /**
   * Compares two profiles.
   *
   * @param error the probability of a false alarm, at most
   */
  static Drift of(Profile reference, Profile now, double error) {
    now.requireComparable(reference);
    return new Drift(reference, now, error);
  }

  /** What is compared with. */
  public Profile reference() {
    return reference;
  }

  /** What is compared. */
  public Profile now() {
    return now;
  }

  /** All that was looked at; p is adjusted for their number. */
  public List<Shift> shifts() {
    return shifts;
  }

  /** What has drifted, the largest change first. */
  public List<Shift> drifted() {
    return shifts.stream()
        .filter(this::hasDrifted)
        .sorted((a, b) -> Double.compare(b.psi(), a.psi()))
        .toList();
  }

  private boolean hasDrifted(Shift shift) {
    return shift.p() <= error && shift.psi() >= LITTLE;
  }

  /** Whether anything has drifted. */
  public boolean isFound() {
    return shifts.stream().anyMatch(this::hasDrifted);
  }

  /** See {@link Profile#expectedAccuracy}; empty where the reference has no labels. */
  public Optional<ExpectedAccuracy> expectedAccuracy() {
    return expected;
  }

  /** What was found, in a sentence or two. */
  public String summary() {
    return isFound()
        ? "Drift " + found() + "." + accuracy()
        : "No drift: none of %d drifted (%d rows against %d of the reference).%s"
            .formatted(shifts.size(), now.rows(), reference.rows(), accuracy());
  }

  /** In what. */
  String found() {
    var drifted = drifted();
    String named =
        drifted.stream().limit(NAMED).map(Drift::change).collect(Collectors.joining(", "));
    return "in %s%s: %d of %d drifted (%d rows against %d of the reference)"
        .formatted(
            named,
            drifted.size() > NAMED ? " and %d more".formatted(drifted.size() - NAMED) : "",
            drifted.size(),
            shifts.size(),
            now.rows(),
            reference.rows());
  }

  private static String change(Shift shift) {
    return "%s from %s to %s".formatted(shift.name(), start(shift.was()), start(shift.is()));
  }

  /** Without what stands in brackets. */
  private static String start(String text) {
    int bracket = text.indexOf(" (");
    return bracket < 0 ? text : text.substring(0, bracket);
  }

  private String accuracy() {
    return expected
        .map(
            accuracy ->
                " Expected accuracy "
                    + accuracy
                    + (now.accuracy().count() == 0
                        ? "."
                        : String.format(
                            Locale.ROOT, ", by labels %.1f %%.", 100 * now.accuracy().share())))
        .orElse("");
  }

  /** From where on something counts as drifted, and how far chance alone may go. */
  private String thresholds() {
    double each = error / shifts.size();
    double n = reference.rows();
    double m = now.rows();
    double unsure = unsure(reference) + unsure(now);
    double distance = Math.sqrt(-Math.log(each / 2) / 2 * (1 / n + 1 / m)) + unsure;
    double chi =
        ChiSquaredDistribution.of(Shift.TENTHS - 1.0).inverseSurvivalProbability(each)
            * (1 / n + 1 / m);
    return String.format(
        Locale.ROOT,
        "Drifted: p at most %.2g %% for all together (a distance above %.3f surely has it), and PSI"
            + " at least %.1f. Chance alone leaves PSI below %.3f and JS below %.3f.",
        100 * error,
        distance,
        LITTLE,
        chi,
        chi / 8 / Math.log(2));
  }

  private static double unsure(Profile of) {
    double most = 0;
    for (Feature feature : Feature.values()) {
      most = Math.max(most, of.summary().of(feature).error());
    }
    return most;
  }

  /** A line for all that was looked at, what has drifted first. */
  @Override
  public Table table() {
    var ordered = new ArrayList<>(drifted());
    shifts.stream().filter(shift -> !hasDrifted(shift)).forEach(ordered::add);
    var rows = new ArrayList<List<String>>();
    for (Shift shift : ordered) {
      rows.add(
          List.of(
              shift.name(),
              hasDrifted(shift) ? "drifted" : "",
              shift.was(),
              shift.is(),
              String.format(Locale.ROOT, "%.3f", shift.distance()),
              shift.p() < 1e-4 ? "below 0.0001" : String.format(Locale.ROOT, "%.4f", shift.p()),
              String.format(Locale.ROOT, "%.3f", shift.psi()),
              String.format(Locale.ROOT, "%.3f", shift.js())));
    }
    return new Table(
        List.of("", "", "reference: median (80 %)", "now", "KS distance", "p", "PSI", "JS, bits"),
        rows,
        summary() + "\n" + thresholds());
  }

  /** How what has drifted was distributed, and is now. */
  public BufferedImage chart() {
    return DriftCharts.of(this);
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
