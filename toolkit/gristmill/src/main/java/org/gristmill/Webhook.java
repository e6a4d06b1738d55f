package org.gristmill;

import com.google.gson.JsonObject;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An address that is told when a run breaks a rule: {@link Run#check(Webhook, Rule...)}. It gets a
 * POST of JSON, whose "text" is the message, as chats that take such calls read it. Immutable.
 */
public final class Webhook {
  private static final Duration PATIENCE = Duration.ofSeconds(5); // for all of it

  private final URI address;

  private Webhook(URI address) {
    this.address = address;
  }

  /**
   * The webhook at an address.
   *
   * @param address {@code https://...} or {@code http://...}
   */
  public static Webhook to(String address) {
    try {
      URI uri = new URI(address);
      if (uri.getHost() != null && String.valueOf(uri.getScheme()).matches("(?i)https?")) {
        return new Webhook(uri);
      }
    } catch (URISyntaxException secret) { // its message has the address
    }
    throw new IllegalArgumentException(
        "a webhook's address begins with https:// or http:// and a host (letters, digits, - and .),"
            + " and has no spaces or other characters that a URI may not have");
  }

  /** Posts JSON. Says what went wrong, if anything did; takes 5 seconds at most. */
  Optional<String> post(JsonObject json) {
    var request =
        HttpRequest.newBuilder(address)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json.toString()))
            .build();
    var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    var answer = client.sendAsync(request, BodyHandlers.discarding());
    try {
      int status = answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).statusCode();
      return status / 100 == 2 ? Optional.empty() : failed("answered " + status);
    } catch (TimeoutException slow) {
      return failed("did not answer within %d s".formatted(PATIENCE.toSeconds()));
    } catch (ExecutionException failed) {
      return failed("was not reached: " + GristmillException.reason(failed.getCause()));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return failed("was not told: the thread was interrupted");
    } finally {
      answer.cancel(true);
    }
  }

  private Optional<String> failed(String why) {
    return Optional.of("the webhook at " + address.getHost() + " " + why);
  }

  /** Its host only: the rest of such an address is often a secret. */
  @Override
  public String toString() {
    return "webhook at " + address.getHost();
  }
}
