package org.gristmill.sink;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Map;
import org.gristmill.GristmillException;
import org.gristmill.Image;

/**
 * Rows as JSON, one object on one line. A record or a Map is the object, with the row's path as its
 * first member; any other value is its member "value". Thread-safe.
 */
public final class JsonLines {
  private static final String PATH = "path";

  // NaN is let through here and refused below, where its place is known.
  private static final Gson GSON =
      new GsonBuilder()
          .disableHtmlEscaping()
          .serializeNulls()
          .serializeSpecialFloatingPointValues()
          .create();

  private JsonLines() {}

  /**
   * A row as a line, without a newline.
   *
   * @param path where the row came from, or null
   * @throws IllegalArgumentException saying what JSON has no form for
   */
  public static String encode(Object value, String path) {
    return text(object(value, path));
  }

  static String text(JsonElement element) {
    return GSON.toJson(element);
  }

  /** A row as the members that both formats write. */
  static JsonObject object(Object value, String path) {
    JsonElement tree = finite(value);
    var object = new JsonObject();
    boolean isObject = tree.isJsonObject();
    if (path != null && !(isObject && tree.getAsJsonObject().has(PATH))) {
      object.addProperty(PATH, path);
    }
    if (isObject) {
      tree.getAsJsonObject().entrySet().forEach(m -> object.add(m.getKey(), m.getValue()));
    } else {
      object.add("value", tree);
    }
    return object;
  }

  private static JsonElement finite(Object value) {
    try {
      JsonElement tree = tree(value, "the row");
      requireFinite(tree, "");
      return tree;
    } catch (StackOverflowError endless) {
      throw refusal(value, "the row", "it holds itself, or is nested too deep", endless);
    }
  }

  private static JsonElement tree(Object value, String what) {
    if (value instanceof Image) {
      throw new IllegalArgumentException(
          what + " is a picture, which is no text: map it to what is to be written");
    }
    if (value instanceof Map<?, ?> map) { // member by member, to name the one that fails
      var object = new JsonObject();
      map.forEach((key, member) -> object.add(String.valueOf(key), tree(member, "member " + key)));
      return object;
    }
    JsonElement tree;
    try {
      tree = GSON.toJsonTree(value);
    } catch (RuntimeException refused) {
      throw refusal(value, what, GristmillException.reason(refused), refused);
    }
    if (tree.isJsonNull() && value != null) { // so Gson treats anonymous classes, and some local
      throw refusal(value, what, "its class has no name of its own", null);
    }
    return tree;
  }

  private static IllegalArgumentException refusal(
      Object value, String what, String why, Throwable cause) {
    return new IllegalArgumentException(
        "%s, a %s, cannot be written (%s): map the row to a record or a Map of numbers, strings, lists and maps"
            .formatted(what, value.getClass().getName(), why),
        cause);
  }

  private static void requireFinite(JsonElement element, String where) {
    if (element.isJsonObject()) {
      element
          .getAsJsonObject()
          .entrySet()
          .forEach(
              member ->
                  requireFinite(
                      member.getValue(),
                      where.isEmpty() ? member.getKey() : where + "." + member.getKey()));
    } else if (element.isJsonArray()) {
      int index = 0;
      for (var item : element.getAsJsonArray()) {
        requireFinite(item, where + "[" + index++ + "]");
      }
    } else if (element instanceof JsonPrimitive number
        && number.isNumber()
        && isNotFinite(number.getAsNumber())) {
      throw new IllegalArgumentException(
          "%s is %s, for which JSON has no form: map the row to a record or a Map with null or a string instead"
              .formatted(where.isEmpty() ? "the row" : "member " + where, number.getAsString()));
    }
  }

  private static boolean isNotFinite(Number number) {
    return (number instanceof Double || number instanceof Float)
        && !Double.isFinite(number.doubleValue());
  }
}
