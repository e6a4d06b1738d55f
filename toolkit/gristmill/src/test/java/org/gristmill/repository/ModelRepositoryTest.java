package org.gristmill.repository;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ModelRepository;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.Profile;
import org.gristmill.Watch;
import org.gristmill.model.Cache;
import org.gristmill.model.FileHash;
import org.gristmill.model.ModelPackage;
import org.gristmill.source.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelRepositoryTest {
  /** Where the repository is. */
  enum Where {
    FOLDER,
    S3
  }

  private static S3Server server;
  private static int prefixes;

  @TempDir Path temporary;

  @BeforeAll
  static void serve() throws Exception {
    server = new S3Server(AuthenticationType.NONE);
    System.setProperty("aws.endpointUrlS3", server.endpoint().toString());
  }

  @AfterAll
  static void close() throws Exception {
    System.clearProperty("aws.endpointUrlS3");
    server.close();
  }

  private String address(Where where) {
    return where == Where.FOLDER
        ? temporary.resolve("models").toString()
        : "s3://" + S3Server.BUCKET + "/models" + prefixes++;
  }

  /** A model that is never loaded: what is kept of it is its bytes. */
  private String model(String name, String content) throws IOException {
    Path folder = Files.createDirectories(temporary.resolve("exported-" + name));
    Files.writeString(folder.resolve(name + ".onnx"), content);
    Files.writeString(folder.resolve("labels.txt"), "cat\ndog\n");
    Files.writeString(
        folder.resolve(name + ".json"),
        """
        {"resize_short_side": 256, "interpolation": "bicubic", "center_crop": 224,
         "mean": [0.5, 0.25, 0.125], "std": [0.2, 0.4, 0.8], "labels": "labels.txt"}
        """);
    return folder.resolve(name + ".onnx").toString();
  }

  @ParameterizedTest
  @EnumSource
  void versionsAreAddedPromotedAndRolledBack(Where where) throws IOException {
    try (var models = ModelRepository.at(address(where))) {
      var first = models.add("pets", model("a", "one"), Map.of("top1", 0.5));
      assertEquals(1, first.number());
      assertEquals(OptionalInt.empty(), models.versions("pets").champion());
      assertThrows(GristmillException.class, () -> models.get("pets", "champion"));

      models.promote("pets", 1);
      var second = models.add("pets", model("b", "two"), Map.of("top1", 0.75));
      assertEquals(OptionalInt.of(1), second.parent());
      assertEquals(Map.of("top1", 0.75), second.metrics());
      assertEquals(1, models.get("pets", "champion").number(), "adding changes nothing");

      models.promote("pets", 2, "it is better");
      assertEquals(
          "two", Files.readString(Path.of(models.get("pets", "champion").model(), "model.onnx")));
      models.alias("pets", "staging", 1);
      assertEquals(List.of("staging"), models.versions("pets").aliases(1));

      assertEquals(1, models.rollback("pets", "it is not").number());
      assertEquals(1, models.get("pets", "champion").number());
      String message =
          assertThrows(GristmillException.class, () -> models.rollback("pets")).getMessage();
      assertTrue(message.contains("no champion before"), message);

      assertEquals(List.of("pets"), models.names());
      String audit = models.audit("pets").toString();
      for (String part :
          List.of(
              "1 added",
              "1 promoted",
              "2 promoted",
              "it is better",
              "1 named staging",
              "2 rolled back",
              "it is not")) {
        assertTrue(audit.contains(part), audit);
      }
      assertTrue(models.toString().contains("champion, staging"), models.toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWasThereWhenAVersionWasAddedComesBack(Where where) throws IOException {
    String address = address(where);
    try (var models = ModelRepository.at(address)) {
      models.add("pets", model("a", "one"));
    }
    try (var models = ModelRepository.at(address)) {
      var version = models.get("pets", 1);
      assertEquals(Preprocessing.of(model("a", "one")), Preprocessing.of(version.model()));
      assertEquals(
          List.of("cat", "dog"), Files.readAllLines(version.folder().resolve("labels.txt")));
    }
  }

  @Test
  void theFolderIsLaidOutAsTritonReadsIt() throws IOException {
    var models = ModelRepository.at(address(Where.FOLDER));
    models.add("pets", model("a", "one"));
    Path folder = temporary.resolve("models/pets");
    assertTrue(Files.isRegularFile(folder.resolve("1/model.onnx")));
    assertEquals(List.of("00000001.json"), names(folder.resolve("log")));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void whoMayReadAFolderIsForTheSystemToSay() throws IOException {
    var models = ModelRepository.at(address(Where.FOLDER));
    var version = models.add("pets", model("a", "one"));
    var usual = Files.getPosixFilePermissions(Files.createFile(temporary.resolve("usual")));
    Path entry = temporary.resolve("models/pets/log/00000001.json");
    assertEquals(usual, Files.getPosixFilePermissions(entry));
    assertEquals(usual, Files.getPosixFilePermissions(version.folder().resolve("model.onnx")));
  }

  @Test
  void whatElseLiesInALogIsNoEntry() throws IOException {
    var models = ModelRepository.at(address(Where.FOLDER));
    models.add("pets", model("a", "one"));
    Path log = temporary.resolve("models/pets/log");
    for (String name : List.of("Thumbs.db", "00000001.json~", "0000000002.json", "x.json")) {
      Files.createFile(log.resolve(name));
    }
    models = ModelRepository.at(address(Where.FOLDER));
    models.promote("pets", 1);
    assertEquals(2, models.state("pets").revision());
    assertTrue(models.audit("pets").toString().contains("1 promoted"));
    Files.writeString(log.resolve("00000003.json"), Files.readString(log.resolve("00000002.json")));
    assertMessage("log/00000003.json", ModelRepository.at(address(Where.FOLDER))::toString);
  }

  @Test
  void aDescriptionThatSaysTooLittleIsNamed() throws IOException {
    var models = ModelRepository.at(address(Where.FOLDER));
    var version = models.add("pets", model("a", "one"));
    Files.writeString(version.folder().resolve("model.json"), "{}");
    assertMessage("pets/1/model.json", models::toString);
    assertMessage("it has no \"metrics\"", models::toString);
  }

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aVersionOfWhichOneByteChangedIsRefusedAndTheChampionStays() throws IOException {
    var models = ModelRepository.at(address(Where.FOLDER));
    models.add("pets", model("a", "one"));
    models.promote("pets", 1);
    for (String file : List.of("model.onnx", "labels.txt", "model.json")) {
      var version = models.add("pets", model("b", "two"));
      Path path = version.folder().resolve(file);
      byte[] bytes = Files.readAllBytes(path);
      bytes[bytes.length - 2] ^= 1;
      Files.write(path, bytes);
      // The date may be the same within its resolution.
      Files.setLastModifiedTime(path, FileTime.fromMillis(1));
      for (Executable use :
          List.<Executable>of(
              () -> models.get("pets", version.number()),
              () -> models.promote("pets", version.number()),
              () -> models.challenge("pets", version.number(), 0.1, ""))) {
        String message = assertThrows(GristmillException.class, use).getMessage();
        assertTrue(message.contains("pets/" + version.number() + "/" + file), message);
      }
      assertEquals(OptionalInt.of(1), models.versions("pets").champion());
    }
  }

  @Test
  void aCopyFromS3ThatIsCorruptIsFetchedAgainAndACorruptObjectIsRefused() throws IOException {
    String address = address(Where.S3);
    try (var models = ModelRepository.at(address)) {
      // A content of its own: copies are kept between processes.
      String content = "one " + System.nanoTime();
      var version = models.add("pets", model("a", content));
      Path copy = version.folder().resolve("model.onnx");
      Files.writeString(copy, "rotten, and longer");
      assertEquals(copy, models.get("pets", 1).folder().resolve("model.onnx"));
      assertEquals(content, Files.readString(copy));

      String key =
          address.substring(("s3://" + S3Server.BUCKET + "/").length()) + "/pets/1/model.onnx";
      server.put(Map.of(key, "rotten".getBytes(StandardCharsets.US_ASCII)));
      Files.delete(copy);
      String message =
          assertThrows(GristmillException.class, () -> models.get("pets", 1)).getMessage();
      assertTrue(message.contains("pets/1/model.onnx"), message);
      assertFalse(Files.exists(copy), "what is not right gets no name");
    }
  }

  /** Has whoever may write to a bucket say something else of version 1 of pets. */
  private void rewrite(String address, UnaryOperator<String> manifest, UnaryOperator<String> log)
      throws IOException {
    try (var models = ModelRepository.at(address)) {
      Path folder = models.add("pets", model("a", "one")).folder();
      Path file = temporary.resolve("model.json");
      Files.writeString(
          file, manifest.apply(Files.readString(folder.resolve(ModelPackage.MANIFEST))));
      String entry =
          """
          {"revision": 1, "id": "x", "at": "2026-01-01T00:00:00Z", "by": "x", "event": "added",
           "version": 1, "why": "", "state": {"versions": {"1": "%s"}, "aliases": {}, "share": 0,
           "former": []}}
          """
              .formatted(log.apply(FileHash.of(file)));
      String pets = address.substring(("s3://" + S3Server.BUCKET + "/").length()) + "/pets/";
      server.put(Map.of(pets + "1/model.json", Files.readAllBytes(file)));
      server.put(Map.of(pets + "log/00000001.json", entry.getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Test
  void aBucketCannotNameFilesThatLieElsewhere() throws IOException {
    String address = address(Where.S3);
    Path elsewhere = Cache.folder().resolve("models/elsewhere.txt");
    rewrite(
        address,
        manifest -> manifest.replace("\"labels.txt\": \"", "\"../elsewhere.txt\": \""),
        hash -> hash);
    server.put(
        Map.of(
            address.substring(("s3://" + S3Server.BUCKET + "/").length()) + "/pets/elsewhere.txt",
            "cat\ndog\n".getBytes(StandardCharsets.US_ASCII)));
    try (var models = ModelRepository.at(address)) {
      assertMessage("\"../elsewhere.txt\", which may lie elsewhere", () -> models.get("pets", 1));
    }
    assertFalse(Files.exists(elsewhere));
  }

  @Test
  void aBucketCannotHaveLabelsReadFromElsewhere() throws IOException {
    String address = address(Where.S3);
    rewrite(
        address,
        manifest -> manifest.replace("\"labels\": \"", "\"labels\": \"../../"),
        hash -> hash);
    try (var models = ModelRepository.at(address)) {
      assertMessage("the labels \"../../labels.txt\"", () -> models.get("pets", 1));
    }
  }

  @Test
  void aBucketCannotNameAFolderThatLiesElsewhere() throws IOException {
    String address = address(Where.S3);
    rewrite(address, manifest -> manifest, hash -> "../" + hash);
    try (var models = ModelRepository.at(address)) {
      assertMessage("is no SHA-256", () -> models.get("pets", 1));
    }
  }

  @Test
  void whatABucketHasForAHashIsOne() throws IOException {
    String address = address(Where.S3);
    rewrite(
        address,
        manifest -> manifest.replaceFirst("(\"model.onnx\": \")[0-9a-f]+", "$1../"),
        hash -> hash);
    try (var models = ModelRepository.at(address)) {
      assertMessage("model.onnx with \"../\", no SHA-256", () -> models.get("pets", 1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofManyAtTheSameTimeNothingIsLostAndReadersSeeWholeStates(Where where) throws Exception {
    String address = address(where);
    int writers = 4;
    int each = 6;
    try (var models = ModelRepository.at(address)) {
      models.add("pets", model("a", "one"));
      models.promote("pets", 1);
    }
    String model = model("b", "two");
    var threads = Executors.newFixedThreadPool(writers + 1);
    try {
      var jobs = new ArrayList<Future<?>>();
      for (int writer = 0; writer < writers; writer++) {
        jobs.add(
            threads.submit(
                (Callable<Void>)
                    () -> {
                      // As another process would: nothing is shared but the files.
                      try (var models = ModelRepository.at(address)) {
                        for (int i = 0; i < each; i++) {
                          models.promote("pets", models.add("pets", model).number());
                        }
                      }
                      return null;
                    }));
      }
      var reads = new ArrayList<Integer>();
      try (var models = ModelRepository.at(address)) {
        while (jobs.stream().anyMatch(job -> !job.isDone())) {
          reads.add(models.get("pets", "champion").number());
        }
        for (Future<?> job : jobs) {
          job.get();
        }
        assertFalse(reads.isEmpty());
        var versions = models.versions("pets");
        int all = 1 + writers * each;
        assertEquals(IntStream.rangeClosed(1, all).boxed().toList(), versions.numbers());
        assertEquals(2L * all, models.state("pets").revision());
        assertEquals(all - 1, versions.former().size(), "every one of them was champion once");
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aProcessThatIsKilledWhileItAddsLeavesNothingThatCounts() throws Exception {
    String address = address(Where.FOLDER);
    String model = model("large", "x".repeat(8 << 20));
    var child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Adding.class.getName(),
                address,
                model)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var output = child.inputReader()) {
      for (int added = 0; added < 3; added++) {
        assertEquals("added", output.readLine());
      }
      child.destroyForcibly().waitFor(); // most likely while it copies the next one
    }
    var models = ModelRepository.at(address);
    var versions = models.versions("large");
    versions.numbers().forEach(number -> models.get("large", number)); // whole, all of them
    assertTrue(versions.numbers().size() >= 3);
    int next = models.add("large", model).number();
    assertTrue(next > versions.numbers().get(versions.numbers().size() - 1));
    assertEquals(next, models.get("large", next).number());
  }

  /** Adds versions until it is killed. */
  static final class Adding {
    public static void main(String[] addressAndModel) {
      var models = ModelRepository.at(addressAndModel[0]);
      while (true) {
        models.add("large", addressAndModel[1]);
        System.out.println("added");
      }
    }
  }

  @Test
  void aTrialNeedsAChampionAndThereIsOneAtATime() throws IOException {
    var models = ModelRepository.at(address(Where.FOLDER));
    for (String content : List.of("one", "two", "three")) {
      models.add("pets", model("a", content));
    }
    assertThrows(GristmillException.class, () -> models.challenge("pets", 2, 0, "no champion"));
    models.promote("pets", 1);
    assertThrows(GristmillException.class, () -> models.challenge("pets", 1, 0, "itself"));
    models.challenge("pets", 2, 0, "");
    models.challenge("pets", 2, 0.25, "");
    assertEquals(0.25, models.versions("pets").share());
    assertThrows(GristmillException.class, () -> models.challenge("pets", 3, 0, "another one"));
    assertThrows(IllegalArgumentException.class, () -> models.challenge("pets", 2, 1.5, ""));
    models.promote("pets", 2);
    assertEquals(OptionalInt.empty(), models.versions("pets").challenger());
    assertThrows(GristmillException.class, () -> models.withdraw("pets", ""));
  }

  @Test
  void promotingTheChampionChangesNothingAndRollingBackLeadsToTheOneBefore() throws IOException {
    var models = ModelRepository.at(address(Where.FOLDER));
    models.add("pets", model("a", "one"));
    models.add("pets", model("b", "two"));
    models.promote("pets", 1);
    models.promote("pets", 2);
    var before = models.state("pets");
    models.promote("pets", 2, "again");
    models.promote("pets", 2, 2, "again");
    assertEquals(before, models.state("pets"));
    assertMessage("version 2 is champion", () -> models.promote("pets", 2, 1, "better than 1"));
    assertEquals(1, models.rollback("pets").number());
  }

  @Test
  void aVersionOnTrialThatIsChampionAgainIsNotOnTrial() throws IOException {
    var models = ModelRepository.at(address(Where.FOLDER));
    models.add("pets", model("a", "one"));
    models.add("pets", model("b", "two"));
    models.promote("pets", 1);
    models.promote("pets", 2);
    models.challenge("pets", 1, 0.5, "was it better?");
    models.rollback("pets");
    assertEquals(OptionalInt.of(1), models.versions("pets").champion());
    assertEquals(OptionalInt.empty(), models.versions("pets").challenger());
    assertEquals(0, models.versions("pets").share());
  }

  @Test
  void aPromotionThatExpectsAnotherChampionChangesNothing() throws IOException {
    var models = ModelRepository.at(address(Where.FOLDER));
    for (String content : List.of("one", "two", "three")) {
      models.add("pets", model("a", content));
    }
    models.promote("pets", 1, 0, "the first one");
    models.promote("pets", 2, 1, "better than 1");
    var before = models.state("pets");
    assertMessage("version 2 is champion", () -> models.promote("pets", 3, 1, "better than 1"));
    assertMessage("version 2 is champion", () -> models.promote("pets", 3, 0, "the first one"));
    assertEquals(before, models.state("pets"));
    models.promote("pets", 3, 2, "better than 2");
    assertEquals(OptionalInt.of(3), models.versions("pets").champion());
  }

  @Test
  void whatThereIsNotIsToldWithWhatThereIs() throws IOException {
    var models = ModelRepository.at(address(Where.FOLDER));
    assertEquals(List.of(), models.names());
    assertMessage("there is no model \"pets\"", () -> models.get("pets", "champion"));
    models.add("pets", model("a", "one"));
    assertMessage("there is no version 7; there are [1]", () -> models.get("pets", 7));
    assertMessage("there is no alias \"live\"", () -> models.get("pets", "live"));
    assertMessage("no model 'nothing.onnx'", () -> models.add("pets", "nothing.onnx"));
    assertThrows(IllegalArgumentException.class, () -> models.add("../pets", "a"));
    assertThrows(IllegalArgumentException.class, () -> models.alias("pets", "champion", 1));
  }

  private static void assertMessage(String part, Executable action) {
    String message = assertThrows(GristmillException.class, action).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void aServerThatIsNotThereIsToldInTime() {
    System.setProperty("aws.endpointUrlS3", URI.create("http://127.0.0.1:9").toString());
    try (var models = ModelRepository.at("s3://nowhere/models")) {
      assertMessage("cannot list s3://nowhere/models", () -> models.get("pets", 1));
    } finally {
      System.setProperty("aws.endpointUrlS3", server.endpoint().toString());
    }
  }

  /** Of so many pictures, by a model that is always sure. */
  private static Profile profile(int rows) {
    var sure =
        ActorPool.<Image, Prediction>of(
            1,
            device ->
                batch ->
                    batch.stream().map(row -> new Prediction(0, "class", 1, List.of())).toList());
    var watch = Watch.over(sure);
    Dataset.of(IntStream.range(0, rows).boxed().toList())
        .map(i -> Image.of(1, 1, Image.Mode.GREY, new byte[] {(byte) (i % 100)}, null))
        .mapBatches(8, watch.pool())
        .forEach(prediction -> {});
    return watch.profile();
  }

  @ParameterizedTest
  @EnumSource
  void aProfileIsKeptWithItsVersion(Where where) throws IOException {
    try (var models = ModelRepository.at(address(where))) {
      models.add("pets", model("pets", "weights"));
      models.promote("pets", 1);
      assertEquals(
          "version 1 of pets has no profile: watch a run of it (Watch.over) and keep its profile"
              + " with describe",
          assertThrows(GristmillException.class, () -> models.profile("pets", "champion"))
              .getMessage());

      var first = profile(40);
      models.describe("pets", 1, first);
      models.describe("pets", 1, profile(50));

      assertEquals(50, models.profile("pets", "champion").rows());
      models.describe("pets", 1, first);
      assertEquals(first.toString(), models.profile("pets", "1").toString());
      assertTrue(models.audit("pets").toString().contains("1 profiled"));
      assertThrows(GristmillException.class, () -> models.describe("pets", 2, first));
      models.get("pets", 1);
    }
  }

  @Test
  void aProfileThatIsNotWhatWasKeptIsRefused() throws IOException {
    String address = address(Where.FOLDER);
    try (var models = ModelRepository.at(address)) {
      models.add("pets", model("pets", "weights"));
      models.describe("pets", 1, profile(40));
      Path file;
      try (var files = Files.list(Path.of(address, "pets", "1"))) {
        file =
            files
                .filter(of -> of.getFileName().toString().startsWith("profile-"))
                .findFirst()
                .orElseThrow();
      }

      Files.write(file, new byte[] {1, 2, 3});
      assertTrue(refusedProfile(models).contains("is not what was kept. Restore the file"));
      Files.delete(file);
      assertTrue(refusedProfile(models).contains("is missing. Restore the file"));
    }
  }

  private static String refusedProfile(ModelRepository models) {
    return assertThrows(GristmillException.class, () -> models.profile("pets", "1")).getMessage();
  }
}
