package org.gristmill.dashboard;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * What a request gets.
 *
 * @param policy what a browser may do with it
 */
record Answer(int status, String type, String policy, String body) {
  private static final String NOTHING = "default-src 'none'";

  static Answer text(int status, String line) {
    return new Answer(status, "text/plain", NOTHING, line + "\n");
  }

  /** Figures in Prometheus' text format. */
  static Answer metrics(String text) {
    return new Answer(200, "text/plain; version=0.0.4", NOTHING, text);
  }

  static Answer json(String json) {
    return new Answer(200, "application/json", NOTHING, json);
  }

  /**
   * A page of ours.
   *
   * @param html of a nonce
   */
  static Answer page(int status, UnaryOperator<String> html) {
    String nonce = Secret.random().digits();
    String policy = Page.policy(nonce, "; connect-src 'self'; frame-ancestors 'none'");
    return new Answer(status, "text/html", policy, html.apply(nonce));
  }

  void send(HttpExchange exchange) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type + "; charset=utf-8");
    headers.set("Content-Security-Policy", policy);
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    if (status == 405) {
      headers.set("Allow", "GET, HEAD");
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", String.valueOf(bytes.length));
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}
