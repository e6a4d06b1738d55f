package org.gristmill.frame;

import java.util.List;
import org.dflib.DataFrame;
import org.dflib.Series;

/**
 * Cells as columns. Of numbers only whole ones of 32 bits, and booleans, go into arrays of
 * primitives: DFLib's arrays of doubles, floats and longs add where they should subtract, multiply
 * or divide, as soon as the other side is not such an array too but a constant or a column's own
 * mean.
 */
public final class Columns {
  private Columns() {}

  /**
   * @param cells not changed any more
   */
  static Series<?> of(Object[] cells) {
    if (isAll(Integer.class, cells)) {
      var ints = new int[cells.length];
      for (int i = 0; i < ints.length; i++) {
        ints[i] = (Integer) cells[i];
      }
      return Series.ofInt(ints);
    }
    if (isAll(Boolean.class, cells)) {
      var booleans = new boolean[cells.length];
      for (int i = 0; i < booleans.length; i++) {
        booleans[i] = (Boolean) cells[i];
      }
      return Series.ofBool(booleans);
    }
    return Series.of(cells);
  }

  private static boolean isAll(Class<?> type, Object[] cells) {
    for (Object cell : cells) {
      if (!type.isInstance(cell)) {
        return false;
      }
    }
    return cells.length > 0;
  }

  /**
   * A column's cells.
   *
   * @throws IllegalArgumentException naming a column that is not there
   */
  public static Series<?> cells(DataFrame frame, String column) {
    if (!frame.getColumnsIndex().contains(column)) {
      throw new IllegalArgumentException(
          "no column \"%s\": there are %s"
              .formatted(column, List.of(frame.getColumnsIndex().toArray())));
    }
    return frame.getColumn(column);
  }

  /**
   * A column's numbers.
   *
   * @throws IllegalArgumentException naming a column that is not there, or the row of a cell that
   *     is no number
   */
  public static double[] doubles(DataFrame frame, String column) {
    Series<?> cells = cells(frame, column);
    var doubles = new double[cells.size()];
    for (int row = 0; row < doubles.length; row++) {
      if (!(cells.get(row) instanceof Number number)) {
        throw new IllegalArgumentException(
            "row %d, column \"%s\": %s is no number: leave the column out, or fill or filter it"
                .formatted(row, column, cells.get(row)));
      }
      doubles[row] = number.doubleValue();
    }
    return doubles;
  }

  /** Numbers as a column of frames. */
  public static Series<?> of(double[] numbers) {
    var cells = new Object[numbers.length];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = numbers[i];
    }
    return Series.of(cells);
  }
}
