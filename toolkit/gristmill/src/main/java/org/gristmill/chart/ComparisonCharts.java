package org.gristmill.chart;

import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
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

  /** How many times as fast as the first arm. */
  public static BufferedImage speedUp(Comparison comparison) {
    List<Comparison.Arm> others = comparison.arms().subList(1, comparison.arms().size());
    XYChart chart =
        Look.lines(
            150 + 50 * others.size(),
            "Speed-up over " + comparison.arms().get(0).name() + ", 95 % interval",
            "times as fast (1 = no difference)",
            "");
    chart
        .getStyler()
        .setLegendVisible(false)
        .setAnnotationTextFont(Look.font(Font.BOLD, 13))
        .setAnnotationTextFontColor(Look.INK)
        .setAnnotationLineColor(Look.INK);
    chart
        .getStyler()
        .setYAxisMin(0.5)
        .setYAxisMax(others.size() + 0.5)
        .setXAxisMin(0.0)
        .setXAxisMax(1.2 * highest(comparison, others)) // room for the label of the fastest
        .setPlotGridHorizontalLinesVisible(false)
        .setYAxisTicksVisible(false);
    for (int i = 0; i < others.size(); i++) {
      Comparison.Arm arm = others.get(i);
      Interval speedUp = comparison.speedUp(arm);
      double y = others.size() - i;
      double[] x =
          Double.isFinite(speedUp.high())
              ? new double[] {speedUp.low(), speedUp.mean(), speedUp.high()}
              : new double[] {speedUp.mean(), speedUp.mean(), speedUp.mean()}; // one round only
      XYSeries series = chart.addSeries(arm.name(), x, new double[] {y, y, y});
      series.setMarker(SeriesMarkers.CIRCLE);
      series.setMarkerColor(Look.BLUE);
      series.setLineColor(Look.BLUE);
      series.setLineWidth(3);
      chart.addAnnotation(
          new AnnotationText(
              String.format(Locale.ROOT, "%s: %.2f", arm.name(), speedUp.mean()),
              speedUp.mean(),
              y + 0.25,
              false));
    }
    chart.addAnnotation(new AnnotationLine(1, true, false));
    return BitmapEncoder.getBufferedImage(chart);
  }
}
