package org.gristmill.notebook;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.dflib.DataFrame;
import org.gristmill.Image;
import org.gristmill.Prediction;
import org.gristmill.Run;
import org.gristmill.Timeline;
import org.gristmill.chart.TimelineChart;
import org.gristmill.dashboard.Dashboard;
import org.gristmill.image.Thumbnail;

/**
 * Our types as HTML that needs no script and no style sheet, and takes its colours from the page,
 * so that it reads the same in a notebook, in nbconvert's page and where styles are stripped, light
 * and dark.
 */
final class Html {
  private static final int MOST_THUMBNAILS = 12;
  private static final int MOST_ROWS = 10;
  private static final int LONGEST_CELL = 160;
  private static final int SHORT_CELL = 24; // is not broken

  private Html() {}

  /** The value as HTML, if it is of a type that reads better so. */
  static Optional<String> of(Object value) {
    if (value instanceof Run<?> run) {
      return run(run);
    }
    if (value instanceof Image image) {
      return Optional.of(thumbnail(image));
    }
    if (value instanceof Gallery gallery) {
      return Optional.of(gallery(gallery));
    }
    if (value instanceof DataFrame frame) {
      return Optional.of(table(DataFrameTable.of(frame)));
    }
    if (value instanceof Timeline timeline) {
      return Optional.of(timeline(timeline));
    }
    if (value instanceof Dashboard dashboard) {
      String uri = escape(dashboard.uri().toString());
      return Optional.of(
          "<p>Gristmill dashboard: <a href=\"%s\" target=\"_blank\">%s</a>, as long as this kernel runs</p>"
              .formatted(uri, uri));
    }
    return value instanceof Tabular tabular
        ? Optional.of(tables(tabular.tables()))
        : Optional.empty();
  }

  private static Optional<String> run(Run<?> run) {
    if (run.isEmpty()) {
      return Optional.empty();
    }
    if (run.get(0) instanceof Image) {
      String pictures =
          run.stream()
              .limit(MOST_THUMBNAILS)
              .map(image -> thumbnail((Image) image))
              .collect(Collectors.joining());
      return Optional.of("<div>" + pictures + "</div><p>" + escape(run.summary()) + "</p>");
    }
    if (run.get(0) instanceof Prediction) {
      var rows = new ArrayList<List<String>>();
      for (int i = 0; i < Math.min(run.size(), MOST_ROWS); i++) {
        var prediction = (Prediction) run.get(i);
        rows.add(
            List.of(
                String.valueOf(i),
                run.path(i).orElse(""),
                prediction.label(),
                String.format(Locale.ROOT, "%.3f", prediction.confidence())));
      }
      return Optional.of(rows(run, List.of("row", "path", "label", "confidence"), rows));
    }
    if (run.get(0) instanceof Map<?, ?> first) { // as read from a file: its members are columns
      var columns = new ArrayList<>(List.of("row"));
      first.keySet().forEach(name -> columns.add(String.valueOf(name)));
      var rows = new ArrayList<List<String>>();
      for (int i = 0; i < Math.min(run.size(), MOST_ROWS); i++) {
        var cells = new ArrayList<>(List.of(String.valueOf(i)));
        for (Object name : first.keySet()) {
          Object cell = ((Map<?, ?>) run.get(i)).get(name);
          cells.add(Progress.shortened(String.valueOf(cell), LONGEST_CELL));
        }
        rows.add(cells);
      }
      return Optional.of(rows(run, columns, rows));
    }
    return Optional.empty();
  }

  private static String rows(Run<?> run, List<String> header, List<List<String>> rows) {
    String more = run.size() > MOST_ROWS ? (run.size() - MOST_ROWS) + " more rows; " : "";
    return table(new Table(header, rows, more + run.summary()));
  }

  static String tables(List<Table> tables) {
    return tables.stream().map(Html::table).collect(Collectors.joining("\n"));
  }

  private static String table(Table table) {
    boolean[] numeric = table.numericColumns();
    var html = new StringBuilder("<table>");
    if (table.hasHeader()) {
      html.append("<thead>");
      row(html, numeric, table.header(), "th");
      html.append("</thead>");
    }
    html.append("<tbody>");
    table.rows().forEach(cells -> row(html, numeric, cells, "td"));
    html.append("</tbody></table>");
    return table.note().isEmpty()
        ? html.toString()
        : html.append("<p>").append(escape(table.note())).append("</p>").toString();
  }

  private static void row(StringBuilder html, boolean[] numeric, List<String> cells, String tag) {
    html.append("<tr>");
    for (int i = 0; i < cells.size(); i++) {
      html.append('<').append(tag).append(" style=\"text-align: ");
      html.append(numeric[i] ? "right" : "left");
      html.append(cells.get(i).length() <= SHORT_CELL ? "; white-space: nowrap\">" : "\">");
      html.append(escape(cells.get(i))).append("</").append(tag).append('>');
    }
    html.append("</tr>");
  }

  private static String timeline(Timeline timeline) {
    var png = new ByteArrayOutputStream();
    try {
      ImageIO.write(TimelineChart.draw(timeline), "png", png);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // it is written to memory
    }
    return "<img width=\"%d\" alt=\"%s\" src=\"data:image/png;base64,%s\">"
        .formatted(
            TimelineChart.WIDTH,
            escape(TimelineChart.describe(timeline)),
            Base64.getEncoder().encodeToString(png.toByteArray()));
  }

  private static String thumbnail(Image image) {
    String caption =
        image.height() + " &times; " + image.width() + " &times; " + image.mode().channels();
    String path = image.path() == null ? "" : escape(image.path());
    String name = path.substring(path.lastIndexOf('/') + 1);
    return """
        <figure style="display: inline-block; margin: 0 12px 12px 0; text-align: center">
        <img alt="%s" src="%s"><figcaption>%s<br>%s</figcaption></figure>
        """
        .formatted(path, Thumbnail.of(image).dataUri(), name, caption);
  }

  private static String gallery(Gallery gallery) {
    var html = new StringBuilder("<div>");
    for (var picture : gallery.pictures()) {
      String lines = picture.lines().stream().map(Html::escape).collect(Collectors.joining("<br>"));
      html.append(
          """
          <figure style="display: inline-block; width: 200px; margin: 0 12px 12px 0; vertical-align: top">
          <img alt="%s" src="%s"><figcaption style="overflow-wrap: anywhere"><b>%s</b><br>%s</figcaption></figure>
          """
              .formatted(
                  escape(picture.name()),
                  picture.thumbnail().dataUri(),
                  escape(picture.name()),
                  lines));
    }
    return html.append("</div><p>").append(escape(gallery.note())).append("</p>").toString();
  }

  static String escape(String text) {
    StringBuilder escaped = null;
    for (int i = 0; i < text.length(); i++) {
      String entity =
          switch (text.charAt(i)) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '"' -> "&quot;";
            default -> null;
          };
      if (entity != null && escaped == null) {
        escaped = new StringBuilder(text.substring(0, i));
      }
      if (entity != null) {
        escaped.append(entity);
      } else if (escaped != null) {
        escaped.append(text.charAt(i));
      }
    }
    return escaped == null ? text : escaped.toString();
  }
}
