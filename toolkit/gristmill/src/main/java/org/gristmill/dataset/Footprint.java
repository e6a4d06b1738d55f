package org.gristmill.dataset;

import java.awt.image.BufferedImage;
import java.nio.Buffer;
import java.util.Collection;
import java.util.Map;
import org.gristmill.Image;

/**
 * What a value takes in memory, roughly: pictures, arrays, text, buffers and collections of these.
 * Anything else is taken to be small.
 */
final class Footprint {
  private static final int OBJECT = 48; // a row's own fields and a small value
  private static final int REFERENCE = 8;

  /** Of a row that failed: mostly the stack trace. */
  static final long FAILURE = 2_000;

  private Footprint() {}

  static long of(Object value) {
    if (value == null || value instanceof Number) {
      return OBJECT;
    }
    if (value instanceof Image image) {
      return OBJECT + (long) image.width() * image.height() * image.mode().channels();
    }
    if (value instanceof byte[] bytes) {
      return OBJECT + (long) bytes.length;
    }
    if (value instanceof CharSequence text) {
      return OBJECT + (long) text.length();
    }
    return OBJECT + parts(value);
  }

  private static long parts(Object value) {
    if (value instanceof Weighed weighed) {
      return weighed.bytes();
    }
    if (value instanceof float[] floats) {
      return 4L * floats.length;
    }
    if (value instanceof int[] ints) {
      return 4L * ints.length;
    }
    if (value instanceof double[] doubles) {
      return 8L * doubles.length;
    }
    if (value instanceof long[] longs) {
      return 8L * longs.length;
    }
    if (value instanceof Object[] many) {
      return many.length == 0 ? 0 : many.length * (of(many[0]) + REFERENCE);
    }
    if (value instanceof Collection<?> many) {
      return many.isEmpty() ? 0 : many.size() * (of(many.iterator().next()) + REFERENCE);
    }
    if (value instanceof Map<?, ?> map) {
      return members(map);
    }
    if (value instanceof Buffer buffer) {
      return 4L * buffer.capacity();
    }
    if (value instanceof BufferedImage image) {
      return 4L * image.getWidth() * image.getHeight();
    }
    return OBJECT;
  }

  /** Of all members, as they differ: a picture may be one of them. */
  private static long members(Map<?, ?> map) {
    long bytes = 0;
    for (Object value : map.values()) {
      bytes += of(value) + OBJECT;
    }
    return bytes;
  }
}
