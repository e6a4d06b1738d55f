package org.gristmill.repository;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Objects;
import java.util.UUID;
import org.gristmill.GristmillException;

/**
 * What happened to a model, as its log keeps it. Immutable.
 *
 * @param revision 1 for the first, and one more for each
 * @param id that no other one has
 * @param by user and host
 * @param event what was done, such as "promoted"
 * @param version that it was done to
 * @param why in the words of who did it; may be empty
 * @param versions what held from then on
 */
public record Entry(
    long revision,
    String id,
    Instant at,
    String by,
    String event,
    int version,
    String why,
    Versions versions) {
  private static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();

  static Entry next(long revision, String event, int version, String why, Versions versions) {
    return new Entry(
        revision,
        UUID.randomUUID().toString(),
        Instant.now(),
        System.getProperty("user.name") + "@" + host(),
        event,
        version,
        why,
        versions);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException nameless) {
      return "localhost";
    }
  }

  byte[] encode() {
    var json = new JsonObject();
    json.addProperty("revision", revision);
    json.addProperty("id", id);
    json.addProperty("at", at.toString());
    json.addProperty("by", by);
    json.addProperty("event", event);
    json.addProperty("version", version);
    json.addProperty("why", why);
    json.add("state", versions.json());
    return (GSON.toJson(json) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * @param revision that it has to be
   * @param where it comes from, for messages
   */
  static Entry decode(byte[] bytes, long revision, String where) {
    try {
      // Not JsonParser.parseString: IJava puts an older gson before ours.
      var json =
          Objects.requireNonNull(
              GSON.fromJson(new String(bytes, StandardCharsets.UTF_8), JsonObject.class),
              "it is empty");
      if (json.get("revision").getAsLong() != revision) {
        throw new IllegalArgumentException("it is of revision " + json.get("revision"));
      }
      return new Entry(
          revision,
          json.get("id").getAsString(),
          Instant.parse(json.get("at").getAsString()),
          json.get("by").getAsString(),
          json.get("event").getAsString(),
          json.get("version").getAsInt(),
          json.get("why").getAsString(),
          Versions.of(json.getAsJsonObject("state")));
    } catch (JsonParseException
        | NullPointerException
        | IllegalStateException
        | ClassCastException
        | IllegalArgumentException
        | DateTimeParseException
        | UnsupportedOperationException malformed) {
      throw new GristmillException(
          "%s is no entry of a model's log (%s): it was changed, or is of a newer version"
              .formatted(where, malformed.getMessage()),
          malformed);
    }
  }
}
