package org.gristmill.dataset;

import org.gristmill.Image;

/**
 * A row on its way through a plan.
 *
 * @param number its place in the source, from 0; where a batch makes any number of rows, its place
 *     among those
 * @param path where it came from, or null
 */
public record Row<T>(long number, String path, T value) {
  /**
   * The same row with another value; a picture that knows where it came from brings its path along.
   */
  public <R> Row<R> with(R value) {
    boolean named = value instanceof Image image && image.path() != null;
    return new Row<>(number, named ? ((Image) value).path() : path, value);
  }

  /** What to call the row in a message. */
  String name() {
    return "row " + number + (path == null ? "" : " (" + path + ")");
  }
}
