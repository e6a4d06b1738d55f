package org.gristmill.dashboard;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gristmill.GristmillException;

/**
 * A page that shows this process's runs while they go on. It is served on 127.0.0.1 only, to those
 * who know its token, and only shows: it can change nothing. Thread-safe.
 */
public final class Dashboard implements AutoCloseable {
  private static final long LIMIT_MILLIS = 5000; // for a request, its answer included
  private static final Pattern RUN = Pattern.compile("/api/runs/([0-9]{1,18})");

  private final Feed feed;
  private final Secret token = Secret.random();
  private final RequestThreads threads = new RequestThreads(LIMIT_MILLIS);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final HttpServer server;
  private final Guard guard;

  private Dashboard(Feed feed) throws IOException {
    this.feed = feed;
    byte[] loopback = {127, 0, 0, 1}; // by number: a hosts file may say something else
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(loopback), 0), 0);
    guard = new Guard(token, server.getAddress().getPort());
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    // There, so that its own thread becomes a daemon as well.
    CompletableFuture.runAsync(server::start, threads).join();
  }

  /** Starts a dashboard on a free port. */
  public static Dashboard start(Feed feed) {
    try {
      return new Dashboard(feed);
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "cannot start the dashboard: 127.0.0.1 gives no port: " + failed.getMessage(), failed);
    }
  }

  /** The address to open in a browser on this machine; whoever has it sees the runs. */
  public URI uri() {
    return URI.create(
        "http://127.0.0.1:" + server.getAddress().getPort() + "/?token=" + token.digits());
  }

  /** Whether it was closed. */
  public boolean isClosed() {
    return closed.get();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer;
      try {
        answer = guard.refuses(exchange).orElseGet(() -> route(exchange.getRequestURI().getPath()));
      } catch (RuntimeException | LinkageError | OutOfMemoryError failed) {
        answer = Answer.text(500, "the dashboard failed: " + GristmillException.reason(failed));
      }
      answer.send(exchange);
    }
  }

  private Answer route(String path) {
    if (path.equals("/")) {
      return Answer.page(200, Page::live);
    }
    if (path.equals("/api/runs")) {
      return Answer.json(feed.runs());
    }
    if (path.equals("/metrics")) {
      return Answer.metrics(feed.metrics());
    }
    Matcher run = RUN.matcher(path);
    if (run.matches()) {
      return feed.run(Long.parseLong(run.group(1)))
          .map(Answer::json)
          .orElseGet(() -> Answer.text(404, "run " + run.group(1) + " is not known any more"));
    }
    return Answer.text(404, "there is no such page");
  }

  /** Ends the page; what browsers show of it says so. Safe to call again. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      server.stop(0);
      threads.close();
    }
  }

  @Override
  public String toString() {
    return closed.get() ? "Gristmill dashboard: closed" : "Gristmill dashboard: " + uri();
  }
}
