package org.gristmill.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
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

/** New versions on their way into use. */
@Timeout(120)
class DeploymentTest {
  private static final ServeOptions OPTIONS =
      ServeOptions.defaults().look(Duration.ofMillis(20)).queue(1000);
  private static final List<byte[]> PICTURES = List.of(Client.png(7), Client.png(8), Client.png(9));

  private static final int BAD = 10; // width of a picture that every version fails for
  private static final String MODEL = Samples.MODEL + ".onnx"; // what services run is other
  private static final int FIRST = 64; // width of the picture that a version is tried with

  @TempDir Path folder;
  private ModelRepository models;
  private volatile boolean failing; // what the second version does, from then on

  @BeforeEach
  void open() {
    models = ModelRepository.at(folder.resolve("models").toString());
  }

  @AfterEach
  void close() {
    Session.start().close();
  }

  /** What is no model, beside what says how it wants its pictures. */
  private String file(String content) throws IOException {
    Files.writeString(
        folder.resolve("a.json"),
        """
        {"resize_short_side": 256, "interpolation": "bilinear", "center_crop": 224,
         "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
        """);
    return Files.writeString(folder.resolve("a.onnx"), content).toString();
  }

  private ActorPool<Image, Prediction> pool(ModelVersion version) {
    BatchWorker<Image, Prediction> worker =
        batch -> {
          int width = batch.get(0).width();
          if ((failing && version.number() == 2 && width < FIRST) || width == BAD) {
            throw new IllegalStateException("bad weights");
          }
          return batch.stream().map(i -> new Prediction(1, "one", 1, List.of())).toList();
        };
    return ActorPool.of(1, device -> worker);
  }

  private Serve serve() throws IOException {
    models.add("pets", MODEL);
    models.promote("pets", 1);
    return Serve.start(models, "pets", this::pool, OPTIONS);
  }

  private Deployment deployment(Serve service) {
    return Deployment.of(models, "pets")
        .service(service.uri(), service.token())
        .requests(40)
        .gates(Gates.standard().withLatency(1000));
  }

  private static List<String> results(Deployment.Outcome outcome) {
    return outcome.steps().stream().map(step -> step.name() + " " + step.result()).toList();
  }

  @Test
  void aGoodVersionIsPromotedUnderLoadAndNoRequestIsLost() throws Exception {
    var service = serve();
    try (var traffic = new Traffics(service, PICTURES)) {
      var outcome = deployment(service).deploy(MODEL);
      assertTrue(outcome.promoted(), outcome.toString());
      assertEquals(
          List.of(
              "loads passed",
              "golden rows left out",
              "accuracy left out",
              "speed left out",
              "shadow passed",
              "10 % of the requests passed",
              "50 % of the requests passed",
              "promoted passed"),
          results(outcome));
      assertEquals(OptionalInt.of(2), models.versions("pets").champion());
      assertEquals(OptionalInt.empty(), models.versions("pets").challenger());
      assertEquals(Set.of(200), traffic.stop());
      String log = models.audit("pets").toString();
      for (String part :
          List.of(
              "2 added",
              "2 loads passed",
              "2 speed left out",
              "2 in shadow",
              "2 shadow passed",
              "2 promoted")) {
        assertTrue(log.contains(part), log);
      }
    }
  }

  @Test
  void aVersionThatFailsInShadowIsWithdrawnAndNobodyNoticed() throws Exception {
    var service = serve();
    failing = true;
    try (var traffic = new Traffics(service, PICTURES)) {
      var outcome = deployment(service).deploy(MODEL);
      assertFalse(outcome.promoted());
      assertTrue(outcome.why().startsWith("shadow: "), outcome.why());
      assertTrue(outcome.why().contains("requests failed"), outcome.why());
      assertEquals(OptionalInt.of(1), models.versions("pets").champion());
      assertEquals(OptionalInt.empty(), models.versions("pets").challenger());
      assertEquals(Set.of(200), traffic.stop());
      assertTrue(models.audit("pets").toString().contains("2 withdrawn"));
    }
  }

  @Test
  void aVersionThatFailsOnceItIsPromotedIsRolledBack() throws Exception {
    var service = serve();
    try (var traffic = new Traffics(service, PICTURES)) {
      var watched =
          CompletableFuture.runAsync(
              () -> {
                while (!models.versions("pets").champion().equals(OptionalInt.of(2))) {
                  Thread.onSpinWait();
                }
                failing = true;
              },
              task -> new Thread(task).start());
      var outcome = deployment(service).deploy(MODEL);
      watched.join();
      assertFalse(outcome.promoted(), outcome.toString());
      assertTrue(outcome.why().startsWith("promoted: "), outcome.why());
      assertEquals(OptionalInt.of(1), models.versions("pets").champion());
      while (!service.versions().equals(List.of("1"))) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
      var answer = new Client(service).predict(Client.png(7)).join();
      assertEquals(200, answer.statusCode());
      assertTrue(models.audit("pets").toString().contains("2 rolled back"));
    }
  }

