package org.gristmill.serve;

import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.gristmill.GristmillException;
import org.gristmill.Session;

/**
 * What a service says and hears: connections, who may ask, bodies within their limits and in time,
 * and answers. One thread does all of it and never waits; {@link Routes} knows what is asked for.
 */
final class Http implements AutoCloseable {
  private static final int MOST_CONNECTIONS = 1000;
  private static final int MOST_HEADER = 16 << 10; // bytes
  private static final long LAST_BYTES_MILLIS = 2000; // of a body that was refused
  private static final long UNUSED_MILLIS = 75_000; // that a connection may be between requests
  private static final long IN_REQUEST = -1; // in place of a timer
  private static final long CLOSE_SECONDS = 10;
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");
  private static final String BEARER = "Bearer ";

  /** What a request is answered with. */
  record Answer(int status, String contentType, Buffer body, Map<String, String> headers) {
    static Answer of(int status, String contentType, byte[] body) {
      return new Answer(status, contentType, Buffer.buffer(body), Map.of());
    }
  }

  /** What to do with requests. Called on the thread that serves. */
  interface Handler {
    /** Whether anybody may ask this: whether the service is alive. */
    boolean isOpen(String path);

    /** The answer of a request without a body; empty if the path wants one. */
    Optional<Answer> get(HttpMethod method, String path) throws Refusal;

    /** Why a body is better not read now. */
    void mayPost(String path) throws Refusal;

    /** Answers a request with a body, whose client may leave meanwhile. */
    void post(Exchange exchange, String path, byte[] body);
  }

  private final ServeOptions options;
  private final Handler handler;
  private final Vertx vertx;
  private final HttpServer server;
  private final AtomicLong bodies = new AtomicLong(); // bytes that requests hold
  private final Map<HttpConnection, Long> timers = new HashMap<>(); // that close what is not used
  private volatile boolean closing;

  Http(ServeOptions options, Handler handler) {
    this.options = options;
    this.handler = handler;
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(Runtime.getRuntime().availableProcessors())
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    var address = options.address();
    try {
      server =
          await(
              vertx
                  .createHttpServer(
                      new HttpServerOptions()
                          .setHost(address.host())
                          .setPort(address.port())
                          .setHttp2ClearTextEnabled(false)
                          .setMaxHeaderSize(MOST_HEADER)
                          .setTcpNoDelay(true))
                  .connectionHandler(this::connected)
                  .invalidRequestHandler(this::invalid)
                  .requestHandler(this::handle)
                  .exceptionHandler(ignored -> {}) // of a connection: it is closed anyway
                  .listen(),
              "listen on %s, port %d".formatted(address.host(), address.port()));
    } catch (GristmillException failed) {
      vertx.close();
      throw failed;
    }
  }

