package org.gristmill.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.ToLongFunction;
import org.gristmill.RunStats;
import org.gristmill.Timeline.Sample;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Memory over time, in two panels, since what rows hold is next to nothing on the scale of a
 * process. Lines differ in their dashes too.
 */
public final class MemoryChart {
  private static final int PANEL = 250; // pixels
  private static final int FEW = 30; // samples, which are dots as well

  private MemoryChart() {}

  /** What there was of each kind over the run. */
  public static BufferedImage of(RunStats run) {
    var samples = run.timeline().samples();
    String title = "Memory while the run went on";
    if (samples.isEmpty()) {
      return Look.empty(title, "Nobody looked.");
    }
    XYChart all = panel(title);
    line(all, "process", samples, Sample::process, Look.BLUE, SeriesLines.SOLID);
    line(all, "heap", samples, Sample::heap, Look.ORANGE, SeriesLines.DASH_DASH);
    if (samples.stream().anyMatch(sample -> sample.gpuMemory() >= 0)) {
      line(all, "GPUs", samples, Sample::gpuMemory, Look.PURPLE, SeriesLines.DASH_DOT);
    }
    XYChart rows = panel("Of these: rows on their way, and buffers outside of the heap");
    rows.setXAxisTitle("seconds");
    line(rows, "rows", samples, Sample::held, Look.RED, SeriesLines.SOLID);
    line(rows, "direct buffers", samples, Sample::direct, Look.GREEN, SeriesLines.DOT_DOT);
    return Look.below(BitmapEncoder.getBufferedImage(all), BitmapEncoder.getBufferedImage(rows));
  }

  private static XYChart panel(String title) {
    XYChart chart = Look.lines(PANEL, title, "", "MB");
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setXAxisMin(0.0).setYAxisMin(0.0);
    return chart;
  }

  private static void line(
      XYChart chart,
      String name,
      List<Sample> samples,
      ToLongFunction<Sample> bytes,
      Color colour,
      BasicStroke dashes) {
    double[] seconds = samples.stream().mapToDouble(sample -> sample.at() / 1e9).toArray();
    double[] megabytes =
        samples.stream().mapToDouble(it -> Math.max(0, bytes.applyAsLong(it)) / 1e6).toArray();
    Marker dot = samples.size() < FEW ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE;
    var series = chart.addSeries(name, seconds, megabytes);
    series.setLineColor(colour);
    series.setLineStyle(dashes);
    series.setMarker(dot).setMarkerColor(colour);
  }
}
