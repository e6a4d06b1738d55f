package org.gristmill.serve;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.dflib.DataFrame;
import org.gristmill.Frames;
import org.gristmill.sink.JsonLines;

/**
 * What a model gives for the rows of a request, as the Open Inference Protocol has it: a value a
 * row.
 *
 * @param name of a column of the results, as {@link Frames#of} makes them
 */
record Tensor(String name, Type type, List<?> values) {
  /** Types of the protocol, by what Java has for them. */
  enum Type {
    BOOL(1),
    INT32(4),
    INT64(8),
    FP32(4),
    FP64(8),
    /** Text in UTF-8, and whatever is no number as JSON. */
    BYTES(0);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    private static Type of(Object value) {
      if (value instanceof Boolean) {
        return BOOL;
      }
      if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
        return INT32;
      }
      return value instanceof Long
          ? INT64
          : value instanceof Float ? FP32 : value instanceof Double ? FP64 : BYTES;
    }
  }

  /** The columns of these results. */
  static List<Tensor> of(List<?> results) {
    DataFrame frame = Frames.of(results);
    var tensors = new ArrayList<Tensor>();
    for (String name : frame.getColumnsIndex()) {
      var values = new ArrayList<Object>();
      frame.getColumn(name).forEach(values::add);
      Type type = Type.of(values.get(0));
      boolean mixed = values.stream().anyMatch(value -> Type.of(value) != type);
      tensors.add(new Tensor(name, mixed ? Type.BYTES : type, values));
    }
    return tensors;
  }

  /** Writes the values as the protocol's JSON has them. */
  void json(JsonWriter json) throws IOException {
    json.beginArray();
    for (Object value : values) {
      switch (type) {
        case BOOL -> json.value((Boolean) value);
        case BYTES -> json.value(text(value));
        default -> json.value((Number) value);
      }
    }
    json.endArray();
  }

  private static String text(Object value) {
    return value instanceof String || value instanceof Enum<?>
        ? value.toString()
        : value == null ? "" : JsonLines.encode(value, null);
  }

  /** The values as the protocol's extension for binary data has them: little-endian. */
  byte[] binary() {
    if (type == Type.BYTES) {
      var texts = values.stream().map(v -> text(v).getBytes(StandardCharsets.UTF_8)).toList();
      byte[] bytes = new byte[texts.stream().mapToInt(text -> Integer.BYTES + text.length).sum()];
      var all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      texts.forEach(text -> all.putInt(text.length).put(text));
      return bytes;
    }
    byte[] bytes = new byte[type.bytes * values.size()];
    var all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (Object value : values) {
      switch (type) {
        case BOOL -> all.put((byte) ((Boolean) value ? 1 : 0));
        case INT32 -> all.putInt(((Number) value).intValue());
        case INT64 -> all.putLong((Long) value);
        case FP32 -> all.putFloat((Float) value);
        default -> all.putDouble((Double) value);
      }
    }
    return bytes;
  }
}
