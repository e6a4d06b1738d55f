package org.gristmill.serve;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.gristmill.chart.Look;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Latency against load. */
final class LoadChart {
  private static final List<Color> COLOURS =
      List.of(Look.BLUE, Look.ORANGE, Look.GREEN, Look.PURPLE, Look.RED);

  private static final String TITLE =
      "Latency against load (dashed: half of the requests; solid: 99 %)";
  private static final DecimalFormatSymbols SYMBOLS = DecimalFormatSymbols.getInstance(Locale.ROOT);

  private LoadChart() {}

  static BufferedImage draw(Map<String, LoadCurve> byName) {
    XYChart chart = Look.lines(Look.HEIGHT, TITLE, "requests a second, offered", "ms");
    chart.getStyler().setYAxisLogarithmic(true).setYAxisLogarithmicDecadeOnly(false);
    chart.getStyler().setYAxisTickLabelsFormattingFunction(LoadChart::tick);
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    int number = 0;
    for (var curve : new TreeMap<>(byName).entrySet()) {
      if (curve.getValue().steps().stream().noneMatch(step -> step.answered() > 0)) {
        continue;
      }
      Color colour = COLOURS.get(number++ % COLOURS.size());
      line(chart, curve.getKey() + ", 99 %", curve.getValue(), LoadCurve.Step::p99, colour);
      line(chart, curve.getKey() + ", half", curve.getValue(), LoadCurve.Step::p50, colour)
          .setLineStyle(SeriesLines.DASH_DASH);
    }
    return number == 0
        ? Look.empty(TITLE, "no request was answered")
        : BitmapEncoder.getBufferedImage(chart);
  }

  /** Of a logarithmic axis, 1, 2 and 5 of each decade. */
  private static String tick(double milliseconds) {
    double first = milliseconds / Math.pow(10, Math.floor(Math.log10(milliseconds) + 1e-9));
    boolean told = Stream.of(1, 2, 5).anyMatch(digit -> Math.abs(first - digit) < 1e-6);
    return told ? new DecimalFormat("#,##0.###", SYMBOLS).format(milliseconds) : "";
  }

  private static XYSeries line(
      XYChart chart,
      String name,
      LoadCurve curve,
      Function<LoadCurve.Step, Duration> latency,
      Color colour) {
    var answered = curve.steps().stream().filter(step -> step.answered() > 0).toList();
    var series =
        chart.addSeries(
            name,
            answered.stream().mapToDouble(LoadCurve.Step::offered).toArray(),
            answered.stream().mapToDouble(s -> latency.apply(s).toNanos() / 1e6).toArray());
    series.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(colour).setLineColor(colour);
    series.setLineStyle(SeriesLines.SOLID);
    return series;
  }
}
