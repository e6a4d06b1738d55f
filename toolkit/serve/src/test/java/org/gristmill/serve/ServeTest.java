package org.gristmill.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A service as its clients see it. */
@Timeout(20)
class ServeTest {
  /** What the tests' workers tell of a picture. */
  record Size(int width, String name) {}

  private static final int FIRST = 64; // width of the picture that a service is tried with
  private Serve service;
  private Client client;

  @AfterEach
  void close() {
    Session.start().close();
  }

  private Serve start(ActorPool<Image, ?> pool, ServeOptions options) {
    service = Serve.start(pool, options);
    client = new Client(service);
    return service;
  }

  private static ActorPool<Image, Size> sizes() {
    return ActorPool.of(
        1, device -> batch -> List.copyOf(batch.stream().map(ServeTest::size).toList()));
  }

  private static Size size(Image image) {
    return new Size(image.width(), "w" + image.width());
  }

  private static List<Integer> widths(List<Image> batch) {
    return batch.stream().map(Image::width).toList();
  }

  private static String error(HttpResponse<String> answer) {
    return answer.statusCode() + " " + answer.body();
  }

  /** Workers that note their batches and wait for a permit each, but for the first picture. */
  private static final class Held {
    private final ConcurrentLinkedQueue<List<Integer>> batches = new ConcurrentLinkedQueue<>();
    private final Semaphore permits = new Semaphore(0);
    private final CountDownLatch working = new CountDownLatch(1);

    ActorPool<Image, Size> pool(int actors) {
      return ActorPool.of(
          actors,
          device ->
              batch -> {
                if (batch.get(0).width() != FIRST) {
                  batches.add(widths(batch));
                  working.countDown();
                  permits.acquire();
                }
                return batch.stream().map(ServeTest::size).toList();
              });
    }
  }

