package org.gristmill;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.gristmill.chart.Charts;
import org.gristmill.compare.Interval;
import org.gristmill.notebook.Table;

/**
 * Several ways of doing the same job, measured in turn: A B C, A B C, ... so that a machine whose
 * speed drifts treats them alike. Every number is of runs that were really made; the first arm is
 * what the others are compared with. Immutable.
 */
public final class Comparison {
  /**
   * Below this difference in probability two classes are a tie, which rounding may break either
   * way.
   */
  private static final float TIE = 1e-4f;

  /**
   * One way and its runs.
   *
   * @param name as the user calls it
   * @param runs one a round, in the order of the rounds
   */
  public record Arm(String name, List<Run<Prediction>> runs) {
    public Arm {
      runs = List.copyOf(runs);
    }

    /** The run with the median throughput; of an even number the slower of the middle two. */
    public Run<Prediction> median() {
      var sorted = new ArrayList<>(runs);
      sorted.sort(Comparator.comparingDouble(run -> run.stats().rowsPerSecond()));
      return sorted.get((sorted.size() - 1) / 2);
    }
  }

  /** The ways to compare, not run yet. */
  public static final class Arms {
    private final Map<String, Supplier<Run<Prediction>>> arms;

    private Arms(Map<String, Supplier<Run<Prediction>>> arms) {
      this.arms = arms;
    }

    /** One more way to do the same job. */
    public Arms and(String name, Supplier<Run<Prediction>> run) {
      var more = new LinkedHashMap<>(arms);
      if (more.put(name, Objects.requireNonNull(run, "run")) != null) {
        throw new IllegalArgumentException("there are two arms named " + name);
      }
      return new Arms(more);
    }

    /**
     * Runs every arm once to warm up, which is not counted, and then all of them in turn. Prints a
     * line a round.
     *
     * @param rounds how often; intervals need at least 2
     */
    public Comparison measure(int rounds) {
      if (rounds < 1) {
        throw new IllegalArgumentException("a comparison needs at least 1 round, not " + rounds);
      }
      var runs = new LinkedHashMap<String, List<Run<Prediction>>>();
      arms.keySet().forEach(name -> runs.put(name, new ArrayList<>()));
      for (int round = 0; round <= rounds; round++) {
        var line = new StringBuilder(round == 0 ? "warm-up" : "round " + round + " of " + rounds);
        String separator = ": ";
        for (var arm : arms.entrySet()) {
          var run = arm.getValue().get();
          if (round > 0) {
            runs.get(arm.getKey()).add(run);
          }
          line.append(separator).append(arm.getKey()).append(' ').append(seconds(run));
          separator = ", ";
        }
        System.out.println(line);
      }
      var measured = new ArrayList<Arm>();
      runs.forEach((name, list) -> measured.add(new Arm(name, list)));
      return new Comparison(measured);
    }
  }

  private final List<Arm> arms;

  private Comparison(List<Arm> arms) {
    this.arms = List.copyOf(arms);
  }

  /** Begins a comparison with the way that the others are compared with. */
  public static Arms of(String name, Supplier<Run<Prediction>> run) {
    return new Arms(Map.of()).and(name, run);
  }

  /** The arms with their runs, the first one first. */
  public List<Arm> arms() {
    return arms;
  }

  /**
   * How many times as fast as the first arm an arm was, by wall time of the runs of the same round.
   */
  public Interval speedUp(Arm arm) {
    var ratios = new ArrayList<Double>();
    for (int round = 0; round < arm.runs().size(); round++) {
      double first = arms.get(0).runs().get(round).stats().wall().toNanos();
      ratios.add(first / arm.runs().get(round).stats().wall().toNanos());
    }
    return Interval.of(ratios);
  }

  /** The arm with the highest median throughput. */
  public Arm fastest() {
    return arms.stream()
        .max(Comparator.comparingDouble(arm -> arm.median().stats().rowsPerSecond()))
        .orElseThrow();
  }

  /**
   * The share of rows, 0..1, of all of an arm's runs whose most probable class is that of the first
   * arm's first run. A tie within 0.0001 counts as the same.
   *
   * @throws GristmillException if an arm had other rows
   */
  public double agreement(Arm arm) {
    long same = 0;
    long all = 0;
    for (Run<Prediction> run : arm.runs()) {
      requireSameRows(arm, run);
      for (int i = 0; i < run.size(); i++) {
        all++;
        same += same(reference().get(i), run.get(i)) ? 1 : 0;
      }
    }
    return all == 0 ? 1 : same / (double) all;
  }

  /** The largest difference in the confidence of any row to the first arm's first run. */
  public float largestDifference(Arm arm) {
    float largest = 0;
    for (Run<Prediction> run : arm.runs()) {
      requireSameRows(arm, run);
      for (int i = 0; i < run.size(); i++) {
        largest =
            Math.max(largest, Math.abs(run.get(i).confidence() - reference().get(i).confidence()));
      }
    }
    return largest;
  }

