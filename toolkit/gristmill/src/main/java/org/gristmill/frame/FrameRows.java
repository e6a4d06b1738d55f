package org.gristmill.frame;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dflib.DataFrame;
import org.dflib.Series;

/** Columns turned into rows. */
public final class FrameRows {
  private FrameRows() {}

  /** See {@link org.gristmill.Frames#rows(DataFrame)}. */
  public static List<Map<String, Object>> maps(DataFrame frame) {
    String[] names = frame.getColumnsIndex().toArray();
    var rows = new ArrayList<Map<String, Object>>(frame.height());
    for (int i = 0; i < frame.height(); i++) {
      var row = new LinkedHashMap<String, Object>();
      for (int column = 0; column < names.length; column++) {
        row.put(names[column], frame.getColumn(column).get(i));
      }
      rows.add(row);
    }
    return rows;
  }

  /** See {@link org.gristmill.Frames#rows(DataFrame, Class)}. */
  public static <R extends Record> List<R> records(DataFrame frame, Class<R> type) {
    var components = Components.of(type);
    List<String> names = components.names();
    var columns = new Series<?>[names.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = Columns.cells(frame, names.get(i));
    }
    var rows = new ArrayList<R>(frame.height());
    for (int row = 0; row < frame.height(); row++) {
      var cells = new Object[columns.length];
      for (int i = 0; i < cells.length; i++) {
        cells[i] = fitted(columns[i].get(row), components.type(i), row, names.get(i));
      }
      rows.add(record(components, type, cells, row));
    }
    return rows;
  }

  private static <R extends Record> R record(
      Components components, Class<R> type, Object[] cells, int row) {
    try {
      return type.cast(components.record(cells));
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException("row " + row + ": " + refused.getMessage(), refused);
    }
  }

  /** The cell as the component's type, if it can be that without loss. */
  private static Object fitted(Object cell, Class<?> type, int row, String column) {
    if (cell == null ? !type.isPrimitive() : type.isInstance(cell)) {
      return cell;
    }
    Object fitted = cell;
    if (cell instanceof Number number) {
      fitted = Numbers.as(number, type);
    } else if (!(cell instanceof Boolean && type == boolean.class)
        && !(cell instanceof Character && type == char.class)) {
      fitted = null;
    }
    if (fitted == null) {
      throw new IllegalArgumentException(
          "row %d, column \"%s\": %s is no %s"
              .formatted(
                  row,
                  column,
                  cell == null ? "null" : cell + " (" + cell.getClass().getSimpleName() + ")",
                  type.getSimpleName()));
    }
    return fitted;
  }
}
