package org.gristmill.source;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.gristmill.GristmillException;

/**
 * JSON into Java's own types. By Gson's reader, which is strict where {@code Gson.fromJson} takes
 * text without quotes, and which every version of Gson has.
 */
final class Json {
  private static final int DEEPEST = 200; // or a malicious line would overflow the stack

  private Json() {}

  static Map<String, Object> object(String line) {
    try {
      var in = new JsonReader(new StringReader(line));
      if (in.peek() != JsonToken.BEGIN_OBJECT) {
        throw new IllegalArgumentException("a row is a JSON object {...}, not " + in.peek());
      }
      var object = object(in, 1);
      if (in.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalArgumentException("more than one JSON object on a line");
      }
      return object;
    } catch (IOException | IllegalStateException malformed) {
      throw new IllegalArgumentException(
          "malformed JSON: " + GristmillException.reason(malformed), malformed);
    }
  }

  private static Object value(JsonReader in, int depth) throws IOException {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException("JSON that is nested deeper than " + DEEPEST + " levels");
    }
    return switch (in.peek()) {
      case BEGIN_OBJECT -> object(in, depth);
      case BEGIN_ARRAY -> array(in, depth);
      case STRING -> in.nextString();
      case NUMBER -> number(in.nextString());
      case BOOLEAN -> in.nextBoolean();
      default -> {
        in.nextNull();
        yield null;
      }
    };
  }

  private static Map<String, Object> object(JsonReader in, int depth) throws IOException {
    var object = new LinkedHashMap<String, Object>();
    in.beginObject();
    while (in.hasNext()) {
      String name = in.nextName();
      if (object.containsKey(name)) {
        throw new IllegalArgumentException("malformed JSON: two members \"" + name + "\"");
      }
      object.put(name, value(in, depth + 1));
    }
    in.endObject();
    return object;
  }

  private static List<Object> array(JsonReader in, int depth) throws IOException {
    var array = new ArrayList<Object>();
    in.beginArray();
    while (in.hasNext()) {
      array.add(value(in, depth + 1));
    }
    in.endArray();
    return array;
  }

  private static Number number(String text) {
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException fractionOrTooLong) {
      return Double.valueOf(text);
    }
  }
}