  /**
   * Makes sure that all arms saw the same rows in the same order and found the same class in each.
   *
   * @throws GristmillException naming the first row where they did not
   */
  public void requireSamePredictions() {
    for (Arm arm : arms) {
      for (Run<Prediction> run : arm.runs()) {
        requireSameRows(arm, run);
        for (int i = 0; i < run.size(); i++) {
          if (!same(reference().get(i), run.get(i))) {
            throw new GristmillException(
                arm.name()
                    + " predicts "
                    + run.get(i)
                    + " for row "
                    + i
                    + " ("
                    + run.path(i).orElse("no path")
                    + "), "
                    + arms.get(0).name()
                    + " "
                    + reference().get(i));
          }
        }
      }
    }
  }

  private Run<Prediction> reference() {
    return arms.get(0).runs().get(0);
  }

  private void requireSameRows(Arm arm, Run<Prediction> run) {
    if (run.size() != reference().size()) {
      throw new GristmillException(
          arm.name()
              + " gave "
              + run.size()
              + " rows, "
              + arms.get(0).name()
              + " "
              + reference().size());
    }
    for (int i = 0; i < run.size(); i++) {
      if (!run.path(i).equals(reference().path(i))) {
        throw new GristmillException(
            "row "
                + i
                + " of "
                + arm.name()
                + " is "
                + run.path(i)
                + ", not "
                + reference().path(i));
      }
    }
  }

  private static boolean same(Prediction expected, Prediction actual) {
    return expected.index() == actual.index()
        || expected.top().stream()
            .anyMatch(
                score ->
                    score.index() == actual.index()
                        && expected.confidence() - score.probability() < TIE);
  }

  /** The measured table: medians over the rounds. */
  public Table table() {
    var rows = new ArrayList<List<String>>();
    for (Arm arm : arms) {
      var stats = arm.median().stats();
      rows.add(
          List.of(
              arm.name(),
              String.valueOf(stats.rows()),
              String.valueOf(stats.modelLoads()),
              format("%.2f s", loading(stats)),
              String.valueOf(stats.batches()),
              format("%.1f", stats.rowsPerSecond()),
              format("%.0f %%", 100 * stats.utilisation()),
              arm == arms.get(0) ? "1" : speedUp(arm).toString(),
              format("%.1f %%", 100 * agreement(arm)),
              format("%.0e", largestDifference(arm))));
    }
    return new Table(
        List.of(
            "",
            "rows",
            "model loads",
            "spent loading",
            "batches",
            "rows/s",
            "workers busy",
            "speed-up (95 %)",
            "same top-1",
            "largest difference"),
        rows);
  }

  /** What the numbers say, in sentences made from them. */
  public String summary() {
    var first = arms.get(0);
    var text = new StringBuilder();
    var stats = first.median().stats();
    text.append(
        format(
            "%s loaded its model %d times for %d rows; loading took %.0f %% of its workers' time.\n",
            first.name(),
            stats.modelLoads(),
            stats.rows(),
            100 * loading(stats) / (stats.wall().toNanos() / 1e9 * stats.workers())));
    for (Arm arm : arms.subList(1, arms.size())) {
      var speedUp = speedUp(arm);
      var own = arm.median().stats();
      String loads = own.modelLoads() + (own.modelLoads() == 1 ? " load" : " loads");
      text.append(
          speedUp.includesOne()
              ? format(
                  "%s, with %s: no difference in speed shown, %s times.\n",
                  arm.name(), loads, speedUp)
              : format(
                  "%s, with %s, was %s times as fast; 95 %% interval over %d rounds.\n",
                  arm.name(), loads, speedUp, arm.runs().size()));
    }
    text.append(
        format(
            "Fastest here: %s, %.1f rows/s.\n",
            fastest().name(), fastest().median().stats().rowsPerSecond()));
    double worst = arms.stream().mapToDouble(this::agreement).min().orElseThrow();
    double difference = arms.stream().mapToDouble(this::largestDifference).max().orElseThrow();
    text.append(
        format(
            "The arms agree on the class of %.1f %% of the rows; confidences differ by at most %.0e,"
                + " as sums of floats in another order do.",
            100 * worst, difference));
    return text.toString();
  }

  /** Median throughput of each arm, with the range over the rounds. */
  public BufferedImage throughputChart() {
    return Charts.throughput(this);
  }

  /** What the threads' time of each arm's median run went into, a row. */
  public BufferedImage timeChart() {
    return Charts.time(this);
  }

  /** How many times as fast as the first arm each other arm was, with its interval. */
  public BufferedImage speedUpChart() {
    return Charts.speedUp(this);
  }

  private static double loading(RunStats stats) {
    var time = stats.time().get(org.gristmill.observe.Work.Part.LOAD.title());
    return time == null ? 0 : time.toNanos() / 1e9;
  }

  private static String seconds(Run<?> run) {
    return format("%.2f s", run.stats().wall().toNanos() / 1e9);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
