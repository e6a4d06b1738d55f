package org.gristmill.chart;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.gristmill.Tuning;
import org.gristmill.tune.Contender;
import org.gristmill.tune.Result;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Figures of what a tuner found. */
public final class TuningCharts {
  private static final List<Color> COLOURS =
      List.of(Look.BLUE, Look.ORANGE, Look.GREEN, Look.PURPLE, Look.SKY, Look.RED, Look.GREY);
  private static final List<Marker> MARKERS =
      List.of(SeriesMarkers.CIRCLE, SeriesMarkers.SQUARE, SeriesMarkers.TRIANGLE_UP);
  private static final int PANEL = 250;

  private TuningCharts() {}

  /** Three panels with the same contenders over the same batch sizes. */
  public static BufferedImage batchSizes(Tuning<?, ?> tuning) {
    CategoryChart rates =
        panel("Throughput (diamond: taken)", "rows/s", tuning, Result::rowsPerSecond);
    var sizes = sizes(tuning);
    CategorySeries taken =
        rates.addSeries(
            "taken",
            names(sizes),
            sizes.stream()
                .map(size -> size == tuning.batchSize() ? tuning.chosen().rowsPerSecond() : null)
                .toList());
    taken.setMarker(SeriesMarkers.DIAMOND).setMarkerColor(Look.INK).setLineStyle(SeriesLines.NONE);
    CategoryChart latencies =
        panel("99 % of batches take", "ms", tuning, TuningCharts::milliseconds);
    CategoryChart memory =
        panel("Memory of the process meanwhile", "MB", tuning, result -> result.memory() / 1e6);
    return Look.below(
        BitmapEncoder.getBufferedImage(rates),
        Look.below(
            BitmapEncoder.getBufferedImage(latencies), BitmapEncoder.getBufferedImage(memory)));
  }

  private static CategoryChart panel(
      String title, String unit, Tuning<?, ?> tuning, ToDoubleFunction<Result> value) {
    CategoryChart chart = Look.bars(title, unit, PANEL);
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line);
    chart.getStyler().setOverlapped(true); // else each series is moved aside
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.setXAxisTitle("rows a batch");
    var sizes = sizes(tuning);
    int number = 0;
    for (var contender : byContender(tuning).entrySet()) {
      var bySize = new HashMap<Integer, Double>();
      contender.getValue().forEach(r -> bySize.put(r.batchSize(), value.applyAsDouble(r)));
      var y = sizes.stream().map(bySize::get).toList(); // null where it was not measured
      CategorySeries line = chart.addSeries(contender.getKey().toString(), names(sizes), y);
      line.setMarker(marker(number)).setMarkerColor(colour(number));
      line.setLineColor(colour(number++)).setLineWidth(2);
    }
    return chart;
  }

  private static List<Integer> sizes(Tuning<?, ?> tuning) {
    return measured(tuning).map(Result::batchSize).distinct().sorted().toList();
  }

  private static List<String> names(List<Integer> sizes) {
    return sizes.stream().map(String::valueOf).toList();
  }

  private static Stream<Result> measured(Tuning<?, ?> tuning) {
    return tuning.results().stream().filter(result -> !result.rates().isEmpty());
  }

  private static Map<Contender, List<Result>> byContender(Tuning<?, ?> tuning) {
    var all = new LinkedHashMap<Contender, List<Result>>();
    measured(tuning)
        .forEach(
            result -> all.computeIfAbsent(result.contender(), c -> new ArrayList<>()).add(result));
    return all;
  }

  private static Color colour(int contender) {
    return COLOURS.get(contender % COLOURS.size());
  }

  /** Another one when the colours have run out. */
  private static Marker marker(int contender) {
    return MARKERS.get(contender / COLOURS.size() % MARKERS.size());
  }

  private static double milliseconds(Result result) {
    return result.latency().toNanos() / 1e6;
  }

  /** A dot for each that was measured; those that none beats in both joined by a line. */
  public static BufferedImage pareto(Tuning<?, ?> tuning) {
    XYChart chart =
        Look.lines(
            Look.HEIGHT,
            "Rows a second against how long a batch takes (diamond: taken)",
            "99 % of batches take, ms",
            "rows/s");
    chart.getStyler().setYAxisMin(0.0).setXAxisMin(0.0);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    int number = 0;
    for (var contender : byContender(tuning).entrySet()) {
      XYSeries dots = line(chart, contender.getKey().toString(), contender.getValue());
      dots.setMarker(marker(number)).setMarkerColor(colour(number++));
      dots.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    }
    line(chart, "none is better in both", front(tuning))
        .setMarker(SeriesMarkers.NONE)
        .setLineColor(Look.INK)
        .setLineStyle(SeriesLines.DASH_DASH);
    line(chart, "taken", List.of(tuning.chosen()))
        .setMarker(SeriesMarkers.DIAMOND)
        .setMarkerColor(Look.INK)
        .setLineStyle(SeriesLines.NONE);
    return BitmapEncoder.getBufferedImage(chart);
  }

  private static XYSeries line(XYChart chart, String name, List<Result> results) {
    return chart.addSeries(
        name,
        results.stream().mapToDouble(TuningCharts::milliseconds).toArray(),
        results.stream().mapToDouble(Result::rowsPerSecond).toArray());
  }

  /** What no other one beats in rows/s without taking longer, the quickest batches first. */
  static List<Result> front(Tuning<?, ?> tuning) {
    var front = new ArrayList<Result>();
    measured(tuning)
        .sorted(
            Comparator.comparing(Result::latency)
                .thenComparing(Result::rowsPerSecond, Comparator.reverseOrder()))
        .forEach(
            result -> {
              boolean better =
                  front.isEmpty()
                      || result.rowsPerSecond() > front.get(front.size() - 1).rowsPerSecond();
              if (better) {
                front.add(result);
              }
            });
    return front;
  }
}
