package org.gristmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gristmill.NothingLeft;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NothingLeft.class)
@Timeout(60)
class DashboardTest {
  private static final class SampleFeed implements Feed {
    @Override
    public String runs() {
      return "{\"runs\": [\"é\"]}";
    }

    @Override
    public Optional<String> run(long id) {
      if (id == 13) {
        throw new IllegalStateException("no luck");
      }
      return id == 1 ? Optional.of("{\"id\": 1}") : Optional.empty();
    }

    @Override
    public String metrics() {
      return "rows 3\n";
    }
  }

  private final HttpClient client = HttpClient.newHttpClient();
  private final Dashboard dashboard = Dashboard.start(new SampleFeed());
  private final String token = dashboard.uri().getQuery().substring("token=".length());

  @AfterEach
  void close() {
    dashboard.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(dashboard.uri().resolve(path)).timeout(Duration.ofSeconds(20));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(request(path).header("Authorization", "Bearer " + token));
  }

  /** What the server says to exactly these bytes. */
  private String raw(String request) throws IOException {
    try (var socket = connect()) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return read(socket.getInputStream());
    }
  }

  private Socket connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), dashboard.uri().getPort());
    socket.setSoTimeout(30_000);
    return socket;
  }

  private static String read(InputStream in) throws IOException {
    var all = new ByteArrayOutputStream();
    in.transferTo(all);
    return all.toString(StandardCharsets.UTF_8);
  }

  private String withHost(String host) throws IOException {
    return raw(
        "GET /api/runs HTTP/1.1\r\n%sAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
            .formatted(host, token));
  }

  @Test
  void theAddressIsOnThisMachineAndHoldsTheToken() {
    assertEquals("127.0.0.1", dashboard.uri().getHost());
    assertTrue(token.matches("[0-9a-f]{32}"), token);
    assertTrue(dashboard.toString().contains(dashboard.uri().toString()));
    try (var other = Dashboard.start(new SampleFeed())) {
      assertNotEquals(dashboard.uri().getQuery(), other.uri().getQuery());
    }
  }

  @Test
  void whoKnowsTheTokenSeesEverything() throws Exception {
    assertEquals("{\"runs\": [\"é\"]}", get("/api/runs").body());
    assertEquals("{\"id\": 1}", get("/api/runs/1").body());
    assertEquals("rows 3\n", get("/metrics").body());
    assertEquals(200, send(request("/metrics?token=" + token)).statusCode());
    var page = send(HttpRequest.newBuilder(dashboard.uri()));
    assertEquals(200, page.statusCode());
    assertTrue(page.body().contains("uPlot"), "the page holds its charts");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/runs",
        "/api/runs/1",
        "/metrics",
        "/nothing",
        "/api/runs?token=",
        "/metrics?nottoken=x"
      })
  void withoutTheTokenNobodySeesAnything(String path) throws Exception {
    var answer = send(request(path));
    assertEquals(401, answer.statusCode());
    assertTrue(answer.body().contains("session.dashboard()"), answer.body());
  }

  @Test
  void aWrongTokenIsNoToken() throws Exception {
    String last = token.substring(0, 31) + (token.endsWith("0") ? "1" : "0");
    for (String wrong : List.of(last, token + "0", "", "x", "é")) {
      assertTrue(
          raw("GET /api/runs HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                  .formatted(dashboard.uri().getPort(), wrong))
              .startsWith("HTTP/1.1 401"),
          wrong);
    }
    assertEquals(401, send(request("/api/runs?token=" + last)).statusCode());
  }

  @Test
  void thePageWithoutItsTokenSaysWhatIsMissing() throws Exception {
    var answer = send(request("/"));
    assertEquals(401, answer.statusCode());
    assertTrue(answer.body().contains("needs its token"), answer.body());
    assertFalse(answer.body().contains(token));
  }

  @Test
  void anotherSiteWhoseNamePointsHereIsRefused() throws Exception {
    int port = dashboard.uri().getPort();
    assertTrue(withHost("Host: 127.0.0.1:" + port + "\r\n").startsWith("HTTP/1.1 200"));
    assertTrue(withHost("Host: localhost:" + port + "\r\n").startsWith("HTTP/1.1 200"));
    for (String host : List.of("evil.example:" + port, "127.0.0.1", "127.0.0.1:1", "")) {
      assertTrue(withHost("Host: " + host + "\r\n").startsWith("HTTP/1.1 403"), host);
    }
    assertTrue(withHost("").startsWith("HTTP/1.1 403"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"})
  void nothingCanBeChanged(String method) throws Exception {
    var answer =
        raw(
            "%s /api/runs HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                .formatted(method, dashboard.uri().getPort(), token));
    assertTrue(answer.startsWith("HTTP/1.1 405"), answer);
    assertTrue(answer.toLowerCase(Locale.ROOT).contains("allow: get, head"), answer);
  }

  @Test
  void aHeadHasTheLengthAndNoBody() throws Exception {
    var answer =
        send(
            request("/api/runs")
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .header("Authorization", "Bearer " + token));
    assertEquals(200, answer.statusCode());
    assertEquals("", answer.body());
    assertEquals("16", answer.headers().firstValue("content-length").orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nothing",
        "/api",
        "/api/runs/",
        "/api/runs/2",
        "/api/runs/x",
        "/api/runs/-1",
        "/api/runs/99999999999999999999",
        "/../etc/passwd",
        "/uPlot.min.css"
      })
  void whatIsNotThereIsNotFound(String path) throws Exception {
    assertEquals(404, get(path).statusCode());
  }

  @Test
  void aFailureIsToldAndTheServerGoesOn() throws Exception {
    var answer = get("/api/runs/13");
    assertEquals(500, answer.statusCode());
    assertTrue(answer.body().contains("no luck"), answer.body());
    assertEquals(200, get("/api/runs").statusCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/api/runs", "/nothing", "/metrics"})
  void noAnswerIsKeptGuessedAtOrFramed(String path) throws Exception {
    var headers = get(path).headers();
    assertEquals("no-store", headers.firstValue("cache-control").orElseThrow());
    assertEquals("nosniff", headers.firstValue("x-content-type-options").orElseThrow());
    assertEquals("no-referrer", headers.firstValue("referrer-policy").orElseThrow());
    String policy = headers.firstValue("content-security-policy").orElseThrow();
    assertTrue(policy.startsWith("default-src 'none'"), policy);
    assertFalse(policy.contains("unsafe"), policy);
    assertTrue(headers.firstValue("access-control-allow-origin").isEmpty());
  }

  @Test
  void eachPageHasANonceOfItsOwn() throws Exception {
    String first = get("/").headers().firstValue("content-security-policy").orElseThrow();
    String second = get("/").headers().firstValue("content-security-policy").orElseThrow();
    assertNotEquals(first, second);
  }

  @Test
  void aHalfSentRequestHoldsUpNobody() throws Exception {
    try (var half = connect()) {
      half.getOutputStream().write("GET /api/runs HT".getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 20; i++) {
        assertEquals(200, get("/api/runs").statusCode());
      }
    }
  }

  @Test
  void manyHalfSentRequestsAreCutOff() throws Exception {
    var halves = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 4; i++) { // twice as many as there are threads
        halves.add(connect());
        halves.get(i).getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
      }
      assertEquals(200, get("/api/runs").statusCode());
      for (Socket half : halves) {
        assertEquals("", read(half.getInputStream()), "the server has closed it");
      }
    } finally {
      for (Socket half : halves) {
        half.close();
      }
    }
  }

  @Test
  void afterCloseNobodyListensAndNoThreadIsLeft() throws Exception {
    assertEquals(200, get("/api/runs").statusCode());
    dashboard.close();
    dashboard.close();
    assertTrue(dashboard.isClosed());
    assertEquals("Gristmill dashboard: closed", dashboard.toString());
    assertThrows(ConnectException.class, () -> connect().close());
    assertTrue(
        Thread.getAllStackTraces().keySet().stream()
            .noneMatch(thread -> thread.getName().startsWith("gristmill dashboard")));
  }

  @Test
  void noThreadOfItKeepsAProgramFromEnding() throws Exception {
    URI address = dashboard.uri();
    assertEquals(200, send(HttpRequest.newBuilder(address)).statusCode());
    var all = Thread.getAllStackTraces().keySet();
    assertTrue(
        all.stream()
            .filter(thread -> thread.getName().matches("gristmill dashboard.*|HTTP-Dispatcher"))
            .allMatch(Thread::isDaemon));
  }
}
