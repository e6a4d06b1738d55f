package org.gristmill.serve;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
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

  private LoadChart() {}

  static BufferedImage draw(Map<String, LoadCurve> byName) {
    XYChart chart =
        Look.lines(
            Look.HEIGHT,
            "Latency against load (dashed: half of the requests; solid: 99 %)",
            "requests a second, offered",
            "ms");
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    int number = 0;
    for (var curve : byName.entrySet()) {
      Color colour = COLOURS.get(number++ % COLOURS.size());
      line(chart, curve.getKey() + ", 99 %", curve.getValue(), LoadCurve.Step::p99, colour);
      line(chart, curve.getKey() + ", half", curve.getValue(), LoadCurve.Step::p50, colour)
          .setLineStyle(SeriesLines.DASH_DASH);
    }
    return BitmapEncoder.getBufferedImage(chart);
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