  private static <T> T await(Future<T> future, String what) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException failed) {
      Throwable why = failed instanceof ExecutionException ? failed.getCause() : failed;
      throw new GristmillException(
          "cannot %s: %s".formatted(what, GristmillException.reason(why)), why);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new GristmillException("interrupted: could not " + what, interrupted);
    }
  }

  int port() {
    return server.actualPort();
  }

  /** Takes no more connections, and ends those that there are once their answers are sent. */
  @Override
  public void close() {
    closing = true;
    vertx.runOnContext(
        now ->
            List.copyOf(timers.keySet()).stream()
                .filter(connection -> timers.get(connection) != IN_REQUEST)
                .forEach(HttpConnection::close));
    boolean interrupted = Thread.interrupted(); // it takes a moment, and leaves no threads
    try {
      await(server.shutdown(LAST_BYTES_MILLIS, TimeUnit.MILLISECONDS), "end connections");
    } finally {
      await(vertx.close(), "close the server");
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A connection without a request is closed after a while, and so is one too many. */
  private void connected(HttpConnection connection) {
    if (timers.size() >= MOST_CONNECTIONS) {
      connection.close();
      return;
    }
    closeAfter(connection, options.limits().deadline().toMillis());
    connection.closeHandler(
        closed -> {
          Long timer = timers.remove(connection);
          if (timer != null) {
            vertx.cancelTimer(timer);
          }
        });
  }

  private void closeAfter(HttpConnection connection, long millis) {
    Long before =
        timers.put(connection, vertx.setTimer(Math.max(1, millis), late -> connection.close()));
    if (before != null) {
      vertx.cancelTimer(before);
    }
  }

  private void invalid(HttpServerRequest request) {
    var result = request.decoderResult();
    String why = result.cause() == null ? "" : String.valueOf(result.cause().getMessage());
    int status =
        why.contains("line is larger") ? 414 : why.contains("header is larger") ? 431 : 400;
    new Exchange(request).refuse(Refusal.of(status, "this is no valid HTTP: " + why), true);
  }

  private void handle(HttpServerRequest request) {
    var exchange = new Exchange(request);
    String path = request.path();
    try {
      if (path == null) {
        throw Refusal.malformed("the address of the request has no path");
      }
      checkAllowed(request, path);
      var answer = handler.get(request.method(), path);
      if (answer.isPresent()) {
        exchange.answer(answer.get());
        return;
      }
      if (!request.method().equals(HttpMethod.POST)) {
        throw Refusal.notAllowed(path, "POST");
      }
      checkHeaders(request);
      handler.mayPost(path);
      exchange.read(path);
    } catch (Refusal refusal) {
      exchange.refuse(refusal, true);
    } catch (RuntimeException | Error failed) { // else nobody would ever answer
      exchange.refuse(Refusal.failure(failed), true);
    }
  }

  private void checkAllowed(HttpServerRequest request, String path) throws Refusal {
    var address = options.address();
    // A site that a browser shows can have its own name point to 127.0.0.1.
    if (address.token().isEmpty()
        && LOOPBACK.contains(address.host())
        && (request.authority() == null || !LOOPBACK.contains(request.authority().host()))) {
      throw Refusal.of(403, "this service answers to 127.0.0.1 and localhost only");
    }
    if (address.token().isEmpty() || handler.isOpen(path)) {
      return;
    }
    String header = request.getHeader("Authorization");
    boolean knows =
        header != null
            && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
            && address.token().get().is(header.substring(BEARER.length()).strip());
    if (!knows) {
      throw Refusal.of(
          401, "the token is missing or wrong: send the header \"Authorization: Bearer TOKEN\"");
    }
  }

  private void checkHeaders(HttpServerRequest request) throws Refusal {
    String encoding = request.getHeader("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw Refusal.of(415, "a body is taken as it is, and not in the encoding " + encoding);
    }
    String type = request.getHeader("Content-Type");
    if (type != null && type.startsWith("multipart/")) {
      throw Refusal.of(415, "no forms: send the picture itself, as curl --data-binary @FILE does");
    }
    String expect = request.getHeader("Expect");
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      throw Refusal.of(417, "nothing but 100-continue can be expected here");
    }
    String length = request.getHeader("Content-Length");
    if (length != null && length(length) > options.limits().body()) {
      throw tooLarge();
    }
  }

  private static long length(String header) throws Refusal {
    try {
      return Long.parseLong(header.strip());
    } catch (NumberFormatException wrong) {
      throw Refusal.malformed("Content-Length is no number");
    }
  }

  private Refusal tooLarge() {
    return Refusal.of(
        413,
        "the body is larger than the %d bytes that it may have".formatted(options.limits().body()));
  }

  /** A request and its answer. On the thread that serves, but for {@link #later}. */
  final class Exchange {
    private final HttpServerRequest request;
    private final Context context = vertx.getOrCreateContext();
    private final long began = System.nanoTime();
    private Buffer body = Buffer.buffer();
    private long held; // bytes of the budget for bodies
    private long bodyTimer = -1; // none
    private boolean over;
    private Runnable left = () -> {};

    private Exchange(HttpServerRequest request) {
      this.request = request;
      Long timer = timers.remove(request.connection());
      if (timer != null) {
        vertx.cancelTimer(timer);
        timers.put(request.connection(), IN_REQUEST);
      }
      request.response().closeHandler(gone -> gone());
      request.exceptionHandler(broken -> {}); // closeHandler is told as well
    }

    /** System.nanoTime() when its headers were there. */
    long began() {
      return began;
    }

    String header(String name) {
      return request.getHeader(name);
    }

    /** What to do if the client leaves before it has its answer. */
    void ifLeft(Runnable then) {
      left = then;
      if (over) {
        then.run();
      }
    }

    /** Runs this on a thread where it may take a while, and what it gives on this one again. */
    <T> void off(Callable<T> slow, BiConsumer<T, Throwable> then) {
      vertx.executeBlocking(slow, false).onComplete(then::accept);
    }

    /** Runs this on the thread that serves. Thread-safe. */
    void later(Runnable then) {
      context.runOnContext(now -> then.run());
    }

    private void read(String path) {
      bodyTimer =
          vertx.setTimer(
              options.limits().deadline().toMillis(),
              late -> refuse(Refusal.of(408, "the body did not come in time"), true));
      request.handler(
          chunk -> {
            if (over) {
              return; // what is on its way of a request that was refused
            }
            if (body.length() + chunk.length() > options.limits().body()) {
              refuse(tooLarge(), true);
            } else if (!hold(chunk.length())) {
              refuse(Refusal.later(503, "requests take up all the memory there is", 1), true);
            } else {
              body.appendBuffer(chunk);
            }
          });
      request.endHandler(
          whole -> {
            if (over) {
              return;
            }
            vertx.cancelTimer(bodyTimer);
            try {
              byte[] bytes = body.getBytes();
              body = null;
              handler.post(this, path, bytes);
            } catch (RuntimeException | Error failed) {
              refuse(Refusal.failure(failed));
            }
          });
      if (request.getHeader("Expect") != null && request.version() != HttpVersion.HTTP_1_0) {
        request.response().writeContinue();
      }
    }

    private boolean hold(long bytes) {
      if (bodies.addAndGet(bytes) > Runtime.getRuntime().maxMemory() / 4) {
        bodies.addAndGet(-bytes);
        return false;
      }
      held += bytes;
      return true;
    }

    private void gone() {
      if (!over) {
        finish(499);
        left.run();
      }
    }

    void refuse(Refusal why) {
      refuse(why, false);
    }

    /**
     * @param unread whether there may be a body that nobody wants any more
     */
    private void refuse(Refusal why, boolean unread) {
      if (over) {
        return;
      }
      var headers = new HashMap<String, String>();
      if (why.retryAfter() > 0) {
        headers.put("Retry-After", String.valueOf(why.retryAfter()));
      }
      if (why.status() == 401) {
        headers.put("WWW-Authenticate", "Bearer");
      }
      if (!why.allow().isEmpty()) {
        headers.put("Allow", why.allow());
      }
      boolean rest = unread && !request.isEnded() && hasBody();
      if (rest) {
        headers.put("Connection", "close");
      }
      answer(
          new Answer(
              why.status(),
              "application/json",
              Buffer.buffer(Json.error(why.getMessage())),
              headers));
      if (rest) { // closed at once, the client may never see why
        request.handler(dropped -> {});
        vertx.setTimer(LAST_BYTES_MILLIS, enough -> request.connection().close());
      }
    }

    private boolean hasBody() {
      String length = request.getHeader("Content-Length");
      return request.getHeader("Transfer-Encoding") != null
          || (length != null && !length.strip().equals("0"));
    }

    void answer(Answer answer) {
      if (over) {
        return;
      }
      finish(answer.status());
      var response = request.response().setStatusCode(answer.status());
      response.putHeader("Content-Type", answer.contentType());
      answer.headers().forEach(response::putHeader);
      if (closing) {
        response.putHeader("Connection", "close");
      }
      if (request.decoderResult().isFailure()) {
        response.putHeader("Connection", "close");
        response.end(answer.body()).onComplete(sent -> request.connection().close());
        return;
      }
      if (timers.containsKey(request.connection())) {
        closeAfter(request.connection(), UNUSED_MILLIS); // before the next request begins
      }
      response.end(answer.body());
    }

    private void finish(int status) {
      over = true;
      body = null;
      vertx.cancelTimer(bodyTimer);
      bodies.addAndGet(-held);
      held = 0;
      Timer.builder("gristmill.request.duration")
          .description("How long requests took, from their headers to their answer")
          .tag("service", options.address().name())
          .tag("status", String.valueOf(status))
          .register(Session.start().metrics())
          .record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
    }
  }
}