  private Socket connection() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), service.uri().getPort());
  }

  private void awaitQueue(int rows) throws InterruptedException {
    while (service.queued() != rows) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  private long decoded() {
    return service.stats().plan().stages().get(0).measured().orElseThrow().rows();
  }

  @Test
  void aPictureThatIsPostedGetsWhatTheWorkerGives() {
    start(sizes(), ServeOptions.defaults());

    var answer = client.predict(Client.png(7)).join();

    assertEquals(200, answer.statusCode());
    assertEquals("{\"width\":7,\"name\":\"w7\"}", answer.body());
  }

  @Test
  void theProtocolTellsWhatThereIs() {
    start(sizes(), ServeOptions.defaults().name("sizes"));

    assertEquals("{\"live\":true}", client.get("/v2/health/live").body());
    assertEquals("{\"ready\":true}", client.get("/v2/health/ready").body());
    assertEquals(
        "{\"name\":\"sizes\",\"ready\":true}", client.get("/v2/models/sizes/ready").body());
    assertTrue(client.get("/v2").body().contains("binary_tensor_data"));
    assertEquals(
        "{\"name\":\"sizes\",\"versions\":[\"1\"],\"platform\":\"gristmill\",\"inputs\":["
            + "{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[-1]},"
            + "{\"name\":\"pixels\",\"datatype\":\"UINT8\",\"shape\":[-1,-1,-1,3]}],\"outputs\":["
            + "{\"name\":\"width\",\"datatype\":\"INT32\",\"shape\":[-1]},"
            + "{\"name\":\"name\",\"datatype\":\"BYTES\",\"shape\":[-1]}]}",
        client.get("/v2/models/sizes").body());
  }

  @Test
  void inferenceTakesFilesAndPixels() {
    start(sizes(), ServeOptions.defaults().name("sizes"));
    String file = Base64.getEncoder().encodeToString(Client.png(9));

    var files =
        client.infer(
            "{\"id\":\"a\",\"inputs\":[{\"data\":[\"%s\",\"%s\"],\"name\":\"image\",\"shape\":[2],\"datatype\":\"BYTES\"}]}"
                .formatted(file, file));
    var pixels =
        client.infer(
            "{\"outputs\":[{\"name\":\"width\"}],\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,1,2,3],\"datatype\":\"UINT8\",\"data\":[[[[1,2,3],[4,5,6]]]]}]}");

    assertEquals(
        "{\"model_name\":\"sizes\",\"model_version\":\"1\",\"id\":\"a\",\"outputs\":["
            + "{\"name\":\"width\",\"datatype\":\"INT32\",\"shape\":[2],\"data\":[9,9]},"
            + "{\"name\":\"name\",\"datatype\":\"BYTES\",\"shape\":[2],\"data\":[\"w9\",\"w9\"]}]}",
        files.body());
    assertEquals(
        "{\"model_name\":\"sizes\",\"model_version\":\"1\",\"outputs\":["
            + "{\"name\":\"width\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[2]}]}",
        pixels.body());
  }

  @Test
  void batchesGrowWhileActorsAreBusyAndLargeRequestsAreSplit() throws Exception {
    var held = new Held();
    start(held.pool(1), ServeOptions.defaults().maxBatch(4).name("sizes"));
    var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    answers.add(client.predict(Client.png(1)));
    held.working.await();
    for (int width = 2; width <= 4; width++) {
      answers.add(client.predict(Client.png(width)));
      awaitQueue(width - 1);
    }
    var six =
        IntStream.range(5, 11)
            .mapToObj(width -> Base64.getEncoder().encodeToString(Client.png(width)))
            .toList();
    var large =
        client.post(
            "/v2/models/sizes/infer",
            BodyPublishers.ofString(
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[6],\"datatype\":\"BYTES\",\"data\":[\"%s\"]}],\"outputs\":[{\"name\":\"width\"}]}"
                    .formatted(String.join("\",\"", six))));
    awaitQueue(9);
    while (decoded() < 10) { // the first two, and as many as two batches
      TimeUnit.MILLISECONDS.sleep(5);
    }

    held.permits.release(10);

    for (int i = 0; i < answers.size(); i++) {
      assertEquals(new Size(i + 1, "w" + (i + 1)), parsed(answers.get(i).join()));
    }
    assertTrue(large.join().body().contains("\"data\":[5,6,7,8,9,10]"), large.join().body());
    var sizes = held.batches.stream().map(List::size).toList();
    assertEquals(List.of(1, 4, 4, 1), sizes);
    assertEquals(10, held.batches.stream().flatMap(List::stream).distinct().count());
  }

  private static Size parsed(HttpResponse<String> answer) {
    assertEquals(200, answer.statusCode(), answer.body());
    return new Gson().fromJson(answer.body(), Size.class);
  }

  @Test
  void whatHasNoRoomInTheQueueIsToComeAgain() throws Exception {
    var held = new Held();
    start(held.pool(1), ServeOptions.defaults().queue(2));
    var taken = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    taken.add(client.predict(Client.png(1)));
    held.working.await();
    awaitQueue(0);
    for (int rows = 1; rows <= 2; rows++) {
      taken.add(client.predict(Client.png(1 + rows)));
      awaitQueue(rows);
    }

    var refused = client.predict(Client.png(9)).join();

    assertEquals(429, refused.statusCode(), refused.body());
    assertTrue(refused.headers().firstValueAsLong("Retry-After").orElse(0) >= 1);
    held.permits.release(9);
    taken.forEach(answer -> assertEquals(200, answer.join().statusCode()));
  }

  @Test
  void whatIsTooLateIsToldSoAndNotWorkedOn() throws Exception {
    var held = new Held();
    start(held.pool(1), ServeOptions.defaults().deadline(Duration.ofMillis(300)));
    var first = client.predict(Client.png(1));
    held.working.await();
    var second = client.predict(Client.png(2));

    assertEquals(504, first.join().statusCode());
    assertEquals(504, second.join().statusCode());
    held.permits.release(9);
    assertEquals(200, client.predict(Client.png(3)).join().statusCode());
    assertEquals(List.of(List.of(1), List.of(3)), List.copyOf(held.batches));
  }

  @Test
  void whatWouldBeTooLateIsRefusedAtOnce() {
    ActorPool<Image, Size> pool =
        ActorPool.of(
            1,
            device ->
                batch -> {
                  TimeUnit.MILLISECONDS.sleep(50L * batch.size());
                  return batch.stream().map(ServeTest::size).toList();
                });
    start(pool, ServeOptions.defaults().deadline(Duration.ofSeconds(1)));
    for (int i = 0; i < 20; i++) { // so that it knows how long a row takes
      client.predict(Client.png(1)).join();
    }

    var answers = IntStream.range(1, 100).mapToObj(w -> client.predict(Client.png(w))).toList();

    var refused = answers.stream().map(CompletableFuture::join).filter(a -> a.statusCode() == 429);
    var first = refused.findFirst().orElseThrow();
    assertTrue(first.body().contains("would not be done in time"), first.body());
    assertEquals(200, answers.get(0).join().statusCode());
  }

  @Test
  void aClientMayAskForLessTime() throws Exception {
    var held = new Held();
    start(held.pool(1), ServeOptions.defaults().name("sizes"));
    String file = Base64.getEncoder().encodeToString(Client.png(9));

    var answer =
        client.infer(
            "{\"parameters\":{\"timeout\":50000},\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"%s\"]}]}"
                .formatted(file));

    assertEquals(504, answer.statusCode(), answer.body());
    held.permits.release(9);
    var endless =
        client.infer(
            "{\"parameters\":{\"timeout\":9223372036854775807},\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"%s\"]}]}"
                .formatted(file));
    assertEquals(200, endless.statusCode(), endless.body());
  }

  @Test
  void whatAClientThatHasLeftAskedForIsDropped() throws Exception {
    var held = new Held();
    start(held.pool(1), ServeOptions.defaults().withoutToken());
    var first = client.predict(Client.png(1));
    held.working.await();
    byte[] picture = Client.png(2);
    try (var socket = connection()) {
      String head =
          "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + picture.length;
      socket.getOutputStream().write((head + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(picture);
      awaitQueue(1);
    }

    awaitQueue(0);

    held.permits.release(9);
    assertEquals(200, first.join().statusCode());
    assertEquals(200, client.predict(Client.png(3)).join().statusCode());
    assertEquals(List.of(List.of(1), List.of(3)), List.copyOf(held.batches));
  }

  @Test
  void aPictureThatCannotBeReadIsItsOwnFailureOnly() throws Exception {
    var held = new Held();
    start(held.pool(1), ServeOptions.defaults().name("sizes"));
    var good = client.predict(Client.png(1));
    held.working.await();
    byte[] cut = Arrays.copyOf(Client.png(100), 45);
    String file = Base64.getEncoder().encodeToString(Client.png(9));

    var bad = client.predict(cut).join();
    var second =
        client.infer(
            "{\"inputs\":[{\"name\":\"image\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"%s\",\"AAAA\"]}]}"
                .formatted(file));

    assertEquals(400, bad.statusCode());
    assertTrue(bad.body().startsWith("{\"error\":\"the picture: the PNG "), bad.body());
    assertFalse(bad.body().contains("folder"), "advice for who runs a batch: " + bad.body());
    assertEquals(400, second.statusCode());
    assertTrue(second.body().startsWith("{\"error\":\"picture 1: "), second.body());
    held.permits.release(9);
    assertEquals(200, good.join().statusCode());
  }

  @Test
  void aPictureThatTheModelFailsOnIsItsOwnFailureOnly() throws Exception {
    var held = new Held();
    ActorPool<Image, Size> pool =
        ActorPool.of(
            1,
            device -> {
              return batch -> {
                if (widths(batch).contains(13)) {
                  throw new IllegalStateException("unlucky");
                }
                if (batch.get(0).width() == 1) {
                  held.working.countDown();
                  held.permits.acquire();
                }
                return batch.stream().map(ServeTest::size).toList();
              };
            });
    start(pool, ServeOptions.defaults());
    var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    answers.add(client.predict(Client.png(1)));
    held.working.await();
    for (int width = 10; width < 16; width++) {
      answers.add(client.predict(Client.png(width)));
    }
    awaitQueue(6);
    held.permits.release();

    var statuses = answers.stream().map(answer -> answer.join().statusCode()).toList();

    assertEquals(List.of(200, 200, 200, 200, 500, 200, 200), statuses);
    assertTrue(
        answers.get(4).join().body().contains("unlucky"), () -> answers.get(4).join().body());
  }

  @Test
  void aWorkerThatDiesCostsNobodyAnAnswer() {
    Set<Integer> killed = ConcurrentHashMap.newKeySet();
    ActorPool<Image, Size> pool =
        ActorPool.of(
            2,
            device ->
                batch -> {
                  if (widths(batch).stream().anyMatch(w -> w % 20 == 0 && killed.add(w))) {
                    throw new AssertionError("killed");
                  }
                  return batch.stream().map(ServeTest::size).toList();
                });
    start(pool, ServeOptions.defaults());

    var answers = IntStream.range(1, 60).mapToObj(w -> client.predict(Client.png(w))).toList();

    answers.forEach(answer -> assertEquals(200, answer.join().statusCode(), answer.join()::body));
    assertEquals(Set.of(20, 40), killed);
  }

  @Test
  void workersThatKeepDyingEndTheServiceAndSaySo() {
    var fails = new AtomicBoolean();
    ActorPool<Image, Size> pool =
        ActorPool.<Image, Size>of(
                1,
                device -> {
                  if (fails.get()) {
                    throw new IllegalStateException("no more memory on the card");
                  }
                  return batch -> {
                    if (fails.get()) {
                      throw new AssertionError("killed");
                    }
                    return batch.stream().map(ServeTest::size).toList();
                  };
                })
            .restarts(0);
    start(pool, ServeOptions.defaults());
    fails.set(true);

    var answer = client.predict(Client.png(1)).join();

    assertEquals(503, answer.statusCode());
    assertTrue(answer.body().contains("killed"), answer.body());
    assertEquals(503, client.get("/v2/health/ready").statusCode());
    assertEquals(503, client.get("/v2/health/live").statusCode());
    assertEquals(503, client.predict(Client.png(1)).join().statusCode());
  }

  @Test
  void aPoolThatCannotBeServedSaysWhyAtOnce() {
    ActorPool<Image, Size> none =
        ActorPool.of(
            1,
            device -> {
              throw new IllegalStateException("no such model");
            });
    ActorPool<Image, Size> fails =
        ActorPool.of(
            1,
            device ->
                batch -> {
                  throw new IllegalStateException("wrong shape");
                });

    var first = assertThrows(GristmillException.class, () -> Serve.start(none.restarts(0)));
    var second = assertThrows(GristmillException.class, () -> Serve.start(fails));

    assertTrue(first.getMessage().contains("no such model"), first.getMessage());
    assertTrue(second.getMessage().contains("wrong shape"), second.getMessage());
    assertEquals(List.of(), Session.start().threads());
  }

  @Test
  void closingAnswersWhatWasTakenAndRefusesTheRest() throws Exception {
    var held = new Held();
    start(held.pool(1), ServeOptions.defaults());
    var taken = IntStream.range(1, 20).mapToObj(w -> client.predict(Client.png(w))).toList();
    held.working.await();
    while (service.queued() + held.batches.element().size() < taken.size()) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    var closing = new Thread(service::close); // not in the common pool, where answers arrive
    closing.start();
    while (service.isReady()) {
      TimeUnit.MILLISECONDS.sleep(5);
    }

    assertEquals(503, client.get("/v2/health/ready").statusCode());
    assertEquals(200, client.get("/v2/health/live").statusCode());
    var late = client.predict(Client.png(99)).join();
    assertEquals(503, late.statusCode());
    assertTrue(late.headers().firstValue("Retry-After").isPresent());

    held.permits.release(99);
    closing.join();
    taken.forEach(answer -> assertEquals(200, answer.join().statusCode()));
    assertEquals(List.of(), Session.start().threads());
    assertEquals(taken.size() + 1, service.stats().rows());
  }

  @Test
  void aWorkerThatGivesTooFewResultsIsTold() {
    ActorPool<Image, Size> pool =
        ActorPool.of(
            1,
            device ->
                batch -> batch.stream().filter(i -> i.width() != 5).map(ServeTest::size).toList());
    start(pool, ServeOptions.defaults());

    var answer = client.predict(Client.png(5)).join();

    assertEquals(500, answer.statusCode());
    assertTrue(answer.body().contains("0 results for 1 rows"), answer.body());
  }

  @Test
  void drainingEndsWhenItsTimeIsOver() throws Exception {
    var held = new Held();
    start(held.pool(1), ServeOptions.defaults().drain(Duration.ofMillis(100)));
    var stuck = client.predict(Client.png(1));
    held.working.await();

    service.close();

    assertEquals(503, stuck.join().statusCode());
    assertEquals(List.of(), Session.start().threads());
  }

  @Test
  void actorsComeAndGoWithTheLoad() throws Exception {
    ActorPool<Image, Size> pool =
        ActorPool.of(
            1,
            3,
            device ->
                batch -> {
                  TimeUnit.MILLISECONDS.sleep(batch.get(0).width() == FIRST ? 0 : 20);
                  return batch.stream().map(ServeTest::size).toList();
                });
    start(pool, ServeOptions.defaults().maxBatch(1).queue(500).deadline(Duration.ofMinutes(1)));
    byte[] picture = Client.png(1);

    var many = IntStream.range(0, 500).mapToObj(i -> client.predict(picture)).toList();
    while (service.actors() < 2) {
      TimeUnit.MILLISECONDS.sleep(20);
    }

    many.forEach(answer -> assertEquals(200, answer.join().statusCode()));
    while (service.actors() > 1) { // nobody asks
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Test
  void onlyWhoKnowsTheTokenMayAsk() {
    start(sizes(), ServeOptions.defaults());
    var without = HttpRequest.newBuilder(service.uri().resolve("/v2")).build();
    var health = HttpRequest.newBuilder(service.uri().resolve("/v2/health/live")).build();

    assertEquals(401, client.send(without).join().statusCode());
    assertEquals(200, client.send(health).join().statusCode());
    assertEquals(200, client.get("/v2").statusCode());
    assertEquals(32, service.token().length());
  }

  @Test
  void whatIsAskedWronglyIsToldSo() {
    start(sizes(), ServeOptions.defaults().name("sizes").maxBody(5000));

    assertEquals(404, client.get("/").statusCode());
    assertEquals(404, client.get("/v2/models/other").statusCode());
    assertEquals(404, client.get("/v2/models/sizes/versions/2").statusCode());
    assertEquals(405, client.get("/predict").statusCode());
    assertEquals(405, client.post("/v2", BodyPublishers.ofString("x")).join().statusCode());
    assertEquals(413, client.predict(new byte[5001]).join().statusCode());
    var chunked =
        client.post(
            "/predict",
            BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[9000])));
    assertEquals(413, chunked.join().statusCode());
    var zipped =
        client
            .request("/predict")
            .header("Content-Encoding", "gzip")
            .POST(BodyPublishers.ofString("x"));
    assertEquals(415, client.send(zipped.build()).join().statusCode());
    assertEquals(
        "400 {\"error\":\"the JSON is cut off at $.inputs[0]\"}",
        error(client.infer("{\"inputs\":[")));
  }

  @Test
  void aBodyThatDoesNotComeIsNotWaitedForForEver() throws IOException {
    start(sizes(), ServeOptions.defaults().withoutToken().deadline(Duration.ofMillis(200)));
    try (var socket = connection()) {
      socket
          .getOutputStream()
          .write(
              "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc"
                  .getBytes(StandardCharsets.US_ASCII));

      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertTrue(answer.startsWith("HTTP/1.1 408"), answer);
    }
    try (var socket = connection()) { // that never asks
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  @Test
  void withoutATokenAnotherSitesNameIsRefused() throws IOException {
    start(sizes(), ServeOptions.defaults().withoutToken());
    try (var socket = connection()) {
      socket
          .getOutputStream()
          .write(
              "GET /v2 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));

      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
    }
  }

  @Test
  void anotherServiceOfTheNameTakesItsPlace() {
    start(sizes(), ServeOptions.defaults().name("one"));
    var first = service;
    int port = first.uri().getPort();

    start(sizes(), ServeOptions.defaults().name("one").port(port));

    assertFalse(first.isReady());
    assertEquals(200, client.predict(Client.png(3)).join().statusCode());
    assertThrows(
        GristmillException.class,
        () -> Serve.start(sizes(), ServeOptions.defaults().name("two").port(port)));
  }

  @Test
  void itIsMeasuredAsARunIs() {
    start(sizes(), ServeOptions.defaults().name("measured"));
    String before = client.get("/metrics").body();
    IntStream.range(0, 5).forEach(i -> client.predict(Client.png(1)).join());
    client.predict(new byte[3]).join();
    service.close();

    var stats = service.stats();

    assertEquals(6, stats.rows());
    assertEquals(1, stats.setAside());
    assertEquals(2, service.timeline().stages().size());
    assertTrue(before.contains("gristmill_"), before);
    String scraped = Session.start().scrape();
    assertTrue(
        scraped.contains(
            "gristmill_request_duration_seconds_count{service=\"measured\",status=\"200\"} 6"),
        scraped);
    assertTrue(scraped.contains("status=\"400\""), scraped);
  }
}
