package org.gristmill.chart;

import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.gristmill.ABTest;
import org.gristmill.Comparison;
import org.gristmill.RunStats;
import org.gristmill.compare.Interval;
import org.gristmill.observe.Work.Part;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Figures of comparisons. */
public final class ComparisonCharts {
  /** One for each part of a thread's time, and for none of them. */
  private static final List<Color> COLOURS =
      List.of(Look.BLUE, Look.ORANGE, Look.RED, Look.PURPLE, Look.GREEN, Look.SKY, Look.GREY);

  private ComparisonCharts() {}

  /** Rows a second: a bar to the median of each arm, a dot for each of its runs. */
  public static BufferedImage throughput(Comparison comparison) {
    var names = comparison.arms().stream().map(Comparison.Arm::name).toList();
    CategoryChart chart =
        Look.bars("Throughput, model loads included (dots: single runs)", "rows/s", names);
    chart.getStyler().setOverlapped(true).setLegendVisible(false);
    var medians =
        comparison.arms().stream().map(arm -> arm.median().stats().rowsPerSecond()).toList();
    chart.addSeries("median", names, medians).setFillColor(Look.BLUE);
    for (int round = 0; round < comparison.arms().get(0).runs().size(); round++) {
      int number = round;
      var rates =
          comparison.arms().stream()
              .map(arm -> arm.runs().get(number).stats().rowsPerSecond())
              .toList();
      CategorySeries dots = chart.addSeries("round " + (number + 1), names, rates);
      dots.setChartCategorySeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
      dots.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(Look.INK);
    }
    return BitmapEncoder.getBufferedImage(chart);
  }

  /** Thread time a row by what it was spent on. */
  public static BufferedImage time(Comparison comparison) {
    var names = comparison.arms().stream().map(Comparison.Arm::name).toList();
    CategoryChart chart =
        Look.bars("Where the time went (median run)", "thread milliseconds per row", names);
    chart.getStyler().setStacked(true).setLegendPosition(LegendPosition.OutsideE);
    int colour = 0;
    for (Part part : Part.values()) {
      add(chart, part.title(), names, values(comparison, part), COLOURS.get(colour++));
    }
    var idle =
        comparison.arms().stream()
            .map(arm -> arm.median().stats())
            .map(
                stats ->
                    perRow(stats, stats.wall().multipliedBy(stats.workers()).minus(stats.busy())))
            .toList();
    add(chart, "worker idle", names, idle, COLOURS.get(colour));
    return BitmapEncoder.getBufferedImage(chart);
  }

  private static List<Double> values(Comparison comparison, Part part) {
    return comparison.arms().stream()
        .map(arm -> arm.median().stats())
        .map(stats -> perRow(stats, stats.time().getOrDefault(part.title(), Duration.ZERO)))
        .toList();
  }

  private static double perRow(RunStats stats, Duration time) {
    return Math.max(0, time.toNanos() / 1e6 / Math.max(1, stats.rows()));
  }

  private static void add(
      CategoryChart chart, String name, List<String> x, List<Double> y, Color colour) {
    if (y.stream().anyMatch(value -> value > 0)) {
      chart.addSeries(name, x, y).setFillColor(colour);
    }
  }

  private static double highest(Comparison comparison, List<Comparison.Arm> arms) {
    return arms.stream()
        .map(comparison::speedUp)
        .mapToDouble(speedUp -> Double.isFinite(speedUp.high()) ? speedUp.high() : speedUp.mean())
        .reduce(1, Math::max);
  }

  /** A figure with a line of its own for each of so many intervals. */
  private static XYChart intervals(int count, String title, String xTitle) {
    XYChart chart = Look.lines(150 + 50 * count, title, xTitle, "");
    chart
        .getStyler()
        .setLegendVisible(false)
        .setAnnotationTextFont(Look.font(Font.BOLD, 13))
        .setAnnotationTextFontColor(Look.INK)
        .setAnnotationLineColor(Look.INK);
    chart
        .getStyler()
        .setYAxisMin(0.5)
        .setYAxisMax(count + 0.5)
        .setPlotGridHorizontalLinesVisible(false)
        .setYAxisTicksVisible(false);
    return chart;
  }

  /**
   * An interval on its line.
   *
   * @param x its low bound, its value, which gets the label, and its high bound
   */
  private static void interval(XYChart chart, String name, double[] x, double y, String label) {
    XYSeries series = chart.addSeries(name, x, new double[] {y, y, y});
    series.setMarker(SeriesMarkers.CIRCLE);
    series.setMarkerColor(Look.BLUE);
    series.setLineColor(Look.BLUE);
    series.setLineWidth(3);
    chart.addAnnotation(new AnnotationText(label, x[1], y + 0.25, false));
  }

  /** How many times as fast as the first arm. */
  public static BufferedImage speedUp(Comparison comparison) {
    List<Comparison.Arm> others = comparison.arms().subList(1, comparison.arms().size());
    XYChart chart =
        intervals(
            others.size(),
            "Speed-up over " + comparison.arms().get(0).name() + ", 95 % interval",
            "times as fast (1 = no difference)");
    // room for the label of the fastest
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(1.2 * highest(comparison, others));
    for (int i = 0; i < others.size(); i++) {
      Comparison.Arm arm = others.get(i);
      Interval speedUp = comparison.speedUp(arm);
      double[] x =
          Double.isFinite(speedUp.high())
              ? new double[] {speedUp.low(), speedUp.mean(), speedUp.high()}
              : new double[] {speedUp.mean(), speedUp.mean(), speedUp.mean()}; // one round only
      String label = String.format(Locale.ROOT, "%s: %.2f", arm.name(), speedUp.mean());
      interval(chart, arm.name(), x, others.size() - i, label);
    }
    chart.addAnnotation(new AnnotationLine(1, true, false));
    return BitmapEncoder.getBufferedImage(chart);
  }

  /** Percentage points by which each challenger is more often right than the champion. */
  public static BufferedImage differences(ABTest test) {
    var champion = test.models().get(0);
    var challengers = test.models().subList(1, test.models().size());
    XYChart chart =
        intervals(
            challengers.size(),
            "Accuracy less that of " + champion.name() + ", 95 % interval",
            "percentage points (0 = no difference)");
    XYSeries none =
        chart.addSeries("none", new double[] {0, 0}, new double[] {0, challengers.size() + 1.0});
    none.setMarker(SeriesMarkers.NONE);
    none.setLineColor(Look.GREY); // behind the labels
    none.setLineWidth(1);
    double least = 0;
    double most = 0;
    for (int i = 0; i < challengers.size(); i++) {
      String name = challengers.get(i).name();
      var difference = test.verdict(name).difference();
      double value = 100 * difference.value();
      double[] x = {100 * difference.low(), value, 100 * difference.high()};
      String label = String.format(Locale.ROOT, "%s: %+.1f", name, value);
      interval(chart, name, x, challengers.size() - i, label);
      least = Math.min(least, x[0]);
      most = Math.max(most, x[2]);
    }
    double room = 0.2 * (most - least); // for the labels
    chart.getStyler().setXAxisMin(least - room).setXAxisMax(most + room);
    return BitmapEncoder.getBufferedImage(chart);
  }
}
