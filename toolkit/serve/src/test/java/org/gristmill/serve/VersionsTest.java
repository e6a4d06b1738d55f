package org.gristmill.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ModelRepository;
import org.gristmill.ModelVersion;
import org.gristmill.Prediction;
import org.gristmill.Session;
import org.gristmill.samples.Samples;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service that follows a repository. */
@Timeout(60)
class VersionsTest {
  private static final ServeOptions OPTIONS = ServeOptions.defaults().look(Duration.ofMillis(10));
  private static final int CLIENTS = 6;

  @TempDir Path folder;
  private ModelRepository models;
  private Serve service;
  private Client client;
  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);

  @BeforeEach
  void open() {
    models = ModelRepository.at(folder.resolve("models").toString());
  }

  @AfterEach
  void close() {
    clients.shutdownNow();
    Session.start().close();
  }

  /** Versions whose models are never loaded. */
  private void add(int versions) throws IOException {
    Files.writeString(
        folder.resolve("a.json"),
        """
        {"resize_short_side": 256, "interpolation": "bilinear", "center_crop": 224,
         "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
        """);
    for (int version = 1; version <= versions; version++) {
      Files.writeString(folder.resolve("a.onnx"), "version " + version);
      models.add("pets", folder.resolve("a.onnx").toString());
    }
    models.promote("pets", 1);
  }

  private static Prediction prediction(int index) {
    return new Prediction(index, "class " + index, 1, List.of());
  }

  /** Workers that tell the number of their version as the class. */
  private static ActorPool<Image, Prediction> numbers(ModelVersion version) {
    return ActorPool.of(
        1, device -> batch -> batch.stream().map(image -> prediction(version.number())).toList());
  }

  private void start(Function<ModelVersion, ActorPool<Image, Prediction>> pools) {
    service = Serve.start(models, "pets", pools, OPTIONS);
    client = new Client(service);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  private void awaitVersions(String... numbers) throws InterruptedException {
    await(() -> service.versions().equals(List.of(numbers)));
  }

  private JsonObject rollout() {
    String text = client.get("/v2/models/pets/stats").body();
    return new Gson().fromJson(text, JsonObject.class).getAsJsonObject("rollout");
  }

  private int answeredBy() {
    var answer = client.predict(Client.png(7)).join();
    assertEquals(200, answer.statusCode(), answer.body());
    return Integer.parseInt(answer.headers().firstValue("Model-Version").orElseThrow());
  }

  /** Asks from many connections until it is told to stop, and gives what was answered. */
  private List<Future<Set<String>>> load(
      AtomicBoolean stop, byte[] picture, Function<HttpResponse<String>, String> told) {
    Callable<Set<String>> one =
        () -> {
          var answers = new TreeSet<String>();
          while (!stop.get()) {
            answers.add(told.apply(client.predict(picture).join()));
          }
          return answers;
        };
    return IntStream.range(0, CLIENTS).mapToObj(number -> clients.submit(one)).toList();
  }

  private static String statusAndVersion(HttpResponse<String> answer) {
    return answer.statusCode() + " by " + answer.headers().firstValue("Model-Version").orElse("");
  }

  private static Set<String> all(List<Future<Set<String>>> load) throws Exception {
    var all = new TreeSet<String>();
    for (var one : load) {
      all.addAll(one.get());
    }
    return all;
  }

  @Test
  void promotionsAndRollbacksUnderLoadLoseNoRequest() throws Exception {
    add(2);
    start(VersionsTest::numbers);
    var stop = new AtomicBoolean();
    var load =
        load(
            stop,
            Client.png(7),
            answer -> {
              var told = new Gson().fromJson(answer.body(), JsonObject.class);
              return statusAndVersion(answer) + " " + told.get("label");
            });
    for (int round = 0; round < 15; round++) {
      models.promote("pets", 2);
      awaitVersions("2");
      models.rollback("pets");
      awaitVersions("1");
    }
    stop.set(true);
    assertEquals(Set.of("200 by 1 \"class 1\"", "200 by 2 \"class 2\""), all(load));
    assertEquals("", service.problem());
  }

  @Test
  void realModelsChangeUnderLoadAsWell() throws Exception {
    models.add("pets", Samples.MODEL + ".onnx");
    models.add("pets", Samples.MODEL + ".int8.onnx");
    models.promote("pets", 1);
    service = Serve.start(models, "pets", OPTIONS.queue(1000));
    client = new Client(service);
    byte[] picture;
    try (var in =
        Samples.class.getResourceAsStream("/gristmill/images/" + Samples.names().get(0))) {
      picture = in.readAllBytes();
    }
    var stop = new AtomicBoolean();
    var load = load(stop, picture, VersionsTest::statusAndVersion);
    models.promote("pets", 2);
    awaitVersions("2");
    models.rollback("pets");
    awaitVersions("1");
    stop.set(true);
    Set<String> seen = all(load);
    assertTrue(Set.of("200 by 1", "200 by 2").containsAll(seen), seen.toString());
  }

  @Test
  void aVersionThatWasCorruptedIsRefusedAndTheOneThatServesStays() throws Exception {
    add(2);
    start(VersionsTest::numbers);
    Path file = folder.resolve("models/pets/2/model.onnx");
    Files.writeString(file, "version X, and longer");
    assertThrows(GristmillException.class, () -> models.promote("pets", 2));

    // As if it had been corrupted after the promotion.
    Path log = folder.resolve("models/pets/log");
    String last = Files.readString(log.resolve("00000003.json"));
    String promoted =
        last.replace("\"champion\": 1", "\"champion\": 2")
            .replace("\"former\": []", "\"former\": [1]")
            .replace("\"revision\": 3", "\"revision\": 4");
    Files.writeString(log.resolve("new"), promoted);
    Files.move(log.resolve("new"), log.resolve("00000004.json"));

    await(() -> !service.problem().isEmpty());
    assertTrue(service.problem().startsWith("version 2 is not served"), service.problem());
    assertTrue(service.problem().contains("pets/2/model.onnx"), service.problem());
    assertEquals(1, answeredBy());
    assertTrue(rollout().get("problem").getAsString().contains("pets/2/model.onnx"));

    models.rollback("pets", "it is corrupted"); // nothing to load
    await(() -> service.problem().isEmpty());
    assertEquals(1, answeredBy());
  }

  @Test
  void aVersionWhoseWorkersFailIsNotTakenAndTheNextOneIs() throws Exception {
    add(3);
    start(
        version ->
            version.number() == 2
                ? ActorPool.of(
                    1,
                    device -> {
                      throw new IOException("no such operator");
                    })
                : numbers(version));
    models.promote("pets", 2);
    await(() -> service.problem().contains("no such operator"));
    assertEquals(1, answeredBy());
    models.promote("pets", 3);
    awaitVersions("3");
    assertEquals("", service.problem());
    assertEquals(3, answeredBy());
  }

  @Test
  void aChallengerInShadowIsComparedAndAnswersNobody() throws Exception {
    add(2);
    // The second version sees pictures that are wider than 8 otherwise.
    start(
        version ->
            ActorPool.of(
                1,
                device ->
                    batch ->
                        batch.stream()
                            .map(i -> prediction(i.width() > 8 ? version.number() : 0))
                            .toList()));
    models.challenge("pets", 2, 0, "a try");
    awaitVersions("1", "2");
    for (int width = 1; width <= 12; width++) {
      var answer = client.predict(Client.png(width)).join();
      assertEquals("1", answer.headers().firstValue("Model-Version").orElseThrow());
    }
    await(() -> rollout().get("compared").getAsInt() == 12);
    assertEquals(8, rollout().get("same").getAsInt());
    assertEquals(12, rollout().getAsJsonObject("champion").get("answered").getAsInt());
    assertEquals(12, rollout().getAsJsonObject("challenger").get("answered").getAsInt());
    models.withdraw("pets", "enough");
    awaitVersions("1");
  }

  @Test
  void aChallengerInShadowThatHangsHoldsNobodyUp() throws Exception {
    add(2);
    var hung = new CountDownLatch(1);
    start(
        version ->
            ActorPool.of(
                1,
                device ->
                    batch -> {
                      if (version.number() == 2 && batch.get(0).width() == 7) {
                        hung.await();
                      }
                      return batch.stream().map(i -> prediction(version.number())).toList();
                    }));
    models.challenge("pets", 2, 0, "a try");
    awaitVersions("1", "2");
    for (int i = 0; i < 200; i++) {
      assertEquals(1, answeredBy());
    }
    await(() -> rollout().get("skipped").getAsInt() > 0);
    hung.countDown();
  }

  @Test
  void aShareOfTheRequestsIsAnsweredByTheChallenger() throws Exception {
    add(2);
    start(VersionsTest::numbers);
    models.challenge("pets", 2, 0.3, "a try");
    awaitVersions("1", "2");
    int second = 0;
    for (int i = 0; i < 400; i++) {
      second += answeredBy() == 2 ? 1 : 0;
    }
    // 120 are expected, with a standard deviation of 9.
    assertTrue(second > 75 && second < 165, second + " of 400");
    assertEquals(second, rollout().getAsJsonObject("challenger").get("answered").getAsInt());
  }

  @Test
  void aVersionCanBeAskedForAndTheProtocolTellsThem() throws Exception {
    add(3);
    start(VersionsTest::numbers);
    models.challenge("pets", 3, 0, "a try");
    awaitVersions("1", "3");
    String body =
        """
        {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": ["%s"]}]}
        """
            .formatted(Base64.getEncoder().encodeToString(Client.png(5)));
    var publisher = BodyPublishers.ofString(body);
    var third = client.post("/v2/models/pets/versions/3/infer", publisher).join();
    assertTrue(third.body().contains("\"model_version\":\"3\""), third.body());
    var second = client.post("/v2/models/pets/versions/2/infer", publisher).join();
    assertEquals(404, second.statusCode());
    assertTrue(second.body().contains("there is no version 2; there are [1, 3]"), second.body());
    assertTrue(client.get("/v2/models/pets").body().contains("\"versions\":[\"1\",\"3\"]"));
    assertEquals(200, client.get("/v2/models/pets/versions/3/ready").statusCode());
    assertEquals(404, client.get("/v2/models/pets/versions/2/ready").statusCode());
    String stats = client.get("/v2/models/pets/versions/3/stats").body();
    assertTrue(stats.contains("\"version\":\"3\""), stats);
  }

  @Test
  void whatIsWrongWithTheFailedAnswersIsCountedForTheVersionThatGaveThem() throws Exception {
    add(2);
    start(
        version ->
            ActorPool.of(
                1,
                device ->
                    (BatchWorker<Image, Prediction>)
                        batch -> {
                          if (version.number() == 2 && batch.get(0).width() == 7) {
                            throw new IllegalStateException("bad weights");
                          }
                          return batch.stream().map(i -> prediction(version.number())).toList();
                        }));
    models.challenge("pets", 2, 1, "all of them");
    awaitVersions("1", "2");
    assertEquals(500, client.predict(Client.png(7)).join().statusCode());
    assertEquals(
        400, client.predict("no picture".getBytes(StandardCharsets.US_ASCII)).join().statusCode());
    assertEquals(200, client.predict(Client.png(8)).join().statusCode());
    var challenger = rollout().getAsJsonObject("challenger");
    assertEquals(1, challenger.get("failed").getAsInt(), "400 is the client's");
    assertEquals(1, challenger.get("answered").getAsInt());
  }

  @Test
  void aChallengerThatBreaksIsNotAskedAnyMoreAndSaysSo() throws Exception {
    add(2);
    start(
        version ->
            ActorPool.<Image, Prediction>of(
                    1,
                    device ->
                        batch -> {
                          if (version.number() == 2 && batch.get(0).width() == 7) {
                            throw new AssertionError("killed");
                          }
                          return batch.stream().map(i -> prediction(version.number())).toList();
                        })
                .restarts(0));
    models.challenge("pets", 2, 1, "all of them");
    awaitVersions("1", "2");
    assertEquals(503, client.predict(Client.png(7)).join().statusCode());
    for (int i = 0; i < 20; i++) {
      assertEquals(1, answeredBy());
    }
    await(() -> !service.problem().isEmpty());
    assertTrue(service.problem().startsWith("version 2 broke: "), service.problem());
    assertTrue(service.problem().contains("killed"), service.problem());
    assertEquals(service.problem(), rollout().get("problem").getAsString());
    assertEquals(503, client.get("/v2/models/pets/versions/2/ready").statusCode());
    assertEquals(200, client.get("/v2/health/ready").statusCode());

    models.challenge("pets", 2, 0, "again, in shadow"); // has it start again
    await(() -> service.problem().isEmpty());
    assertEquals(1, answeredBy()); // and break
    await(() -> !service.problem().isEmpty());
    long skipped = rollout().get("skipped").getAsLong();
    assertEquals(1, answeredBy());
    assertEquals(skipped + 1, rollout().get("skipped").getAsLong());
  }

  @Test
  void whatIsAddedOrNamedDuringATrialLeavesItsCountersAlone() throws Exception {
    add(2);
    start(VersionsTest::numbers);
    models.challenge("pets", 2, 1, "all of them");
    awaitVersions("1", "2");
    for (int i = 0; i < 5; i++) {
      assertEquals(2, answeredBy());
    }
    models.add("pets", folder.resolve("a.onnx").toString());
    models.alias("pets", "staging", 3);
    long revision = models.state("pets").revision();
    await(() -> rollout().get("revision").getAsLong() == revision);
    assertEquals(5, rollout().getAsJsonObject("challenger").get("answered").getAsInt());
  }

  @Test
  @Timeout(20)
  void aReadThatFailedIsNoProblemOnceOneSucceeds() throws Exception {
    add(1);
    start(VersionsTest::numbers);
    Path entry = folder.resolve("models/pets/log/00000003.json");
    Files.writeString(entry, "rotten");
    await(() -> service.problem().contains("00000003.json"));
    Files.delete(entry);
    await(() -> service.problem().isEmpty());
  }

  @Test
  void aVersionAnswersWhatItHasTakenHoweverShortTheServiceDrains() throws Exception {
    add(2);
    var working = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    service =
        Serve.start(
            models,
            "pets",
            version ->
                ActorPool.of(
                    1,
                    device ->
                        batch -> {
                          if (version.number() == 1 && batch.get(0).width() == 8) {
                            working.countDown();
                            goOn.await();
                          }
                          return batch.stream().map(i -> prediction(version.number())).toList();
                        }),
            OPTIONS.drain(Duration.ZERO));
    client = new Client(service);
    var taken = client.predict(Client.png(8));
    working.await();
    models.promote("pets", 2);
    awaitVersions("2");
    assertEquals(2, answeredBy());
    goOn.countDown();
    assertEquals("200 by 1", statusAndVersion(taken.join()));
  }

  @Test
  void aNameAsLongAsARepositoryTakesIsServed() throws Exception {
    add(1);
    String name = "x".repeat(100);
    models.add(name, folder.resolve("a.onnx").toString());
    models.promote(name, 1);
    service = Serve.start(models, name, VersionsTest::numbers, OPTIONS);
    client = new Client(service);
    assertEquals(1, answeredBy());
    assertEquals(200, client.get("/v2/models/" + name + "/ready").statusCode());
  }

  @Test
  void aServiceBelowAPathOfItsOwnIsAskedThere() {
    for (String uri : List.of("https://host/team", "https://host/team/")) {
      var behindAProxy = new Traffic.Service(URI.create(uri), "");
      assertEquals(URI.create("https://host/team/predict"), behindAProxy.at("/predict"));
    }
  }

  @Test
  void aModelWithoutAChampionIsNotServed() throws IOException {
    add(1);
    String message =
        assertThrows(GristmillException.class, () -> Serve.start(models, "dogs", OPTIONS))
            .getMessage();
    assertTrue(message.contains("there is no model \"dogs\""), message);
  }

  @Test
  void nothingIsLeftOfAServiceThatIsClosed() throws Exception {
    add(2);
    start(VersionsTest::numbers);
    models.challenge("pets", 2, 0.5, "a try");
    awaitVersions("1", "2");
    service.close();
    assertEquals(List.of(), Session.start().threads());
  }

  @Test
  void anInterruptedThreadLeavesNothingOfAServiceWhoseVersionsAreBeingLoaded() throws Exception {
    add(3);
    var loading = new CountDownLatch(1);
    service =
        Serve.start(
            models,
            "pets",
            version ->
                version.number() < 3
                    ? numbers(version)
                    : ActorPool.of(
                        1,
                        device -> {
                          loading.countDown();
                          new CountDownLatch(1).await();
                          return null;
                        }),
            OPTIONS.look(Duration.ofMillis(500))); // one look for both
    models.promote("pets", 2);
    models.challenge("pets", 3, 0.5, "a try");
    loading.await();
    Thread.currentThread().interrupt();
    service.close();
    assertTrue(Thread.interrupted());
    assertEquals(List.of(), Session.start().threads());
  }
}
