package org.gristmill.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.dflib.DataFrame;

/** A data frame as a table: its first rows, and how large it is. */
final class DataFrameTable {
  private static final int MOST_ROWS = 10;
  private static final int LONGEST_CELL = 160;

  private DataFrameTable() {}

  static Table of(DataFrame frame) {
    var rows = new ArrayList<List<String>>();
    for (int row = 0; row < Math.min(MOST_ROWS, frame.height()); row++) {
      var cells = new ArrayList<String>();
      for (int column = 0; column < frame.width(); column++) {
        cells.add(cell(frame.getColumn(column).get(row)));
      }
      rows.add(cells);
    }
    String size = String.format(Locale.ROOT, "%,d rows, %d columns", frame.height(), frame.width());
    String more = frame.height() > rows.size() ? "the first " + rows.size() + " of " : "";
    return new Table(List.of(frame.getColumnsIndex().toArray()), rows, more + size);
  }

  private static String cell(Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof Double || value instanceof Float) {
      return decimals(((Number) value).doubleValue());
    }
    return Progress.shortened(value.toString(), LONGEST_CELL);
  }

  /** Four digits behind the point; very small and very large ones with an exponent. */
  private static String decimals(double value) {
    double size = Math.abs(value);
    boolean plain = size == 0 || (size >= 0.001 && size < 1e9) || !Double.isFinite(value);
    return String.format(Locale.ROOT, plain ? "%.4f" : "%.3e", value);
  }
}
