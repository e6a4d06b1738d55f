package org.gristmill.frame;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.dflib.DataFrame;
import org.dflib.Index;
import org.dflib.Series;
import org.gristmill.Image;
import org.gristmill.Prediction;

/** Rows turned into columns. */
public final class RowFrame {
  private static final List<String> IMAGE = List.of("path", "width", "height", "channels", "image");
  private static final List<String> PREDICTION = List.of("index", "label", "confidence");
  private static final List<String> VALUE = List.of("value");

  /**
   * What rows of one kind have in common.
   *
   * @param cells a row's, in the order of the columns
   */
  private record Kind(List<String> columns, Function<Object, Object[]> cells) {}

  private RowFrame() {}

  /** See {@link org.gristmill.Frames#of}. */
  public static DataFrame of(List<?> rows) {
    if (rows.isEmpty()) {
      return DataFrame.empty();
    }
    requireOneKind(rows);
    Kind kind = kind(rows);
    var cells = new Object[kind.columns.size()][rows.size()];
    for (int row = 0; row < rows.size(); row++) {
      Object[] ofRow = kind.cells.apply(rows.get(row));
      for (int column = 0; column < ofRow.length; column++) {
        cells[column][row] = ofRow[column];
      }
    }
    return frame(kind.columns, cells);
  }

  /**
   * The same frame with a first column more.
   *
   * @param cells as many as the frame has rows
   */
  public static DataFrame withFirst(String column, Object[] cells, DataFrame frame) {
    Series<?> first = Columns.of(cells);
    return DataFrame.byColumn(column).of(first).hConcat(frame);
  }

  private static DataFrame frame(List<String> names, Object[][] cells) {
    var columns = new Series<?>[names.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = Columns.of(cells[i]);
    }
    return DataFrame.byColumn(Index.of(names.toArray(String[]::new))).of(columns);
  }

  private static Kind kind(List<?> rows) {
    Object first = rows.get(0);
    if (first instanceof Image) {
      return new Kind(IMAGE, row -> image((Image) row));
    }
    if (first instanceof Prediction) {
      return new Kind(PREDICTION, row -> prediction((Prediction) row));
    }
    if (first instanceof Record) {
      var components = Components.of(first.getClass());
      return new Kind(components.names(), components::cells);
    }
    if (first instanceof Map<?, ?>) {
      return maps(rows);
    }
    return new Kind(VALUE, row -> new Object[] {row});
  }

  private static Object[] image(Image image) {
    return new Object[] {
      image.path(), image.width(), image.height(), image.mode().channels(), image
    };
  }

  private static Object[] prediction(Prediction prediction) {
    return new Object[] {prediction.index(), prediction.label(), prediction.confidence()};
  }

  private static Kind maps(List<?> rows) {
    var places = new LinkedHashMap<String, Integer>();
    for (Object row : rows) {
      ((Map<?, ?>) row)
          .keySet()
          .forEach(key -> places.putIfAbsent(String.valueOf(key), places.size()));
    }
    List<String> columns = List.copyOf(places.keySet());
    return new Kind(
        columns,
        row -> {
          var cells = new Object[columns.size()];
          ((Map<?, ?>) row).forEach((key, cell) -> cells[places.get(String.valueOf(key))] = cell);
          return cells;
        });
  }

  /** Records of two classes have two sets of columns; two kinds of Map are both Maps. */
  private static void requireOneKind(List<?> rows) {
    Class<?> kind = null;
    for (int i = 0; i < rows.size(); i++) {
      Object row = rows.get(i);
      if (row == null) {
        throw new IllegalArgumentException("row " + i + " is null: a data frame's rows are there");
      }
      Class<?> is =
          row instanceof Map<?, ?> ? Map.class : isPlain(row) ? Object.class : row.getClass();
      if (kind != null && is != kind) {
        throw new IllegalArgumentException(
            "row %d is of %s, row 0 of %s: map the rows to one kind before they become a data frame"
                .formatted(i, row.getClass().getName(), rows.get(0).getClass().getName()));
      }
      kind = is;
    }
  }

  private static boolean isPlain(Object row) {
    return !(row instanceof Image || row instanceof Record);
  }
}
