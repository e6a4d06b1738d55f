package org.gristmill.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
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

  /** A model that is never loaded. */
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
          if (failing && version.number() == 2 && batch.get(0).width() < FIRST) {
            throw new IllegalStateException("bad weights");
          }
          return batch.stream().map(i -> new Prediction(1, "one", 1, List.of())).toList();
        };
    return ActorPool.of(1, device -> worker);
  }

  private Serve serve() throws IOException {
    models.add("pets", file("one"));
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
      var outcome = deployment(service).deploy(file("two"));
      assertTrue(outcome.promoted(), outcome.toString());
      assertEquals(
          List.of(
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
      for (String part : List.of("2 added", "2 in shadow", "2 shadow passed", "2 promoted")) {
        assertTrue(log.contains(part), log);
      }
    }
  }

  @Test
  void aVersionThatFailsInShadowIsWithdrawnAndNobodyNoticed() throws Exception {
    var service = serve();
    failing = true;
    try (var traffic = new Traffics(service, PICTURES)) {
      var outcome = deployment(service).deploy(file("two"));
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
      var outcome = deployment(service).deploy(file("two"));
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
    models.add("pets", file("one"));
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
    var outcome = deployment(service).deploy(file("two"));
    assertTrue(outcome.why().contains("no such operator"), outcome.why());
    assertEquals(OptionalInt.empty(), models.versions("pets").challenger());
  }

  @Test
  void withoutTrafficAVersionIsWithdrawnInTime() throws Exception {
    var service = serve();
    var outcome = deployment(service).patience(Duration.ofMillis(300)).deploy(file("two"));
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
    var outcome = deployment(service).deploy(file("two"));
    other.join();
    assertTrue(outcome.why().contains("somebody else"), outcome.why());
    assertEquals(OptionalInt.of(1), models.versions("pets").champion());
  }

  @Test
  void aServiceThatDoesNotAnswerBreaksTheDeploymentOffAndTakesItBack() throws Exception {
    serve().close();
    var deployment = Deployment.of(models, "pets").service(URI.create("http://127.0.0.1:9"), "");
    String message =
        assertThrows(GristmillException.class, () -> deployment.deploy(file("two"))).getMessage();
    assertTrue(message.contains("cannot ask http://127.0.0.1:9/v2/models/pets/stats"), message);
    assertEquals(OptionalInt.empty(), models.versions("pets").challenger());
    assertTrue(models.audit("pets").toString().contains("broke off"));
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
    var run = images.mapBatches(4, ImageClassifier.pool(Samples.MODEL + ".onnx")).toList();
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
    var first = gated.deploy(Samples.MODEL + ".onnx");
    assertTrue(first.promoted(), first.toString());
    assertEquals(List.of("golden rows passed", "accuracy passed"), results(first).subList(0, 2));

    String wrong = wronglyNormalised();
    var golden = gated.deploy(wrong);
    assertFalse(golden.promoted());
    assertTrue(golden.why().startsWith("golden rows: "), golden.why());

    var worse = gated.golden(Map.of()).deploy(wrong);
    assertFalse(worse.promoted());
    assertTrue(worse.why().startsWith("accuracy: "), worse.why());
    assertTrue(worse.why().contains("WORSE"), worse.why());

    var slow = gated.gates(Gates.standard().withSlowdown(0.01)).deploy(Samples.MODEL + ".onnx");
    assertTrue(slow.why().startsWith("speed: "), slow.why());

    // The same model again is right, and so few pictures cannot show that it is no worse.
    var open = gated.gates(Gates.standard().withSlowdown(1000).withNoWorse());
    assertTrue(open.deploy(Samples.MODEL + ".onnx").why().startsWith("accuracy: "));
    assertEquals(OptionalInt.of(1), models.versions("pets").champion());
  }

  // As a command.

  private static Process command(String token, Path output, String... arguments)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
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

  @Test
  void theCommandTellsAPipelineByItsStatus() throws Exception {
    String repository = folder.resolve("models").toString();
    assertPart("Usage: kernel/deploy", run(2));
    assertPart("give a MODEL", run(2, repository, "pets"));
    assertPart("there is no model \"pets\"", run(2, repository, "pets", "--log"));
    assertPart("no model 'nothing'", run(2, repository, "pets", "nothing"));
    assertPart("need --images", run(2, repository, "pets", "--labels", "a.csv", file("one")));
    assertPart("version 1 promoted", run(0, repository, "pets", file("one")));
    assertPart("version 2 promoted", run(0, repository, "pets", file("two")));
    assertPart("champion 1", run(0, repository, "pets", "--rollback"));
    assertPart("2 rolled back", run(0, repository, "pets", "--log"));

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
            Samples.MODEL + ".onnx",
            "--images",
            folder.resolve("pictures").toString(),
            "--golden",
            labels.toString());
    assertPart("golden rows", refused);
    assertPart("0 of", refused);
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
            file("two"),
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
