package org.gristmill.frame;

/** Numbers as another type of number. */
final class Numbers {
  private Numbers() {}

  /** The number as that type, primitive or boxed; null if it would be another number then. */
  static Number as(Number number, Class<?> type) {
    double value = number.doubleValue();
    long whole = number.longValue();
    Number as =
        switch (type.getSimpleName()) {
          case "double", "Double" -> value;
          case "float", "Float" -> (float) value;
          case "long", "Long" -> whole;
          case "int", "Integer" -> (int) whole;
          case "short", "Short" -> (short) whole;
          case "byte", "Byte" -> (byte) whole;
          default -> null;
        };
    boolean same =
        as != null && (Double.compare(as.doubleValue(), value) == 0) && as.longValue() == whole;
    return same ? as : null;
  }
}