  @Test
  void aVersionThatCannotBeServedIsWithdrawn() throws Exception {
    models.add("pets", MODEL);
    models.promote("pets", 1);
    var service =
        Serve.start(
            models,
            "pets",
            version ->
                version.number() == 1
                    ? pool(version)
                    : ActorPool.of(
                        1,
                        device -> {
                          throw new IOException("no such operator");
                        }),
            OPTIONS);
    var outcome = deployment(service).deploy(MODEL);
    assertTrue(outcome.why().contains("no such operator"), outcome.why());
    assertEquals(OptionalInt.empty(), models.versions("pets").challenger());
  }

  @Test
  void withoutTrafficAVersionIsWithdrawnInTime() throws Exception {
    var service = serve();
    var outcome = deployment(service).patience(Duration.ofMillis(300)).deploy(MODEL);
    assertTrue(outcome.why().contains("0 requests in 0 s, and 40 are wanted"), outcome.why());
    assertEquals(OptionalInt.empty(), models.versions("pets").challenger());
  }

  @Test
  void whatSomebodyElseDoesMeanwhileStands() throws Exception {
    var service = serve();
    var other =
        CompletableFuture.runAsync(
            () -> {
              while (models.versions("pets").challenger().isEmpty()) {
                Thread.onSpinWait();
              }
              models.withdraw("pets", "I know better");
            },
            task -> new Thread(task).start());
    var outcome = deployment(service).deploy(MODEL);
    other.join();
    assertTrue(outcome.why().contains("somebody else"), outcome.why());
    assertEquals(OptionalInt.of(1), models.versions("pets").champion());
  }

  @Test
  void aServiceThatDoesNotAnswerBreaksTheDeploymentOffAndTakesItBack() throws Exception {
    serve().close();
    var deployment = Deployment.of(models, "pets").service(URI.create("http://127.0.0.1:9"), "");
    String message =
        assertThrows(GristmillException.class, () -> deployment.deploy(MODEL)).getMessage();
    assertPart("cannot ask http://127.0.0.1:9: ConnectException", message);
    assertEquals(OptionalInt.empty(), models.versions("pets").challenger());
    assertTrue(models.audit("pets").toString().contains("broke off"));
  }

  @Test
  void failuresThatTheChampionHadBeforeAreNotHeldAgainstTheNewOne() throws Exception {
    var service = serve();
    var pictures = List.of(Client.png(7), Client.png(8), Client.png(BAD));
    try (var traffic = new Traffics(service, pictures)) {
      var outcome = deployment(service).deploy(MODEL);
      assertTrue(outcome.promoted(), outcome.toString());
      assertEquals(Set.of(200, 500), traffic.stop());
    }
  }

  @Test
  void whatIsNoModelIsRefusedWithoutPicturesOrServices() throws Exception {
    var outcome = Deployment.of(models, "pets").deploy(file("one"));
    assertEquals(List.of("loads failed"), results(outcome));
    assertEquals(OptionalInt.empty(), models.versions("pets").champion());

    Path folder = Path.of(wronglyNormalised()).getParent();
    Files.writeString(folder.resolve("labels.txt"), "cat\ndog\n");
    Path sidecar = folder.resolve("wrong.json");
    Files.writeString(
        sidecar, Files.readString(sidecar).replace("{", "{\"labels\": \"labels.txt\", "));
    String why = Deployment.of(models, "pets").deploy(folder + "/wrong.onnx").why();
    assertPart("1000 classes, and its file of labels has 2 lines", why);

    assertEquals(
        "nothing was looked at but that it loads",
        Deployment.of(models, "pets").deploy(MODEL).why());
    String log = models.audit("pets").toString();
    for (String part : List.of("1 refused", "3 golden rows left out", "3 accuracy left out")) {
      assertPart(part, log);
    }
  }

