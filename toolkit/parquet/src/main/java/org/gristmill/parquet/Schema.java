package org.gristmill.parquet;

import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.dflib.DataFrame;
import org.dflib.Series;
import org.gristmill.GristmillException;

/** The columns of a file that is written, as its first rows have them. */
record Schema(List<String> columns, List<Kind> kinds, MessageType type) {
  private static final String WHAT_FITS =
      "leave the column out, or map it to text, numbers, booleans, dates or times";

  /**
   * @throws GristmillException naming the row and column of a value that no column holds, or that
   *     is of another kind than those above it
   */
  static Schema of(DataFrame first) {
    if (first.width() == 0) {
      throw new GristmillException("no rows, so no columns to write: a Parquet file has columns");
    }
    var columns = List.of(first.getColumnsIndex().toArray());
    var kinds = new ArrayList<Kind>();
    var types = new ArrayList<Type>();
    for (int i = 0; i < columns.size(); i++) {
      Series<?> values = first.getColumn(i);
      kinds.add(kind(columns.get(i), values));
      types.add(kinds.get(i).type(columns.get(i), values));
    }
    return new Schema(columns, List.copyOf(kinds), new MessageType("row", types));
  }

  /** Without any value a column is one of text. */
  private static Kind kind(String column, Series<?> values) {
    Kind kind = null;
    for (int row = 0; row < values.size(); row++) {
      Object value = values.get(row);
      if (value == null) {
        continue;
      }
      Kind own = Kind.of(value);
      if (own == null) {
        throw refused(row, column, value, "which no column of a Parquet file holds");
      }
      Kind both = kind == null ? own : Kind.both(kind, own);
      if (both == null) {
        throw refused(row, column, value, "where the rows before it have " + kind);
      }
      kind = both;
    }
    return kind == null ? Kind.TEXT : kind;
  }

  /** A row's value as its column stores it; null is null. */
  Object stored(int column, Object value, long row) {
    if (value == null) {
      return null;
    }
    Object stored =
        kinds.get(column).stored(value, type.getType(column).getLogicalTypeAnnotation());
    if (stored == null) {
      throw refused(row, columns.get(column), value, "which does not fit " + type.getType(column));
    }
    return stored;
  }

  /**
   * @throws GristmillException if a later part of the rows has other columns
   */
  void requireSame(DataFrame frame, long row) {
    var found = List.of(frame.getColumnsIndex().toArray());
    if (!found.equals(columns)) {
      throw new GristmillException(
          "the rows from %d on have the columns %s, those before %s: map rows to the same members"
              .formatted(row, found, columns));
    }
  }

  private static GristmillException refused(long row, String column, Object value, String why) {
    return new GristmillException(
        "row %d, column \"%s\" is a %s, %s: %s"
            .formatted(row, column, value.getClass().getSimpleName(), why, WHAT_FITS));
  }
}
