package org.gristmill.chart;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.AxesChartStyler;

/**
 * How all figures look: on a light card of their own, so that they read the same in a light and a
 * dark notebook, and in Okabe and Ito's colours, which colour-blind readers can tell apart.
 */
public final class Look {
  static final int WIDTH = 860;
  public static final int HEIGHT = 380;
  static final Color INK = new Color(0x22, 0x22, 0x22);
  public static final Color BLUE = new Color(0x00, 0x72, 0xb2);
  public static final Color ORANGE = new Color(0xe6, 0x9f, 0x00);
  public static final Color RED = new Color(0xd5, 0x5e, 0x00);
  public static final Color PURPLE = new Color(0xcc, 0x79, 0xa7);
  public static final Color GREEN = new Color(0x00, 0x9e, 0x73);
  static final Color SKY = new Color(0x56, 0xb4, 0xe9);
  static final Color GREY = new Color(0x99, 0x99, 0x99);

  static final Color CARD = Color.WHITE;
  static final Color FAINT = new Color(0xdd, 0xdd, 0xdd);
  private static final int LONGEST_NAME = 24;
  private static final int MOST_LEVEL_NAMES = 4; // more are turned, so that they do not overlap

  private Look() {}

  static CategoryChart bars(String title, String yTitle) {
    return bars(title, yTitle, HEIGHT);
  }

  static CategoryChart bars(String title, String yTitle, int height) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(height)
            .title(title)
            .yAxisTitle(yTitle)
            .build();
    on(chart.getStyler());
    chart.getStyler().setAvailableSpaceFill(0.5).setXAxisMaxLabelCount(12);
    chart.getStyler().setLabelsFont(font(Font.BOLD, 13));
    return chart;
  }

  /** The same for bars that have these names. */
  static CategoryChart bars(String title, String yTitle, List<String> names) {
    CategoryChart chart = bars(title, yTitle);
    chart.getStyler().setXAxisMaxLabelCount(Math.max(2, names.size())); // 1 is refused
    if (names.size() > MOST_LEVEL_NAMES) {
      chart.getStyler().setXAxisLabelRotation(30);
    }
    return chart;
  }

  /** A figure with a line each series. */
  public static XYChart lines(int height, String title, String xTitle, String yTitle) {
    return lines(WIDTH, height, title, xTitle, yTitle);
  }

  static XYChart lines(int width, int height, String title, String xTitle, String yTitle) {
    XYChart chart =
        new XYChartBuilder()
            .width(width)
            .height(height)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .build();
    on(chart.getStyler());
    return chart;
  }

  /** A figure of what there is nothing of. */
  public static BufferedImage empty(String title, String why) {
    var image = new BufferedImage(WIDTH, 90, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    pen.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    pen.setColor(CARD);
    pen.fillRect(0, 0, image.getWidth(), image.getHeight());
    pen.setColor(INK);
    centred(pen, font(Font.BOLD, 15), title, 30);
    centred(pen, font(Font.PLAIN, 13), why, 62);
    pen.dispose();
    return image;
  }

  private static void centred(Graphics2D pen, Font font, String text, int y) {
    pen.setFont(font);
    pen.drawString(text, (WIDTH - pen.getFontMetrics().stringWidth(text)) / 2, y);
  }

  /** Two figures of the same width as one. */
  static BufferedImage below(BufferedImage upper, BufferedImage lower) {
    int height = upper.getHeight() + lower.getHeight();
    var both = new BufferedImage(WIDTH, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = both.createGraphics();
    pen.drawImage(upper, 0, 0, null);
    pen.drawImage(lower, 0, upper.getHeight(), null);
    pen.dispose();
    return both;
  }

  static Font font(int style, int size) {
    return new Font(Font.SANS_SERIF, style, size);
  }

  /** A name that fits below a bar. */
  static String shortened(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 1) + "…";
  }

  private static void on(AxesChartStyler styler) {
    styler.setDecimalPattern("0.#");
    styler.setChartBackgroundColor(CARD);
    styler.setChartFontColor(INK);
    styler.setChartTitleFont(font(Font.BOLD, 15));
    styler.setChartTitleBoxVisible(false);
    styler.setPlotBackgroundColor(CARD);
    styler.setPlotBorderVisible(false);
    styler.setLegendBackgroundColor(CARD);
    styler.setLegendBorderColor(CARD);
    styler.setLegendFont(font(Font.PLAIN, 12));
    styler.setAxisTitleFont(font(Font.PLAIN, 13));
    styler.setAxisTickLabelsFont(font(Font.PLAIN, 12));
    styler.setAxisTickLabelsColor(INK);
    styler.setPlotGridLinesColor(FAINT);
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setErrorBarsColor(INK);
  }
}
