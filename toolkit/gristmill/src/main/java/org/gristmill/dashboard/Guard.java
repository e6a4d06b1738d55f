package org.gristmill.dashboard;

import com.sun.net.httpserver.HttpExchange;
import java.util.Optional;
import java.util.Set;

/**
 * Who may ask. The address is on this machine only, but so is every other user of it, and so is the
 * browser that shows some other site.
 */
final class Guard {
  private final Secret token;
  private final Set<String> hosts;

  Guard(Secret token, int port) {
    this.token = token;
    this.hosts = Set.of("127.0.0.1:" + port, "localhost:" + port);
  }

  /** Why a request is refused, if it is. */
  Optional<Answer> refuses(HttpExchange exchange) {
    // A site can have its own name point to 127.0.0.1, and would then be of our origin.
    String host = exchange.getRequestHeaders().getFirst("Host");
    if (host == null || !hosts.contains(host)) {
      return Optional.of(Answer.text(403, "this dashboard answers to 127.0.0.1 only"));
    }
    if (!Set.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
      return Optional.of(Answer.text(405, "this dashboard only shows: GET or HEAD"));
    }
    if (knowsToken(exchange)) {
      return Optional.empty();
    }
    return Optional.of(
        exchange.getRequestURI().getPath().equals("/")
            ? Answer.page(401, Page::locked)
            : Answer.text(
                401,
                "the token is missing or wrong: open the whole address that session.dashboard()"
                    + " gives, or send \"Authorization: Bearer TOKEN\""));
  }

  private boolean knowsToken(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    if (header != null && header.startsWith("Bearer ")) {
      return token.is(header.substring("Bearer ".length()).strip());
    }
    String query = exchange.getRequestURI().getRawQuery();
    if (query != null) {
      for (String parameter : query.split("&", -1)) {
        if (parameter.startsWith("token=")) {
          return token.is(parameter.substring("token=".length()));
        }
      }
    }
    return false;
  }
}
