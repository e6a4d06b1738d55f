package org.gristmill.parquet;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.UUIDLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

/** What Parquet holds, as Java's own types. After the format's LogicalTypes.md. */
final class Values {
  private static final long JULIAN_EPOCH = 2_440_588; // the Julian day of 1 January 1970

  private Values() {}

  static Map<String, Object> map(Group group) {
    GroupType type = group.getType();
    var map = new LinkedHashMap<String, Object>();
    for (int field = 0; field < type.getFieldCount(); field++) {
      map.put(type.getFieldName(field), field(group, field));
    }
    return map;
  }

  private static Object field(Group group, int field) {
    Type type = group.getType().getType(field);
    int count = group.getFieldRepetitionCount(field);
    if (type.isRepetition(Type.Repetition.REPEATED)) {
      var all = new ArrayList<Object>(count);
      for (int i = 0; i < count; i++) {
        all.add(value(group, field, i));
      }
      return all;
    }
    return count == 0 ? null : value(group, field, 0);
  }

  private static Object value(Group group, int field, int index) {
    Type type = group.getType().getType(field);
    if (type.isPrimitive()) {
      return primitive(group, field, index);
    }
    Group value = group.getGroup(field, index);
    var logical = type.getLogicalTypeAnnotation();
    return logical instanceof ListLogicalTypeAnnotation
        ? list(value)
        : logical instanceof MapLogicalTypeAnnotation ? entries(value) : map(value);
  }

  /**
   * A list is a group of one repeated field: of the elements themselves, as old writers have it, or
   * of groups with one field each, the element.
   */
  private static List<Object> list(Group list) {
    Type repeated = list.getType().getType(0);
    boolean isElement =
        repeated.isPrimitive()
            || repeated.asGroupType().getFieldCount() > 1
            || repeated.getName().equals("array")
            || repeated.getName().endsWith("_tuple");
    var elements = new ArrayList<Object>();
    for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
      elements.add(isElement ? value(list, 0, i) : field(list.getGroup(0, i), 0));
    }
    return elements;
  }

  private static Map<Object, Object> entries(Group map) {
    var entries = new LinkedHashMap<Object, Object>();
    for (int i = 0; i < map.getFieldRepetitionCount(0); i++) {
      Group entry = map.getGroup(0, i);
      boolean hasValue = entry.getType().getFieldCount() > 1;
      entries.put(field(entry, 0), hasValue ? field(entry, 1) : null);
    }
    return entries;
  }

  private static Object primitive(Group group, int field, int index) {
    var type = group.getType().getType(field).asPrimitiveType();
    var logical = type.getLogicalTypeAnnotation();
    return switch (type.getPrimitiveTypeName()) {
      case BOOLEAN -> group.getBoolean(field, index);
      case FLOAT -> group.getFloat(field, index);
      case DOUBLE -> group.getDouble(field, index);
      case INT32 -> int32(group.getInteger(field, index), logical);
      case INT64 -> int64(group.getLong(field, index), logical);
      case INT96 -> instant96(group.getInt96(field, index).getBytes());
      case BINARY, FIXED_LEN_BYTE_ARRAY -> bytes(group.getBinary(field, index).getBytes(), logical);
    };
  }

  private static Object int32(int value, LogicalTypeAnnotation logical) {
    if (logical instanceof DateLogicalTypeAnnotation) {
      return LocalDate.ofEpochDay(value);
    }
    if (logical instanceof TimeLogicalTypeAnnotation) {
      return LocalTime.MIDNIGHT.plus(value, ChronoUnit.MILLIS);
    }
    if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
      return BigDecimal.valueOf(value, decimal.getScale());
    }
    return logical instanceof IntLogicalTypeAnnotation i && !i.isSigned() && i.getBitWidth() == 32
        ? (Object) Integer.toUnsignedLong(value)
        : (Object) value;
  }

  private static Object int64(long value, LogicalTypeAnnotation logical) {
    if (logical instanceof TimestampLogicalTypeAnnotation timestamp) {
      var instant = Instant.EPOCH.plus(value, unit(timestamp.getUnit()));
      return timestamp.isAdjustedToUTC()
          ? instant
          : LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
    }
    if (logical instanceof TimeLogicalTypeAnnotation time) {
      return LocalTime.MIDNIGHT.plus(value, unit(time.getUnit()));
    }
    if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
      return BigDecimal.valueOf(value, decimal.getScale());
    }
    return logical instanceof IntLogicalTypeAnnotation i && !i.isSigned()
        ? (Object) new BigDecimal(Long.toUnsignedString(value))
        : (Object) value;
  }

  private static ChronoUnit unit(LogicalTypeAnnotation.TimeUnit unit) {
    return switch (unit) {
      case MILLIS -> ChronoUnit.MILLIS;
      case MICROS -> ChronoUnit.MICROS;
      case NANOS -> ChronoUnit.NANOS;
    };
  }

  /** Nanoseconds of the day and the Julian day, as Impala and Spark wrote timestamps. */
  private static Instant instant96(byte[] bytes) {
    var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long nanos = buffer.getLong();
    long day = Integer.toUnsignedLong(buffer.getInt()) - JULIAN_EPOCH;
    return Instant.EPOCH.plus(day, ChronoUnit.DAYS).plusNanos(nanos);
  }

  private static Object bytes(byte[] bytes, LogicalTypeAnnotation logical) {
    if (logical instanceof StringLogicalTypeAnnotation
        || logical instanceof EnumLogicalTypeAnnotation
        || logical instanceof JsonLogicalTypeAnnotation) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
    if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
      return new BigDecimal(new BigInteger(bytes), decimal.getScale());
    }
    if (logical instanceof UUIDLogicalTypeAnnotation) {
      var buffer = ByteBuffer.wrap(bytes);
      return new UUID(buffer.getLong(), buffer.getLong());
    }
    return logical instanceof Float16LogicalTypeAnnotation
        ? (Object) half(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getShort())
        : (Object) bytes;
  }

  /** IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction. */
  private static float half(short bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    float size =
        switch (exponent) {
          case 0 -> Math.scalb((float) fraction, -24);
          case 31 -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Math.scalb(1024f + fraction, exponent - 25);
        };
    return bits < 0 ? -size : size;
  }
}
