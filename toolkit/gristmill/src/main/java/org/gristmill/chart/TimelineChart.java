package org.gristmill.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.gristmill.Timeline;
import org.gristmill.Timeline.Lane;
import org.gristmill.Timeline.Sample;
import org.gristmill.Timeline.Span;

/**
 * A run as a picture: a lane for each actor with what it did when, and below, on the same axis of
 * time, how full everything was. Of the look of {@link Look}. For one thread.
 */
public final class TimelineChart {
  /** Of the picture in a page, in pixels; it is drawn twice as large, so that it is crisp. */
  public static final int WIDTH = 860;

  private static final int SCALE = 2;
  private static final int LEFT = 196; // of the plot
  private static final int RIGHT = 18;
  private static final int TOP = 62;
  private static final int STAGE = 18; // a stage's name above its lanes
  private static final int LANES = 460; // of all lanes together, if they are many
  private static final int PANEL = 40;
  private static final int PANEL_GAP = 9;
  private static final int BOTTOM = 40;
  private static final int MOST_LANES = 92; // then neighbours share one
  private static final int MOST_PANELS = 6; // of stages' queues
  private static final int THINNEST_LANE = 5;
  private static final int THICKEST_LANE = 18;
  private static final int LABEL = 12;
  private static final int MARK = 9;
  private static final Color LANE = new Color(0xf1, 0xf1, 0xf1);
  private static final Color TASKS = Look.BLUE;
  private static final Color MAKING = Look.ORANGE;
  private static final Color FAILED = Look.RED;
  private static final Color LOADING = Look.PURPLE;
  private static final Color LINE = Look.GREEN;

  /** Actors that are drawn together, usually one. */
  private record Row(int stage, List<Lane> lanes) {
    String label() {
      Lane first = lanes.get(0);
      Lane last = lanes.get(lanes.size() - 1);
      String actors = first.actor() + (lanes.size() == 1 ? "" : " to " + last.actor());
      String device = inShort(first.device());
      return device.isEmpty() ? actors : actors + ", " + device;
    }

    /** The GPU, and the executor without its machine; nothing for the CPU of this process. */
    private static String inShort(String device) {
      return device.replaceAll("cpu \\([^)]*\\)( on )?", "").replaceAll(" at [^,]+", "");
    }

    boolean holds(Span span) {
      return lanes.stream()
          .anyMatch(lane -> lane.stage() == span.stage() && lane.actor() == span.actor());
    }
  }

  /** A line below the lanes. */
  private record Panel(
      String name, String detail, ToDoubleFunction<Sample> value, double top, String unit) {}

  private final Timeline timeline;
  private final double wall; // nanoseconds
  private final List<Row> rows = new ArrayList<>();
  private final List<Panel> panels = new ArrayList<>();
  private final double lane; // its height
  private final int height;
  private final BufferedImage image;
  private final Graphics2D g;

