package org.gristmill.parquet;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.dflib.Series;

/** What a column that is written holds: how it is stored, and which values fit. */
enum Kind {
  BOOLEAN,
  INT,
  LONG,
  FLOAT,
  DOUBLE,
  TEXT,
  BYTES,
  DECIMAL,
  DATE,
  INSTANT,
  DATE_TIME;

  private static final int DIGITS = 38; // that every reader takes
  private static final long EXACT = 1L << 53; // whole numbers up to this are doubles without loss

  /** Of a value, or null if no kind of column holds it. */
  static Kind of(Object value) {
    if (value instanceof Boolean) {
      return BOOLEAN;
    }
    if (value instanceof Number number) {
      return ofNumber(number);
    }
    if (value instanceof CharSequence || value instanceof Enum<?>) {
      return TEXT;
    }
    if (value instanceof LocalDate) {
      return DATE;
    }
    return value instanceof Instant
        ? INSTANT
        : value instanceof LocalDateTime ? DATE_TIME : value instanceof byte[] ? BYTES : null;
  }

  private static Kind ofNumber(Number number) {
    if (number instanceof Integer || number instanceof Short || number instanceof Byte) {
      return INT;
    }
    if (number instanceof Long) {
      return LONG;
    }
    if (number instanceof BigDecimal) {
      return DECIMAL;
    }
    return number instanceof Double ? DOUBLE : number instanceof Float ? FLOAT : null;
  }

  /** The kind that holds values of both, or null. */
  static Kind both(Kind one, Kind other) {
    if (one == other) {
      return one;
    }
    Kind wide = one.compareTo(other) > 0 ? one : other;
    Kind narrow = wide == one ? other : one;
    boolean numbers = narrow.compareTo(INT) >= 0 && wide.compareTo(DOUBLE) <= 0;
    return !numbers ? null : wide == LONG ? LONG : DOUBLE;
  }

  /** The column's type; that of decimals has the scale of the values. */
  Type type(String column, Series<?> values) {
    return switch (this) {
      case BOOLEAN -> optional(PrimitiveTypeName.BOOLEAN, null, column);
      case INT -> optional(PrimitiveTypeName.INT32, null, column);
      case LONG -> optional(PrimitiveTypeName.INT64, null, column);
      case FLOAT -> optional(PrimitiveTypeName.FLOAT, null, column);
      case DOUBLE -> optional(PrimitiveTypeName.DOUBLE, null, column);
      case TEXT -> optional(PrimitiveTypeName.BINARY, LogicalTypeAnnotation.stringType(), column);
      case BYTES -> optional(PrimitiveTypeName.BINARY, null, column);
      case DECIMAL ->
          optional(
              PrimitiveTypeName.BINARY,
              LogicalTypeAnnotation.decimalType(scale(values), DIGITS),
              column);
      case DATE -> optional(PrimitiveTypeName.INT32, LogicalTypeAnnotation.dateType(), column);
      case INSTANT -> optional(PrimitiveTypeName.INT64, micros(true), column);
      case DATE_TIME -> optional(PrimitiveTypeName.INT64, micros(false), column);
    };
  }

  private static Type optional(PrimitiveTypeName type, LogicalTypeAnnotation is, String column) {
    return Types.optional(type).as(is).named(column);
  }

  private static LogicalTypeAnnotation micros(boolean isInUtc) {
    return LogicalTypeAnnotation.timestampType(isInUtc, TimeUnit.MICROS);
  }

  private static int scale(Series<?> decimals) {
    int scale = 0;
    for (Object decimal : decimals) {
      scale = decimal == null ? scale : Math.max(scale, ((BigDecimal) decimal).scale());
    }
    return Math.min(scale, DIGITS);
  }

  /**
   * A value as the column stores it: a Boolean, Integer, Long, Float, Double or Binary; null if it
   * is not one that the column holds.
   */
  Object stored(Object value, LogicalTypeAnnotation logical) {
    Kind kind = of(value);
    if (kind == null || both(this, kind) != this) {
      return null;
    }
    try {
      return fitted(value, logical);
    } catch (ArithmeticException beyond) {
      return null;
    }
  }

  /**
   * @throws ArithmeticException if a date or a time is beyond what its column holds
   */
  private Object fitted(Object value, LogicalTypeAnnotation logical) {
    return switch (this) {
      case BOOLEAN, FLOAT -> value;
      case INT -> ((Number) value).intValue();
      case LONG -> ((Number) value).longValue();
      case DOUBLE ->
          value instanceof Long whole && Math.abs(whole) > EXACT
              ? null
              : ((Number) value).doubleValue();
      case TEXT -> Binary.fromString(value.toString());
      case BYTES -> Binary.fromConstantByteArray((byte[]) value);
      case DECIMAL -> decimal((BigDecimal) value, (DecimalLogicalTypeAnnotation) logical);
      case DATE -> Math.toIntExact(((LocalDate) value).toEpochDay());
      case INSTANT -> micros((Instant) value);
      case DATE_TIME -> micros(((LocalDateTime) value).toInstant(ZoneOffset.UTC));
    };
  }

  /** Since 1970. Not by way of ChronoUnit, which counts nanoseconds: they end in 2262. */
  private static long micros(Instant time) {
    return Math.addExact(
        Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1000);
  }

  private static Binary decimal(BigDecimal value, DecimalLogicalTypeAnnotation type) {
    long digits = (long) value.precision() - value.scale() + type.getScale(); // once it is scaled
    boolean tooLarge = value.signum() != 0 && digits > DIGITS;
    if (tooLarge || Math.max(value.scale(), 0) > type.getScale()) {
      return null;
    }
    return Binary.fromConstantByteArray(
        value.setScale(type.getScale()).unscaledValue().toByteArray());
  }
}
