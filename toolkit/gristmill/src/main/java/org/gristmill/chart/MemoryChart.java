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
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Memory over time, in two panels, since what rows hold is next to nothing on the scale of a
 * process. Lines differ in their dashes too.
 */
public final class MemoryChart {
  private static final int PANEL = 270; // pixels
  private static final BasicStroke DASHES = stroke(10, 5);
  private static final BasicStroke DOTS = stroke(2, 4);
  private static final BasicStroke BOTH = stroke(10, 4, 2, 4);
  private static final int FEW = 30; // samples, which are dots as well

  private MemoryChart() {}

  private static BasicStroke stroke(float... dashes) {
    return new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, dashes, 0);
  }

  /** What there was of each kind over the run. */
  public static BufferedImage of(RunStats run) {
    var samples = run.timeline().samples();
    String title = "Memory while the run went on";
    if (samples.size() < 2) {
      return Look.empty(title, "The run was over too soon to be looked at twice.");
    }
    XYChart all = panel(title);
    line(all, "process", samples, Sample::process, Look.BLUE, SeriesLines.SOLID);
    line(all, "heap", samples, Sample::heap, Look.ORANGE, DASHES);
    if (samples.stream().anyMatch(sample -> sample.gpuMemory() >= 0)) {
      line(all, "GPUs", samples, Sample::gpuMemory, Look.PURPLE, BOTH);
    }
    XYChart rows = panel("Of these: rows on their way, and buffers outside of the heap");
    rows.setXAxisTitle("seconds");
    line(rows, "rows", samples, Sample::held, Look.RED, SeriesLines.SOLID);
    line(rows, "direct buffers", samples, Sample::direct, Look.GREEN, DOTS);
    return Look.below(BitmapEncoder.getBufferedImage(all), BitmapEncoder.getBufferedImage(rows));
  }

  private static XYChart panel(String title) {
    XYChart chart = Look.lines(PANEL, title, "", "MB");
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS); // both panels equally wide
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal);
    chart.getStyler().setXAxisDecimalPattern("0.####"); // a run may take milliseconds
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
