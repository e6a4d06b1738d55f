package org.gristmill.cudf;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.HostColumnVector;
import ai.rapids.cudf.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.dflib.DataFrame;
import org.dflib.Index;
import org.dflib.Series;

/** Data frames of text, numbers and booleans as tables in a GPU's memory, and back. */
public final class GpuTable {
  private GpuTable() {}

  /**
   * Copies a frame to the GPU.
   *
   * @return to be closed by the caller
   * @throws IllegalArgumentException naming a column of anything else, or of two types
   */
  public static Table of(DataFrame frame) {
    var columns = new ArrayList<ColumnVector>();
    try {
      for (String name : frame.getColumnsIndex()) {
        columns.add(column(name, frame.getColumn(name)));
      }
      return new Table(
          columns.toArray(ColumnVector[]::new)); // which counts itself as one owner more
    } finally {
      columns.forEach(ColumnVector::close);
    }
  }

  private static ColumnVector column(String name, Series<?> cells) {
    Class<?> type = String.class; // of a column without any value
    for (Object cell : cells) {
      if (cell != null) {
        type = cell.getClass();
        break;
      }
    }
    try {
      if (type == String.class) {
        return ColumnVector.fromStrings(array(cells, String[]::new));
      }
      if (type == Integer.class) {
        return ColumnVector.fromBoxedInts(array(cells, Integer[]::new));
      }
      if (type == Long.class) {
        return ColumnVector.fromBoxedLongs(array(cells, Long[]::new));
      }
      if (type == Float.class) {
        return ColumnVector.fromBoxedFloats(array(cells, Float[]::new));
      }
      if (type == Double.class) {
        return ColumnVector.fromBoxedDoubles(array(cells, Double[]::new));
      }
      if (type == Boolean.class) {
        return ColumnVector.fromBoxedBooleans(array(cells, Boolean[]::new));
      }
    } catch (ArrayStoreException mixed) {
      throw refused(name, "values of two types (" + mixed.getMessage() + ")");
    }
    throw refused(name, type.getName());
  }

  private static IllegalArgumentException refused(String column, String holds) {
    return new IllegalArgumentException(
        "column \"%s\" holds %s: a GPU takes text, int, long, float, double or boolean; leave it out"
            .formatted(column, holds));
  }

  private static <T> T[] array(Series<?> cells, IntFunction<T[]> make) {
    Object[] array = make.apply(cells.size());
    for (int i = 0; i < array.length; i++) {
      array[i] = cells.get(i);
    }
    @SuppressWarnings("unchecked") // it was made so, and refuses what is of another type
    T[] typed = (T[]) array;
    return typed;
  }

  /** Copies a table back. */
  public static DataFrame frame(Table table, List<String> names) {
    var columns = new Series<?>[names.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = series(table.getColumn(i));
    }
    return DataFrame.byColumn(Index.of(names.toArray(String[]::new))).of(columns);
  }

  static Series<?> series(ColumnVector column) {
    try (HostColumnVector host = column.copyToHost()) {
      var cells = new Object[(int) host.getRowCount()];
      for (int i = 0; i < cells.length; i++) {
        cells[i] = host.isNull(i) ? null : cell(host, i);
      }
      return Series.of(cells);
    }
  }

  private static Object cell(HostColumnVector column, int row) {
    return switch (column.getType().getTypeId()) {
      case STRING -> column.getJavaString(row);
      case INT32 -> column.getInt(row);
      case INT64 -> column.getLong(row);
      case FLOAT32 -> column.getFloat(row);
      case FLOAT64 -> column.getDouble(row);
      case BOOL8 -> column.getBoolean(row);
      default ->
          throw new IllegalArgumentException("a column of " + column.getType() + " has no cells");
    };
  }
}
