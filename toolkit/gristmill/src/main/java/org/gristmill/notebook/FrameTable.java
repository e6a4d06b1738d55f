package org.gristmill.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.dflib.DataFrame;

/** A data frame as a table: its first rows, and how large it is. */
final class FrameTable {
  private static final int MOST_ROWS = 10;
  private static final int LONGEST_CELL = 160;

  private FrameTable() {}

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

  /** Four digits behind the point, or as many digits where that would be none. */
  private static String decimals(double value) {
    boolean plain = value == 0 || (Math.abs(value) >= 0.001 && Math.abs(value) < 1e7);
    return String.format(Locale.ROOT, plain ? "%.4f" : "%.4g", value);
  }
}