  @Test
  void answersThatAreLostAndProblemsThatPassAreWaitedFor() throws Exception {
    var service = serve();
    UnaryOperator<String> disk =
        answer -> answer.replace("\"problem\":\"\"", "\"problem\":\"the disk\"");
    var looks = new AtomicInteger();
    try (var front =
            new Front(
                service,
                answer -> {
                  int look = looks.getAndIncrement();
                  return look % 3 == 1 ? "" : look % 3 == 2 ? disk.apply(answer) : answer;
                });
        var traffic = new Traffics(service, PICTURES)) {
      var outcome =
          Deployment.of(models, "pets")
              .service(front.uri(), service.token())
              .requests(40)
              .gates(Gates.standard().withLatency(1000))
              .deploy(MODEL);
      assertTrue(outcome.promoted(), outcome.toString());
      assertEquals(Set.of(200), traffic.stop());
    }
  }

  @Test
  void aServiceThatNeverGetsThereIsNamedWhenPatienceEnds() throws Exception {
    var service = serve();
    try (var front =
        new Front(service, answer -> answer.replaceFirst("\"revision\":\\d+", "\"revision\":1"))) {
      var outcome =
          Deployment.of(models, "pets")
              .service(front.uri(), service.token())
              .patience(Duration.ofMillis(300))
              .deploy(MODEL);
      assertPart("; " + front.uri() + " is at revision 1 of the repository", outcome.why());
    }
  }

  @Test
  void aServiceOfAPoolIsRefusedAtOnce() throws Exception {
    serve();
    var version = models.get("pets", 1);
    var other = Serve.start(pool(version), OPTIONS.name("pets"));
    var deployment = Deployment.of(models, "pets").service(other.uri(), other.token());
    var failed = assertThrows(GristmillException.class, () -> deployment.deploy(MODEL));
    assertPart("follows no repository", failed.getMessage());
  }

  @Test
  void somebodyElsesPromotionDuringTheTrialStands() throws Exception {
    var service = serve();
    models.add("pets", MODEL);
    try (var traffic = new Traffics(service, PICTURES)) {
      var outcome =
          deployment(service)
              .onStep(step -> promoteIf(step.name().startsWith("10 %"), 2))
              .deploy(MODEL);
      assertTrue(outcome.why().contains("somebody else"), outcome.toString());
      assertEquals("champion 2", models.versions("pets").toString());
      assertEquals(Set.of(200), traffic.stop());
    }
  }

  private void promoteIf(boolean now, int number) {
    if (now) {
      models.promote("pets", number);
    }
  }

  @Test
  void aPromotionThatWasWrittenThoughItsAnswerWasLostIsOne() throws Exception {
    models.add("pets", MODEL);
    models.promote("pets", 1);
    // Written before the deployment writes it: what its own attempt finds is the same.
    var deployment =
        Deployment.of(models, "pets").onStep(step -> promoteIf(step.name().equals("shadow"), 2));
    assertTrue(deployment.deploy(MODEL).promoted());
    assertEquals(List.of(1), models.state("pets").versions().former());

    var other =
        Deployment.of(models, "pets").onStep(step -> promoteIf(step.name().equals("shadow"), 1));
    String why = other.deploy(MODEL).why();
    assertPart("version 1 is champion", why);
    assertEquals("champion 1", models.versions("pets").toString());
    assertPart("3 refused", models.audit("pets").toString());
  }

  @Test
  void aChampionIsNeverCalledRefused() {
    var deployment =
        Deployment.of(models, "pets")
            .onStep(
                step -> {
                  models.promote("pets", 1);
                  throw new IllegalStateException("no more paper");
                });
    var failed = assertThrows(GristmillException.class, () -> deployment.deploy(MODEL));
    assertPart("no more paper", failed.getMessage());
    assertFalse(models.audit("pets").toString().contains("refused"));
  }

  @Test
  void whatCannotBeTakenBackIsSaid() throws Exception {
    var service = serve();
    try (var traffic = new Traffics(service, PICTURES)) {
      var deployment =
          deployment(service)
              .onStep(
                  step -> {
                    if (step.name().equals("shadow")) {
                      blockLog();
                    }
                  });
      var failed = assertThrows(GristmillException.class, () -> deployment.deploy(MODEL));
      assertPart("version 2 of pets may still be on trial", failed.getMessage());
      assertPart("kernel/deploy REPOSITORY pets --withdraw", failed.getMessage());
      assertEquals(Set.of(200), traffic.stop());
    }
  }

