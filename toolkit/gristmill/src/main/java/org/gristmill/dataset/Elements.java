package org.gristmill.dataset;

import java.util.Iterator;
import java.util.OptionalLong;
import org.gristmill.GristmillException;

/** What an iterator gives, as rows. */
public final class Elements implements Rows {
  private final Iterator<?> elements;
  private final OptionalLong size;
  private long number;

  /**
   * @param elements closed with the rows if it can be closed
   * @param size how many there are, if that is known
   */
  public Elements(Iterator<?> elements, OptionalLong size) {
    this.elements = elements;
    this.size = size;
  }

  @Override
  public Row<?> next() {
    if (!elements.hasNext()) {
      return null;
    }
    Object element = elements.next();
    if (element == null) {
      throw new GristmillException("element " + number + " is null: a row needs a value");
    }
    return new Row<>(number++, null, element);
  }

  @Override
  public OptionalLong size() {
    return size;
  }

  @Override
  public void close() {
    if (elements instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception failed) {
        throw new GristmillException(
            "cannot close the iterator: " + GristmillException.reason(failed), failed);
      }
    }
  }
}