  private TimelineChart(Timeline timeline) {
    this.timeline = timeline;
    this.wall = Math.max(1, timeline.wall().toNanos());
    rows();
    panels();
    double share = LANES / (double) Math.max(1, rows.size());
    this.lane = Math.max(THINNEST_LANE, Math.min(THICKEST_LANE, share));
    long stages = rows.stream().mapToInt(Row::stage).distinct().count();
    this.height =
        (int) (TOP + stages * STAGE + rows.size() * lane)
            + panels.size() * (PANEL + PANEL_GAP)
            + BOTTOM;
    this.image = new BufferedImage(WIDTH * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
    this.g = image.createGraphics();
  }

  /** Draws a timeline, twice as large as it is to be shown. */
  public static BufferedImage draw(Timeline timeline) {
    var chart = new TimelineChart(timeline);
    chart.draw();
    return chart.image;
  }

  private void rows() {
    int together = (timeline.lanes().size() + MOST_LANES - 1) / MOST_LANES;
    var lanes = new ArrayList<Lane>();
    for (Lane next : timeline.lanes()) {
      boolean full = lanes.size() == together;
      if (!lanes.isEmpty() && (full || lanes.get(0).stage() != next.stage())) {
        rows.add(new Row(lanes.get(0).stage(), List.copyOf(lanes)));
        lanes.clear();
      }
      lanes.add(next);
    }
    if (!lanes.isEmpty()) {
      rows.add(new Row(lanes.get(0).stage(), List.copyOf(lanes)));
    }
  }

  private void panels() {
    for (int i = 1; i < timeline.stages().size() && panels.size() < MOST_PANELS; i++) {
      int stage = i; // nothing waits in front of the source
      panel(
          "waiting for",
          timeline.stages().get(i),
          sample -> stage < sample.queues().size() ? sample.queues().get(stage) : 0,
          "rows");
    }
    panel("memory", "rows on their way", sample -> sample.held() / 1e6, "MB");
    panel("memory", "the whole process", sample -> sample.process() / 1e6, "MB");
    panels.add(new Panel("processors", "this process", sample -> 100 * sample.cpu(), 100, "%"));
  }

  private void panel(String name, String detail, ToDoubleFunction<Sample> value, String unit) {
    double most = timeline.samples().stream().mapToDouble(value).max().orElse(0);
    panels.add(new Panel(name, detail, value, most, unit));
  }

  private void draw() {
    g.scale(SCALE, SCALE);
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.setColor(Look.CARD);
    g.fillRect(0, 0, WIDTH, height);
    title();
    double y = TOP;
    for (int i = 0; i < rows.size(); ) {
      int end = i;
      while (end < rows.size() && rows.get(end).stage() == rows.get(i).stage()) {
        end++;
      }
      y = stage(rows.subList(i, end), y);
      i = end;
    }
    for (Panel panel : panels) {
      y += PANEL_GAP;
      panel(panel, y);
      y += PANEL;
    }
    axis(y);
    g.dispose();
  }

  private void title() {
    text(
        "Run of %s: %s".formatted(seconds(wall), String.join(" > ", timeline.stages())),
        14,
        22,
        Look.font(Font.BOLD, 15),
        WIDTH - 28);
    double x = 14;
    x = legend(x, TASKS, "tasks");
    x = legend(x, MAKING, "making a worker");
    x = legend(x, LOADING, "loading a model");
    x = legend(x, LANE, "waiting");
    mark(x + 5, 42);
    text("failed", x + 14, 46, Look.font(Font.PLAIN, 12), 60);
  }

  private double legend(double x, Color colour, String name) {
    g.setColor(colour);
    g.fill(new Rectangle2D.Double(x, 37, 11, 11));
    return x + 34 + text(name, x + 16, 46, Look.font(Font.PLAIN, 12), 200);
  }

  /** The lanes of a stage; gives where the next stage begins. */
  private double stage(List<Row> stage, double top) {
    String name = timeline.stages().get(stage.get(0).stage());
    text(name, 14, top + STAGE - 5, Look.font(Font.BOLD, 12), WIDTH - 28);
    double y = top + STAGE;
    int every = (int) Math.ceil(LABEL / lane); // lanes have a label
    for (int i = 0; i < stage.size(); i++) {
      Row row = stage.get(i);
      if (i % every == 0) {
        right(row.label(), LEFT - 6, y + lane / 2 + 4, Look.font(Font.PLAIN, 11));
      }
      lane(row, y);
      y += lane;
    }
    return y;
  }

  private void lane(Row row, double top) {
    double inner = lane - (lane > 2 * THINNEST_LANE ? 2 : 1); // lanes are a line apart
    double width = WIDTH - LEFT - RIGHT;
    g.setColor(LANE);
    g.fill(new Rectangle2D.Double(LEFT, top, width, inner));
    var spans = timeline.spans().stream().filter(row::holds).toList();
    var columns = new Columns(spans, (int) (width * SCALE), wall, row.lanes().size());
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_OFF);
    for (int i = 0; i < columns.count(); i++) {
      double below = top + inner;
      below = column(i, below, top, inner * columns.share(Columns.What.LOADING, i), LOADING);
      below = column(i, below, top, inner * columns.share(Columns.What.MAKING, i), MAKING);
      column(i, below, top, inner * columns.share(Columns.What.TASKS, i), TASKS);
    }
    g.setColor(Look.CARD);
    double shortest = 3.0 * SCALE * wall / columns.count(); // that is told from its neighbours
    for (Span span : spans) {
      if (span.to() - span.from() > shortest && row.lanes().size() == 1) {
        g.fill(new Rectangle2D.Double(x(span.from()), top, 1.0 / SCALE, inner));
      }
    }
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    double marked = Double.NEGATIVE_INFINITY;
    for (Span span : spans) {
      if (span.failed() > 0 && x(span.to()) - marked > MARK / 2.0) {
        marked = x(span.to());
        mark(marked, top + inner / 2);
      }
    }
  }

  private double column(int i, double below, double top, double size, Color colour) {
    double above = Math.max(top, below - size);
    if (below - above > 0) {
      g.setColor(colour);
      g.fill(
          new Rectangle2D.Double(
              LEFT + i / (double) SCALE, above, 1.0 / SCALE, Math.max(1.0 / SCALE, below - above)));
    }
    return above;
  }

  /** A triangle, so that nobody has to tell colours apart. */
  private void mark(double x, double y) {
    double half = MARK / 2.0;
    var triangle = new Path2D.Double();
    triangle.moveTo(x, y - half);
    triangle.lineTo(x + half, y + half);
    triangle.lineTo(x - half, y + half);
    triangle.closePath();
    g.setColor(FAILED);
    g.fill(triangle);
    g.setColor(Look.CARD);
    g.setStroke(new BasicStroke(1));
    g.draw(triangle);
  }

