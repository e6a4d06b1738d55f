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
import org.gristmill.chart.ComparisonCharts;
import org.gristmill.compare.Agreement;
import org.gristmill.compare.Interval;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * Several ways of doing the same job, measured in turn: A B C, A B C, ... so that a machine whose
 * speed drifts treats them alike. Every number is of runs that were really made; the first arm is
 * what the others are compared with. Immutable.
 */
public final class Comparison implements Tabular {
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

  /** The ways to compare, not run yet. Immutable. */
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
     * line a round; in a notebook, one tile shows how all the runs stand.
     *
     * @param rounds how often; intervals need at least 2
     */
    public Comparison measure(int rounds) {
      if (rounds < 1) {
        throw new IllegalArgumentException("a comparison needs at least 1 round, not " + rounds);
      }
      var runs = new LinkedHashMap<String, List<Run<Prediction>>>();
      try (var tile = Session.tile().compare(List.copyOf(arms.keySet()))) {
        for (int round = 0; round <= rounds; round++) {
          String name = round == 0 ? "warm-up" : "round " + round + " of " + rounds;
          var times = new ArrayList<String>();
          for (var arm : arms.entrySet()) {
            tile.turn(arm.getKey(), name);
            var run = arm.getValue().get();
            times.add(arm.getKey() + " " + RunStats.time(run.stats().wall()));
            var counted = runs.computeIfAbsent(arm.getKey(), key -> new ArrayList<>());
            if (round > 0) {
              counted.add(run);
            }
          }
          System.out.println(name + ": " + String.join(", ", times));
        }
        tile.measured();
      }
      var measured = new ArrayList<Arm>();
      runs.forEach((name, counted) -> measured.add(new Arm(name, counted)));
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

  /** How many times as fast as the first arm, by the wall times of runs of the same round. */
  public Interval speedUp(Arm arm) {
    return speedUp(arms.get(0), arm);
  }

  private static Interval speedUp(Arm from, Arm to) {
    var ratios = new ArrayList<Double>();
    for (int round = 0; round < to.runs().size(); round++) {
      double before = from.runs().get(round).stats().wall().toNanos();
      ratios.add(before / to.runs().get(round).stats().wall().toNanos());
    }
    return Interval.of(ratios);
  }

  /**
   * What each arm brings over the one before it, for arms that add a step at a time: the ratios of
   * runs of the same round, which multiply to what all steps bring.
   */
  public Table steps() {
    var rows = new ArrayList<List<String>>();
    Arm before = arms.get(0);
    for (Arm arm : arms) {
      boolean first = arm.equals(arms.get(0));
      var step = speedUp(before, arm);
      rows.add(
          List.of(
              arm.name(),
              format("%.1f", arm.median().stats().rowsPerSecond()),
              first ? "" : step + (step.includesOne() ? ", no difference shown" : ""),
              first ? "1" : speedUp(arm).toString(),
              format("%.1f %%", 100 * agreement(arm).share())));
      before = arm;
    }
    return new Table(
        List.of("", "rows/s", "by this step (95 %)", "by all so far", "same class"), rows);
  }

  /** How far an arm's runs give the predictions of the first arm's first run. */
  public Agreement agreement(Arm arm) {
    return Agreement.of(arms.get(0).runs().get(0), arm.runs());
  }

  /** The arm with the highest median throughput. */
  public Arm fastest() {
    return arms.stream()
        .max(Comparator.comparingDouble(arm -> arm.median().stats().rowsPerSecond()))
        .orElseThrow();
  }

  /**
   * Makes sure that all arms saw the same rows in the same order and found the same class in each.
   *
   * @throws GristmillException naming the first row where they did not
   */
  public void requireSamePredictions() {
    for (Arm arm : arms) {
      var other = agreement(arm).firstOther();
      if (other.isPresent()) {
        throw new GristmillException(
            arm.name() + " disagrees with " + arms.get(0).name() + " on " + other.get());
      }
    }
  }

  /** The measured table: of each arm the median run, all runs for the last three columns. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    for (Arm arm : arms) {
      var stats = arm.median().stats();
      rows.add(
          List.of(
              arm.name(),
              String.valueOf(stats.rows()),
              String.valueOf(stats.modelLoads()),
              format("%.0f %%", 100 * stats.loadingShare()),
              String.valueOf(stats.batches()),
              format("%.0f %%", 100 * stats.utilisation()),
              format("%.1f", stats.rowsPerSecond()),
              arm.equals(arms.get(0)) ? "1" : speedUp(arm).toString(),
              format("%.1f %%", 100 * agreement(arm).share()),
              format("%.1g", agreement(arm).largestDifference())));
    }
    return new Table(
        List.of(
            "",
            "rows",
            "loads",
            "loading",
            "batches",
            "busy",
            "rows/s",
            "speed-up (95 %)",
            "same class",
            "confidence differs by"),
        rows);
  }

  /** What each stage of each arm's median run did, the arms below each other. */
  public Table plans() {
    var rows = new ArrayList<List<String>>();
    List<String> header = List.of();
    for (Arm arm : arms) {
      Table plan = arm.median().plan().table();
      header = plan.header();
      for (List<String> stage : plan.rows()) {
        rows.add(beside(stage.equals(plan.rows().get(0)) ? arm.name() : "", stage));
      }
    }
    return new Table(beside("", header), rows);
  }

  private static List<String> beside(String first, List<String> others) {
    var all = new ArrayList<>(List.of(first));
    all.addAll(others);
    return all;
  }

  /** What the numbers say, in sentences made from them. */
  public String summary() {
    var first = arms.get(0);
    var stats = first.median().stats();
    var lines = new ArrayList<String>();
    if (stats.modelLoads() > 0) {
      lines.add(
          format(
              "%s loaded its model %s for %d rows. That took %.0f %% of its workers' time:"
                  + " without, it could be at most %.2f times as fast.",
              first.name(),
              times(stats.modelLoads()),
              stats.rows(),
              100 * stats.loadingShare(),
              1 / (1 - stats.loadingShare())));
    }
    for (Arm arm : arms.subList(1, arms.size())) {
      var speedUp = speedUp(arm);
      String name = arm.name() + loads(arm.median().stats().modelLoads());
      lines.add(
          speedUp.includesOne()
              ? format("%s: no difference shown, %s times.", name, speedUp)
              : format("%s: %s times as fast.", name, speedUp));
    }
    lines.add(
        format(
            "Fastest here: %s, %.1f rows/s.",
            fastest().name(), fastest().median().stats().rowsPerSecond()));
    var agreements = arms.stream().map(this::agreement).toList();
    double share = agreements.stream().mapToDouble(Agreement::share).min().orElseThrow();
    double difference =
        agreements.stream().mapToDouble(Agreement::largestDifference).max().orElseThrow();
    lines.add(
        share == 1
            ? "All arms agree on the class of every row. " + difference(difference)
            : format("An arm agrees on the class of only %.1f %% of the rows.", 100 * share));
    return String.join("\n", lines);
  }

  private static String times(long number) {
    return number == 1 ? "once" : number + " times";
  }

  private static String loads(long number) {
    return number == 0 ? "" : number == 1 ? ", 1 load" : ", " + number + " loads";
  }

  private static String difference(double largest) {
    return largest == 0
        ? "Confidences are the same."
        : format(
            "Confidences differ by at most %.1g: sums of floats depend on their order.", largest);
  }

  /** What each arm's median run costs. */
  public CostComparison cost(Prices prices) {
    var costs = CostComparison.of(arms.get(0).name(), arms.get(0).median().cost(prices));
    for (Arm arm : arms.subList(1, arms.size())) {
      costs = costs.and(arm.name(), arm.median().cost(prices));
    }
    return costs;
  }

  /** Throughput of each arm: the median and every run. */
  public BufferedImage throughputChart() {
    return ComparisonCharts.throughput(this);
  }

  /** What the threads' time of each arm's median run went into, a row. */
  public BufferedImage timeChart() {
    return ComparisonCharts.time(this);
  }

  /** How many times as fast as the first arm each other arm was, with its interval. */
  public BufferedImage speedUpChart() {
    return ComparisonCharts.speedUp(this);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
