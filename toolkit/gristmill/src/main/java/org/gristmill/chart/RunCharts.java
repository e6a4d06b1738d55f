package org.gristmill.chart;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.gristmill.ExecutionPlan.Measured;
import org.gristmill.RunStats;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Figures of one run: its stages and its batches. */
public final class RunCharts {
  private static final Color PALE = new Color(0xcc, 0xcc, 0xcc);
  private static final int MOST_NUMBERS = 8; // more bars are too thin for a number
  private static final int MOST_SIZES = 16; // with more, neighbours are one bar

  private RunCharts() {}

  /** Stages with what they are called below their bars. */
  private record Stages(List<String> names, List<Measured> measured) {
    static Stages of(RunStats run, Function<Measured, Boolean> wanted) {
      var stages = new Stages(new ArrayList<>(), new ArrayList<>());
      var all = run.plan().stages();
      for (int place = 0; place < all.size(); place++) {
        Optional<Measured> did = all.get(place).measured().filter(wanted::apply);
        if (did.isPresent()) {
          stages.names.add(place + " " + Look.shortened(all.get(place).name())); // two are unlike
          stages.measured.add(did.get());
        }
      }
      return stages;
    }

    List<Double> values(Function<Measured, Double> value) {
      return measured.stream().map(value).toList();
    }
  }

  /** What the workers' time went into: a bar a stage that has any. */
  public static BufferedImage stages(RunStats run) {
    String title = "What each stage's workers did";
    var stages = Stages.of(run, stage -> stage.workers() > 0);
    if (stages.names.isEmpty()) {
      return Look.empty(title, "No stage had a worker.");
    }
    CategoryChart chart = bars(title, "% of workers × wall time", stages.names);
    chart.getStyler().setStacked(true).setYAxisMin(0.0).setYAxisMax(100.0);
    add(chart, "busy", stages, Look.BLUE, part(run, Measured::busy));
    add(chart, "waited for input", stages, PALE, part(run, Measured::waitedForInput));
    add(chart, "waited for room", stages, Look.ORANGE, part(run, Measured::waitedForRoom));
    add(chart, "waited for memory", stages, Look.RED, part(run, Measured::waitedForMemory));
    return BitmapEncoder.getBufferedImage(chart);
  }

  /**
   * Of the time that all workers had: the run's for each, or what was measured if that is more, as
   * waiting is looked at from time to time only.
   */
  private static Function<Measured, Double> part(RunStats run, Function<Measured, Duration> time) {
    return stage -> {
      double measured =
          stage
              .busy()
              .plus(stage.waitedForInput())
              .plus(stage.waitedForRoom())
              .plus(stage.waitedForMemory())
              .toNanos();
      double all = run.wall().multipliedBy(stage.workers()).toNanos();
      return 100 * time.apply(stage).toNanos() / Math.max(1, Math.max(all, measured));
    };
  }

  /** Percentiles of the duration of a batch, of each stage of batches. */
  public static BufferedImage latency(RunStats run) {
    String title = "How long a batch took";
    var stages = Stages.of(run, stage -> stage.batches() && stage.tasks() > 0);
    if (stages.names.isEmpty()) {
      return Look.empty(title, "There were no batches.");
    }
    CategoryChart chart = bars(title, "milliseconds", stages.names);
    add(chart, "50 % at most", stages, Look.SKY, stage -> millis(stage.duration().p50()));
    add(chart, "90 % at most", stages, Look.ORANGE, stage -> millis(stage.duration().p90()));
    add(chart, "99 % at most", stages, Look.BLUE, stage -> millis(stage.duration().p99()));
    return BitmapEncoder.getBufferedImage(chart);
  }

  private static double millis(Duration duration) {
    return duration.toNanos() / 1e6;
  }

  /** How many batches there were of each size. */
  public static BufferedImage batchSizes(RunStats run) {
    String title = "Batches by size";
    if (run.batchSizes().isEmpty()) {
      return Look.empty(title, "There were no batches.");
    }
    CategoryChart chart = Look.bars(title, "batches");
    chart.setXAxisTitle("rows of a batch");
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setXAxisMaxLabelCount(MOST_SIZES + 1).setYAxisMin(0.0);
    var names = new ArrayList<String>();
    var counts = new ArrayList<Integer>();
    ranges(run.batchSizes())
        .forEach(
            (from, bar) -> {
              names.add(bar.to == from ? String.valueOf(from) : from + "–" + bar.to);
              counts.add(bar.count);
            });
    chart.getStyler().setLabelsVisible(names.size() <= MOST_NUMBERS);
    width(chart, names.size());
    chart.addSeries("batches", names, counts).setFillColor(Look.BLUE);
    return BitmapEncoder.getBufferedImage(chart);
  }

  /** Batches of sizes up to that one. */
  private record Bar(int to, int count) {}

  /** Bars by the smallest size that they stand for: equally wide, and few. */
  private static SortedMap<Integer, Bar> ranges(SortedMap<Integer, Integer> sizes) {
    int span = sizes.lastKey() - sizes.firstKey() + 1;
    int width = sizes.size() <= MOST_SIZES ? 1 : (span + MOST_SIZES - 1) / MOST_SIZES;
    var bars = new TreeMap<Integer, Bar>();
    sizes.forEach(
        (size, count) -> {
          int from = size - (size - sizes.firstKey()) % width;
          int before = bars.getOrDefault(from, new Bar(0, 0)).count;
          bars.put(from, new Bar(from + width - 1, before + count));
        });
    return bars;
  }

  private static CategoryChart bars(String title, String yTitle, List<String> names) {
    CategoryChart chart = Look.bars(title, yTitle, names);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    width(chart, names.size());
    return chart;
  }

  /** A bar that is alone need not fill the figure. */
  private static void width(CategoryChart chart, int bars) {
    chart.getStyler().setAvailableSpaceFill(Math.min(0.5, 0.2 * bars));
  }

  private static void add(
      CategoryChart chart,
      String name,
      Stages stages,
      Color colour,
      Function<Measured, Double> value) {
    chart.addSeries(name, stages.names, stages.values(value)).setFillColor(colour);
  }
}
