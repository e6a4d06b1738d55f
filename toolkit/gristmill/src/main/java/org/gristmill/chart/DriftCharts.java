package org.gristmill.chart;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Optional;
import org.gristmill.Drift;
import org.gristmill.drift.Feature;
import org.gristmill.drift.Quantiles;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Figures of what has drifted. */
public final class DriftCharts {
  private static final int MOST = 6;
  private static final int COLUMNS = 2;
  private static final int HEIGHT = 250;
  private static final int BINS = 20;
  private static final double TAIL = 0.01; // of the rows, that are left out at each end
  private static final int TRANSPARENT = 60; // of 255

  private DriftCharts() {}

  /** Up to six numbers that have drifted, in the reference and now. */
  public static BufferedImage of(Drift drift) {
    var features =
        drift.drifted().stream()
            .map(shift -> feature(shift.name()))
            .flatMap(Optional::stream)
            .limit(MOST)
            .toList();
    if (features.isEmpty()) {
      return Look.empty("Drift", "No number has drifted.");
    }
    int rows = (features.size() + COLUMNS - 1) / COLUMNS;
    var all = new BufferedImage(Look.WIDTH, rows * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = all.createGraphics();
    pen.setColor(Look.CARD);
    pen.fillRect(0, 0, all.getWidth(), all.getHeight());
    for (int i = 0; i < features.size(); i++) {
      int x = i % COLUMNS * (Look.WIDTH / COLUMNS);
      pen.drawImage(one(drift, features.get(i)), x, i / COLUMNS * HEIGHT, null);
    }
    pen.dispose();
    return all;
  }

  private static Optional<Feature> feature(String title) {
    return Arrays.stream(Feature.values()).filter(it -> it.title().equals(title)).findFirst();
  }

  private static BufferedImage one(Drift drift, Feature feature) {
    XYChart chart = Look.lines(Look.WIDTH / COLUMNS, HEIGHT, feature.title(), "", "% of rows");
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.StepArea);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal);
    chart.getStyler().setLegendPadding(2);
    chart.getStyler().setLegendFont(Look.font(Font.PLAIN, 11));
    chart.getStyler().setYAxisMin(0.0);
    var was = drift.reference().summary().of(feature);
    var is = drift.now().summary().of(feature);
    double low = Math.min(was.at(TAIL), is.at(TAIL));
    double high = Math.max(was.at(1 - TAIL), is.at(1 - TAIL));
    double width = high > low ? (high - low) / BINS : 1;
    add(chart, "reference", was, low, width, Look.BLUE);
    add(chart, "now", is, low, width, Look.RED);
    return BitmapEncoder.getBufferedImage(chart);
  }

  /** A step to each bin's share of the rows; values beyond the ends count to the outer bins. */
  private static void add(
      XYChart chart, String name, Quantiles of, double low, double width, Color colour) {
    float[] edges = new float[BINS - 1];
    for (int i = 0; i < edges.length; i++) {
      edges[i] = (float) (low + (i + 1) * width);
    }
    double[] shares = of.shares(edges);
    double[] x = new double[BINS + 1];
    double[] y = new double[BINS + 1];
    for (int i = 0; i < x.length; i++) {
      x[i] = low + i * width;
      y[i] = 100 * shares[Math.min(i, BINS - 1)];
    }
    XYSeries series = chart.addSeries(name, x, y);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(colour);
    series.setLineWidth(2);
    series.setFillColor(
        new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), TRANSPARENT));
  }
}
