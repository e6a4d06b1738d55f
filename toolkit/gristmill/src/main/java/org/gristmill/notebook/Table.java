package org.gristmill.notebook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A table that reads well as plain text; {@link Html} draws the same in a notebook.
 *
 * @param header one title a column; all of them empty where there is nothing to say
 * @param rows as many cells a row
 * @param note a line below it, or empty
 */
public record Table(List<String> header, List<List<String>> rows, String note) implements Tabular {
  public Table(List<String> header, List<List<String>> rows) {
    this(header, rows, "");
  }

  public Table {
    header = List.copyOf(header);
    rows = List.copyOf(rows);
  }

  /** A number of bytes as people read it. */
  public static String bytes(long bytes) {
    if (bytes < 1_000_000) {
      return (bytes + 999) / 1000 + " kB";
    }
    if (bytes < 10_000_000) {
      return Progress.tenths(bytes / 1e6) + " MB";
    }
    var digits = new StringBuilder(String.valueOf(Math.round(bytes / 1e6)));
    for (int i = digits.length() - 3; i > 0; i -= 3) {
      digits.insert(i, ',');
    }
    return digits.append(" MB").toString();
  }

  /** A time as people read it, such as {@code 1 h 12 min}. */
  public static String time(Duration time) {
    return Progress.time(time);
  }

  @Override
  public Table table() {
    return this;
  }

  boolean hasHeader() {
    return header.stream().anyMatch(title -> !title.isEmpty());
  }

  /** Which columns hold nothing but numbers, so that they line up on the right. */
  boolean[] numericColumns() {
    var numeric = new boolean[header.size()];
    for (int i = 0; i < numeric.length; i++) {
      numeric[i] = true;
      for (List<String> row : rows) {
        numeric[i] &= isNumber(row.get(i));
      }
    }
    return numeric;
  }

  /** A number, perhaps with a sign and a unit; or nothing, or a dash that stands for nothing. */
  private static boolean isNumber(String cell) {
    if (cell.isEmpty() || cell.equals("-")) {
      return true;
    }
    int at = cell.charAt(0) == '-' || cell.charAt(0) == '+' ? 1 : 0;
    int digits = at;
    while (at < cell.length() && ("0123456789.,".indexOf(cell.charAt(at)) >= 0)) {
      at++;
    }
    boolean hasDigits = at > digits;
    boolean hasUnit = at < cell.length();
    at += hasUnit && cell.charAt(at) == ' ' ? 1 : 0;
    int unit = at;
    while (at < cell.length() && isOfUnit(cell.charAt(at))) {
      at++;
    }
    return hasDigits && at == cell.length() && (!hasUnit || at > unit);
  }

  private static boolean isOfUnit(char letter) {
    return (letter >= 'a' && letter <= 'z') || letter == '%' || letter == '/';
  }

  @Override
  public String toString() {
    var lines = new ArrayList<List<String>>();
    if (hasHeader()) {
      lines.add(header);
    }
    lines.addAll(rows);
    int[] widths = new int[header.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    boolean[] numeric = numericColumns();
    var text = new StringBuilder();
    for (List<String> line : lines) {
      var row = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - line.get(i).length());
        row.append(numeric[i] ? padding + line.get(i) : line.get(i) + padding).append("  ");
      }
      text.append(row.toString().stripTrailing()).append('\n');
    }
    return note.isEmpty() ? text.toString() : text.append(note).append('\n').toString();
  }
}