  private void panel(Panel panel, double top) {
    String most = amount(panel.top()) + " " + panel.unit();
    Font small = Look.font(Font.PLAIN, 11);
    right(most, LEFT - 6, top + 9, small);
    right("0", LEFT - 6, top + PANEL, small);
    text(panel.name(), 14, top + 14, Look.font(Font.PLAIN, 12), LEFT - 28 - width(most, small));
    text(panel.detail(), 14, top + 30, small, LEFT - 40);
    g.setColor(Look.FAINT);
    g.fill(new Rectangle2D.Double(LEFT, top + PANEL, WIDTH - LEFT - RIGHT, 0.5));
    g.fill(new Rectangle2D.Double(LEFT, top, WIDTH - LEFT - RIGHT, 0.5));
    var line = new Path2D.Double();
    for (Sample sample : timeline.samples()) {
      double share = Math.max(0, panel.value().applyAsDouble(sample)) / Math.max(1e-9, panel.top());
      double x = x(sample.at());
      double y = top + PANEL * (1 - Math.min(1, share));
      if (line.getCurrentPoint() == null) {
        line.moveTo(x, y);
      } else {
        line.lineTo(x, y);
      }
    }
    g.setColor(LINE);
    g.setStroke(new BasicStroke(1.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.draw(line);
  }

  private void axis(double y) {
    double step = Math.pow(10, Math.floor(Math.log10(wall / 4)));
    step *= wall / step > 20 ? 5 : wall / step > 8 ? 2 : 1;
    for (double at = 0; at <= wall; at += step) {
      g.setColor(new Color(0, 0, 0, 28));
      g.fill(new Rectangle2D.Double(x(Math.round(at)), TOP, 0.5, y - TOP + 4));
      String label = seconds(at);
      double half = width(label, Look.font(Font.PLAIN, 12)) / 2;
      double x = Math.min(x(Math.round(at)), WIDTH - half - 2);
      text(label, x - half, y + 19, Look.font(Font.PLAIN, 12), 100);
    }
  }

  private double x(long nanos) {
    return LEFT + nanos / wall * (WIDTH - LEFT - RIGHT);
  }

  private static String seconds(double nanos) {
    double seconds = nanos / 1e9;
    return seconds > 0 && seconds < 1
        ? String.format(Locale.ROOT, "%.0f ms", 1000 * seconds)
        : String.format(Locale.ROOT, seconds == Math.rint(seconds) ? "%.0f s" : "%.1f s", seconds);
  }

  private static String amount(double value) {
    return String.format(
        Locale.ROOT, value != Math.rint(value) && value < 10 ? "%.1f" : "%,.0f", value);
  }

  private double width(String text, Font font) {
    return font.getStringBounds(text, g.getFontRenderContext()).getWidth();
  }

  private void right(String text, double right, double baseline, Font font) {
    text(text, right - width(text, font), baseline, font, LEFT);
  }

  /** Writes a text, shortened to fit; gives its width. */
  private double text(String text, double x, double baseline, Font font, double most) {
    String fitting = text;
    while (width(fitting, font) > most && fitting.length() > 1) {
      fitting = fitting.substring(0, fitting.length() - 2).stripTrailing() + "…";
    }
    g.setFont(font);
    g.setColor(Look.INK);
    g.drawString(fitting, (float) x, (float) baseline);
    return width(fitting, font);
  }

  /** What it shows, in numbers, for those who do not see it. */
  public static String describe(Timeline timeline) {
    double wall = Math.max(1, timeline.wall().toNanos());
    var text = new StringBuilder("Timeline of a run of " + seconds(wall));
    for (int i = 0; i < timeline.stages().size(); i++) {
      int stage = i;
      long actors = timeline.lanes().stream().filter(lane -> lane.stage() == stage).count();
      if (actors == 0) {
        continue;
      }
      var spans = timeline.spans().stream().filter(span -> span.stage() == stage).toList();
      double busy = spans.stream().mapToLong(Span::busy).sum();
      double loading = spans.stream().mapToLong(Span::loading).sum();
      text.append(
          String.format(
              Locale.ROOT,
              "; %s: %d actors, %d tasks, %d rows, %.0f %% busy, %.0f %% loading models, %d failed",
              timeline.stages().get(i),
              actors,
              spans.stream().mapToLong(Span::tasks).sum(),
              spans.stream().mapToLong(Span::rows).sum(),
              100 * Math.min(1, busy / wall / actors),
              100 * Math.min(1, loading / wall / actors),
              spans.stream().mapToLong(Span::failed).sum()));
    }
    double process = timeline.samples().stream().mapToLong(Sample::process).max().orElse(0);
    return text.append(String.format(Locale.ROOT, "; process at most %,.0f MB.", process / 1e6))
        .toString();
  }
}
