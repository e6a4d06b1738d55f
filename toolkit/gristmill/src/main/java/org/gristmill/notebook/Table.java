package org.gristmill.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A table that reads well as plain text; {@link Html} draws the same in a notebook.
 *
 * @param header one title a column; all of them empty where there is nothing to say
 * @param rows as many cells a row
 * @param note a line below it, or empty
 */
public record Table(List<String> header, List<List<String>> rows, String note) implements Tabular {
  private static final Pattern NUMBER = Pattern.compile("[-+]?[\\d.,]+( ?[%a-z/]+)?|-|");

  public Table(List<String> header, List<List<String>> rows) {
    this(header, rows, "");
  }

  public Table {
    header = List.copyOf(header);
    rows = List.copyOf(rows);
  }

  /** A number of bytes as people read it. */
  public static String bytes(long bytes) {
    return bytes < 1_000_000
        ? String.format(Locale.ROOT, "%d kB", (bytes + 999) / 1000)
        : String.format(Locale.ROOT, bytes < 10_000_000 ? "%.1f MB" : "%,.0f MB", bytes / 1e6);
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
      int column = i;
      numeric[i] = rows.stream().allMatch(row -> NUMBER.matcher(row.get(column)).matches());
    }
    return numeric;
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