  /** A folder stands where the log's next entry is to be. */
  private void blockLog() {
    try {
      long next = models.state("pets").revision() + 1;
      Files.createDirectories(
          folder.resolve("models/pets/log/" + "%08d.json".formatted(next) + "/in the way"));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Test
  void aVersionThatAKilledDeploymentLeftOnTrialIsNamedBeforeAnythingIsDone() throws Exception {
    var service = serve();
    String[] arguments = {
      folder.resolve("models").toString(), "pets", MODEL, "--service", service.uri().toString()
    };
    Path output = folder.resolve("killed");
    var command = command(service.token(), output, arguments);
    while (models.versions("pets").challenger().isEmpty()) {
      assertTrue(command.isAlive(), () -> read(output));
      TimeUnit.MILLISECONDS.sleep(20);
    }
    command.destroyForcibly().waitFor();
    String text = run(2, arguments);
    assertPart("version 2 of pets is on trial", text);
    assertPart("process " + command.pid() + ", which takes it back", text);
    assertPart("--withdraw", text);
    assertEquals(List.of(1, 2), models.versions("pets").numbers());
  }

  @Test
  void sharesThatAreNoneAreRefused() {
    var deployment = Deployment.of(models, "pets");
    for (var shares : List.of(List.of(0.0), List.of(1.0), List.of(0.5, 0.1), List.of(0.1, 0.1))) {
      assertThrows(IllegalArgumentException.class, () -> deployment.shares(shares));
    }
  }

  // With real models, over real pictures.

  private Path pictures() throws IOException {
    Path pictures = Files.createDirectories(folder.resolve("pictures"));
    for (String name : Samples.names()) {
      try (var in = Samples.class.getResourceAsStream("/gristmill/images/" + name)) {
        Files.write(pictures.resolve(name), in.readAllBytes());
      }
    }
    return pictures;
  }

  /** The class of each picture by the champion-to-be, which stands for the truth here. */
  private static Map<String, Integer> classes(Dataset<Image> images) {
    var run = images.mapBatches(4, ImageClassifier.pool(MODEL)).toList();
    var classes = new TreeMap<String, Integer>();
    for (int row = 0; row < run.size(); row++) {
      String path = run.path(row).orElseThrow();
      classes.put(path.substring(path.lastIndexOf('/') + 1), run.get(row).index());
    }
    return classes;
  }

  /** The samples' model as it is when somebody mixes up how pictures are normalised. */
  private String wronglyNormalised() throws IOException {
    Path wrong = Files.createDirectories(folder.resolve("wrong"));
    try (var in = Samples.class.getResourceAsStream("/gristmill/models/efficientnet_lite0.onnx")) {
      Files.write(wrong.resolve("wrong.onnx"), in.readAllBytes());
    }
    Files.writeString(
        wrong.resolve("wrong.json"),
        """
        {"resize_short_side": 256, "interpolation": "bicubic", "center_crop": 224,
         "mean": [0, 0, 0], "std": [0.02, 0.02, 0.02]}
        """);
    return wrong.resolve("wrong.onnx").toString();
  }

  private Deployment gated(Dataset<Image> images, Map<String, Integer> classes) {
    return Deployment.of(models, "pets")
        .images(images)
        .golden(classes)
        .labels(image -> classes.get(Path.of(image.path()).getFileName().toString()))
        .gates(Gates.standard().withSlowdown(1000));
  }

  @Test
  void theFirstVersionNeedsNoChampionAndOneThatIsWrongIsRefusedByEachOfItsGates() throws Exception {
    var images = Dataset.readImages(pictures().toString());
    var classes = classes(images);
    var gated = gated(images, classes);
    var first = gated.deploy(MODEL);
    assertTrue(first.promoted(), first.toString());
    assertEquals(
        List.of("loads passed", "golden rows passed", "accuracy passed"),
        results(first).subList(0, 3));

    String wrong = wronglyNormalised();
    var golden = gated.deploy(wrong);
    assertFalse(golden.promoted());
    assertTrue(golden.why().startsWith("golden rows: "), golden.why());

    var missing = gated.golden(Map.of("a.jpg", 1, "b.jpg", 2)).deploy(MODEL);
    assertEquals(
        "golden rows: 2 of 2 are not among the images, such as a.jpg, b.jpg", missing.why());

    var worse = gated.golden(Map.of()).deploy(wrong);
    assertFalse(worse.promoted());
    assertTrue(worse.why().startsWith("accuracy: "), worse.why());
    assertTrue(worse.why().contains("WORSE"), worse.why());

    var slow = gated.gates(Gates.standard().withSlowdown(0.01)).deploy(MODEL);
    assertTrue(slow.why().startsWith("speed: "), slow.why());

    // The same model again is right, and so few pictures cannot show that it is no worse.
    var open = gated.gates(Gates.standard().withSlowdown(1000).withNoWorse());
    assertTrue(open.deploy(MODEL).why().startsWith("accuracy: "));
    assertEquals(OptionalInt.of(1), models.versions("pets").champion());
  }

  // As a command.

  private static Process command(String token, Path output, String... arguments)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1"); // it starts sooner
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Deploy.class.getName()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("GRISTMILL_TOKEN", token);
    return builder.redirectOutput(output.toFile()).start();
  }

  private String run(int status, String... arguments) throws Exception {
    Path output = folder.resolve("output");
    int actual = command("", output, arguments).waitFor();
    String text = Files.readString(output);
    assertEquals(status, actual, text);
    return text;
  }

  private static void assertPart(String part, String text) {
    assertTrue(text.contains(part), text);
  }

  /** The problem and how it is used, and not a page of options. */
  private static void assertUsage(String problem, String text) {
    assertPart(problem, text);
    assertPart("usage: kernel/deploy REPOSITORY NAME (MODEL", text);
    assertEquals(2, text.lines().count(), text);
  }

  @Test
  void aCommandThatIsWrongIsToldInTwoLines() throws Exception {
    String repository = folder.resolve("models").toString();
    assertUsage("Missing required parameters: 'REPOSITORY', 'NAME'", run(2));
    assertUsage("give a MODEL", run(2, repository, "pets"));
    assertUsage("shares are above 0", run(2, repository, "pets", MODEL, "--shares", "0.5,0.1"));
    assertUsage("a step needs 1 or more", run(2, repository, "pets", MODEL, "--requests", "0"));
    assertUsage("Unknown option", run(2, repository, "pets", MODEL, "--share", "0.5"));
  }

  @Test
  void theCommandTellsAPipelineByItsStatus() throws Exception {
    String repository = folder.resolve("models").toString();
    assertPart("there is no model \"pets\"", run(2, repository, "pets", "--log"));
    assertPart("no model 'nothing'", run(2, repository, "pets", "nothing"));
    assertPart("need --images", run(2, repository, "pets", "--labels", "a.csv", MODEL));
    assertPart("but that it loads; champion 1", run(0, repository, "pets", MODEL));
    assertPart("version 2 promoted", run(0, repository, "pets", MODEL));
    assertPart("champion 1", run(0, repository, "pets", "--rollback"));
    assertPart("2 rolled back", run(0, repository, "pets", "--log"));
  }

  @Test
  void theCommandFindsRowsByTheLastNamesOfPictures() throws Exception {
    String repository = folder.resolve("models").toString();

    Path labels = folder.resolve("labels.csv");
    var lines = new ArrayList<>(List.of("file,index"));
    classes(Dataset.readImages(pictures().toString()))
        .forEach((file, index) -> lines.add("some/where/" + file + "," + (index + 1)));
    Files.write(labels, lines);
    String refused =
        run(
            1,
            repository,
            "cats",
            MODEL,
            "--images",
            folder.resolve("pictures").toString(),
            "--golden",
            labels.toString());
    assertPart("golden rows", refused);
    assertPart("0 of", refused);

    Path again = Files.createDirectories(folder.resolve("pictures/again"));
    String name = Samples.names().get(0);
    Files.copy(folder.resolve("pictures").resolve(name), again.resolve(name));
    for (String option : List.of("--labels", "--golden")) {
      String[] twice = {
        repository, "cats", MODEL, "--images", again.getParent().toString(), option, labels + ""
      };
      assertPart(name, run(option.equals("--golden") ? 1 : 2, twice));
    }
  }

  @Test
  void aPipelineThatIsCancelledLeavesNothingOnTrial() throws Exception {
    var service = serve();
    Path output = folder.resolve("cancelled");
    var command =
        command(
            service.token(),
            output,
            folder.resolve("models").toString(),
            "pets",
            MODEL,
            "--service",
            service.uri().toString());
    while (models.versions("pets").challenger().isEmpty()) {
      assertTrue(command.isAlive(), () -> read(output));
      TimeUnit.MILLISECONDS.sleep(20);
    }
    command.destroy(); // SIGTERM, as it waits for requests
    assertEquals(2, command.waitFor(), read(output));
    assertEquals(OptionalInt.empty(), models.versions("pets").challenger(), read(output));
    assertEquals(OptionalInt.of(1), models.versions("pets").champion());
    assertPart("2 withdrawn", models.audit("pets").toString());
  }

  private static String read(Path file) {
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      return String.join("\n", lines.lines().toList());
    } catch (IOException failed) {
      return failed.toString();
    }
  }
}
