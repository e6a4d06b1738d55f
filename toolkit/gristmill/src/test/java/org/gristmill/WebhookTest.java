package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(60)
@ExtendWith(NothingLeft.class)
class WebhookTest {
  private static final Rule BROKEN = Rule.throughputBelow(1e12);

  private final BlockingQueue<String> posted = new LinkedBlockingQueue<>();

  private static Run<Integer> run() {
    return Dataset.of(List.of(1, 2, 3)).toList();
  }

  private HttpServer server(int status) throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/secret",
        call -> {
          posted.add(
              call.getRequestMethod()
                  + " "
                  + call.getRequestHeaders().getFirst("Content-Type")
                  + " "
                  + new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          call.sendResponseHeaders(status, -1);
          call.close();
        });
    server.start();
    return server;
  }

  private static Webhook at(int port) {
    return Webhook.to("http://127.0.0.1:" + port + "/secret");
  }

  private static String broken(Webhook webhook) {
    return assertThrows(GristmillException.class, () -> run().check(webhook, BROKEN)).getMessage();
  }

  @Test
  void anAddressThatIsNoneIsRefusedAndNotTold() {
    for (var address : List.of("https://host/SECRET KEY", "ftp://host/SECRET", "SECRET")) {
      var refused = assertThrows(IllegalArgumentException.class, () -> Webhook.to(address));

      assertFalse(refused.getMessage().contains("SECRET"));
      assertEquals(null, refused.getCause());
    }
  }

  @Test
  void aBrokenRuleIsPostedAsJson() throws Exception {
    var server = server(200);
    try {
      String message = broken(at(server.getAddress().getPort()));

      String call = posted.take();
      assertTrue(call.startsWith("POST application/json {"), call);
      JsonObject json = JsonParser.parseString(call.substring(call.indexOf('{'))).getAsJsonObject();
      assertEquals(message, json.get("text").getAsString());
      assertEquals(3, json.get("rows").getAsInt());
      assertEquals("of(3 rows)", json.get("run").getAsString());
      assertTrue(
          json.getAsJsonArray("broken").get(0).getAsString().startsWith(BROKEN + ": it was "));
    } finally {
      server.stop(0);
    }
  }

  @Test
  void nothingIsPostedOfARunThatKeepsToTheRules() throws Exception {
    var server = server(200);
    try {
      run().check(at(server.getAddress().getPort()), Rule.errorShareAbove(0));
      assertTrue(posted.isEmpty());
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aWebhookThatRefusesDoesNotHideTheRule() throws Exception {
    var server = server(500);
    try {
      String message = broken(at(server.getAddress().getPort()));

      assertTrue(message.contains("throughput below"), message);
      assertTrue(message.endsWith("; and the webhook at 127.0.0.1 answered 500"), message);
      assertFalse(message.contains("secret"), message);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aWebhookThatIsNotThereDoesNotHideTheRule() throws Exception {
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }

    String message = broken(at(port));

    assertTrue(
        message.contains("throughput below")
            && message.contains("; and the webhook at 127.0.0.1 was not reached: ConnectException"),
        message);
  }

  /** The system takes the connection, and nobody answers. */
  @Test
  void aWebhookThatDoesNotAnswerIsNotWaitedFor() throws Exception {
    try (var silent = new ServerSocket(0)) {
      String message = broken(at(silent.getLocalPort()));

      assertTrue(message.endsWith("the webhook at 127.0.0.1 did not answer within 5 s"), message);
    }
  }

  @Test
  void anAddressThatIsNoneIsRefusedWithoutBeingTold() {
    for (String address : List.of("ftp://host/secret", "secret", "http:///secret")) {
      var refused = assertThrows(IllegalArgumentException.class, () -> Webhook.to(address));
      assertFalse(refused.getMessage().contains("secret"), refused.getMessage());
    }
  }
}
