package org.gristmill.dataset;

import java.io.Serializable;
import java.util.List;
import org.gristmill.GristmillException;
import org.gristmill.Image;

/**
 * A row on its way through a plan. One without a value stands for a row that failed, or only says
 * how far the run has come.
 *
 * @param number its place in the source, from 0, which rows share that were made of one; where a
 *     batch makes any number of rows, its place among those
 * @param path where it came from, or null
 * @param origin the path that the source gave it, or null
 * @param value what it is, or null
 * @param bytes what the value takes in memory, roughly
 * @param failure why there is no value, or null
 * @param after where the run may start again once this row and those before it are safe; null where
 *     it may not
 */
public record Row<T>(
    long number,
    String path,
    String origin,
    T value,
    long bytes,
    GristmillException failure,
    Position after)
    implements Serializable {

  /** A row of a source. */
  public Row(long number, String path, T value) {
    this(number, path, path, value, Footprint.of(value), null, null);
  }

  /**
   * The same row with another value; a picture that knows where it came from brings its path along.
   */
  public <R> Row<R> with(R value) {
    boolean named = value instanceof Image image && image.path() != null;
    String path = named ? ((Image) value).path() : this.path;
    return new Row<>(number, path, origin, value, Footprint.of(value), null, after);
  }

  /** The same row, failed. */
  Row<T> failed(GristmillException why) {
    return new Row<>(number, path, origin, null, Footprint.FAILURE, why, after);
  }

  /** What is left of a row that was dropped: how far the run has come. */
  Row<T> gap() {
    return new Row<>(number, path, origin, null, Footprint.of(null), null, after);
  }

  /** The same row with another place to start again. */
  Row<T> after(Position position) {
    return new Row<>(number, path, origin, value, bytes, failure, position);
  }

  boolean hasValue() {
    return value != null;
  }

  static boolean allHaveValues(List<Row<?>> rows) {
    for (Row<?> row : rows) {
      if (!row.hasValue()) {
        return false;
      }
    }
    return true;
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** What to call the row in a message. */
  String name() {
    return "row " + number + (path == null ? "" : " (" + path + ")");
  }
}
