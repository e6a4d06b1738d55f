package org.gristmill.serve;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/** A proxy before a service, that has a path of its own and may lose or change answers. */
final class Front implements AutoCloseable {
  private static final String PATH = "/behind/a/path";

  private final HttpServer server;
  private final Client client;
  private final UnaryOperator<String> answer;

  /**
   * @param answer what becomes of one; empty if it is lost
   */
  Front(Serve service, UnaryOperator<String> answer) throws IOException {
    this.client = new Client(service);
    this.answer = answer;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(PATH, this::pass);
    server.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + PATH + "/");
  }

  private void pass(HttpExchange exchange) throws IOException {
    try (exchange) {
      var path = exchange.getRequestURI().getPath().substring(PATH.length());
      byte[] body = answer.apply(client.get(path).body()).getBytes(StandardCharsets.UTF_8);
      if (body.length > 0) {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
