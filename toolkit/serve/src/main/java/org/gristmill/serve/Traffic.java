package org.gristmill.serve;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import org.gristmill.GristmillException;
import org.gristmill.compare.Trials;

/**
 * What a service says of the versions that it runs, since the repository last changed.
 *
 * @param revision of the repository that it follows
 * @param problem why it does not run what that says; may be empty
 * @param same requests in shadow in which both versions gave the same class
 */
record Traffic(
    long revision, String problem, Version champion, Optional<Version> challenger, Trials same) {
  private static final Duration LONGEST = Duration.ofSeconds(10); // that an answer is waited for

  /**
   * @param failed requests, of all that it took
   * @param p99 in milliseconds, of those that it answered
   */
  record Version(int number, Trials failed, double p99) {
    private static Version of(JsonObject json) {
      long failed = json.get("failed").getAsLong();
      return new Version(
          json.get("version").getAsInt(),
          new Trials(failed, failed + json.get("answered").getAsLong()),
          json.get("p99_ms").getAsDouble());
    }
  }

  /** A service of this or another process. */
  record Service(URI uri, String token) {
    /** An address of it, which a proxy may have below a path of its own. */
    URI at(String path) {
      return URI.create(uri.toString().replaceFirst("/+$", "") + path);
    }
  }

  /**
   * Asks a service.
   *
   * @throws IOException if it does not answer, or not now
   * @throws GristmillException if it serves no such model, or follows no repository
   */
  static Traffic of(HttpClient client, Service service, String model)
      throws IOException, InterruptedException {
    URI address = service.at("/v2/models/" + model + "/stats");
    var request = HttpRequest.newBuilder(address).timeout(LONGEST);
    if (!service.token.isEmpty()) {
      request.header("Authorization", "Bearer " + service.token);
    }
    HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
    String said = "%s answered %d: %s".formatted(address, answer.statusCode(), answer.body());
    if (answer.statusCode() >= 500) {
      throw new IOException(said);
    }
    if (answer.statusCode() != 200) {
      throw new GristmillException(said);
    }
    try {
      var traffic =
          of(new Gson().fromJson(answer.body(), JsonObject.class).getAsJsonObject("rollout"));
      if (traffic.revision > 0) {
        return traffic;
      }
    } catch (JsonParseException
        | NullPointerException
        | ClassCastException
        | IllegalStateException strange) {
      throw new GristmillException(address + " is no address of a service: " + said, strange);
    }
    throw new GristmillException(
        service.uri
            + " serves a pool and follows no repository: start it with Serve.start(repository,"
            + " name, ...)");
  }

  private static Traffic of(JsonObject json) {
    boolean isTrial = json.has("challenger");
    return new Traffic(
        json.get("revision").getAsLong(),
        json.get("problem").getAsString(),
        Version.of(json.getAsJsonObject("champion")),
        isTrial ? Optional.of(Version.of(json.getAsJsonObject("challenger"))) : Optional.empty(),
        isTrial
            ? new Trials(json.get("same").getAsLong(), json.get("compared").getAsLong())
            : Trials.NONE);
  }
}
