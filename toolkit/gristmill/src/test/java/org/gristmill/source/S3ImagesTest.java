package org.gristmill.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.NothingLeft;
import org.gristmill.Run;
import org.gristmill.source.Relay.Fault;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Against a real server of S3's protocol on loopback, with faults put in on the way. */
@ExtendWith(NothingLeft.class)
@Timeout(90)
class S3ImagesTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static S3Server open;
  private static S3Server closed;

  @TempDir Path folder;

  @BeforeAll
  static void servers() throws Exception {
    open = new S3Server(AuthenticationType.NONE);
    closed = new S3Server(AuthenticationType.AWS_V4);
    var objects = new TreeMap<String, byte[]>();
    for (int i = 0; i < 40; i++) {
      objects.put("train/%02d.png".formatted(i), png(i));
    }
    closed.put(objects);
    objects.put("train/", new byte[0]);
    objects.put("train/labels.txt", new byte[1]);
    for (int i = 0; i < 2005; i++) {
      objects.put("many/%04d.png".formatted(i), new byte[1]);
    }
    open.put(objects);
  }

  @AfterAll
  static void stop() throws Exception {
    open.close();
    closed.close();
  }

  @BeforeEach
  void noSettings() {
    System.setProperty("aws.configFile", folder.resolve("none").toString());
    System.setProperty("aws.sharedCredentialsFile", folder.resolve("none").toString());
    endpoint(open.endpoint());
  }

  @AfterEach
  void clearSettings() {
    System.getProperties().keySet().removeIf(name -> name.toString().startsWith("aws."));
  }

  private static void endpoint(URI endpoint) {
    System.setProperty("aws.endpointUrlS3", endpoint.toString());
  }

  private static Relay relay(Function<String, Fault> faults) throws IOException {
    var relay = new Relay(open.endpoint(), faults);
    endpoint(relay.endpoint());
    return relay;
  }

  /** The first time that something is asked for it fails. */
  private static Function<String, Fault> once(Fault fault) {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    return line -> seen.add(line) ? fault : Fault.NONE;
  }

  private static byte[] png(int seed) throws IOException {
    var picture = new BufferedImage(20 + seed, 16, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 16; i++) {
      picture.setRGB(i + seed, i, 0x10305 * (seed + 1) * (i + 1));
    }
    var bytes = new ByteArrayOutputStream();
    ImageIO.write(picture, "png", bytes);
    return bytes.toByteArray();
  }

  private static List<String> paths(Run<?> run) {
    return IntStream.range(0, run.size()).mapToObj(i -> run.path(i).orElseThrow()).toList();
  }

  private static String message(Dataset<?> dataset) {
    return assertTimeout(SOON, () -> assertThrows(GristmillException.class, dataset::toList))
        .getMessage();
  }

  private static void assertPart(String part, String message) {
    assertTrue(message.contains(part), message);
  }

  @Test
  void rowsAreThoseOfTheSameFilesInAFolder() throws IOException {
    for (int i = 0; i < 40; i++) {
      Files.write(folder.resolve("%02d.png".formatted(i)), png(i));
    }

    var files = Dataset.readImages(folder.toString()).toList();
    var objects = Dataset.readImages("s3://pictures/train/").toList();

    assertEquals(40, objects.size());
    for (int i = 0; i < 40; i++) {
      assertEquals(files.get(i).samples(), objects.get(i).samples());
      assertEquals("s3://pictures/train/%02d.png".formatted(i), objects.get(i).path());
      assertEquals(objects.get(i).path(), objects.path(i).orElseThrow());
    }
    assertEquals(List.of("skipped 1 object that is no picture by name"), objects.stats().notes());
    assertTrue(objects.stats().time().keySet().containsAll(Set.of("read", "decode")));
  }

  @Test
  void aBatchOfThreeTouchesThreeObjects() throws Exception {
    try (var relay = relay(line -> Fault.NONE)) {
      assertEquals(3, Dataset.readImages("s3://pictures/train/").takeBatch(3).size());

      assertEquals(1, relay.lists(), relay.requests.toString());
      assertEquals(3, relay.reads(), relay.requests.toString());
    }
  }

  @Test
  void pagesAreListedOnlyAsFarAsRowsAreNeeded() throws Exception {
    try (var relay = relay(line -> Fault.NONE)) {
      var many = Dataset.readImages("s3://pictures/many/");

      assertEquals(1000, many.limit(1000).count());
      assertEquals(1, relay.lists());
      assertEquals(1500, many.limit(1500).count());
      assertEquals(1 + 2, relay.lists());
      assertEquals(2005, many.count());
      assertEquals(1 + 2 + 3, relay.lists());
      assertEquals(0, relay.reads());
    }
  }

  @Test
  void readsWaitTogetherWhateverTheNumberOfProcessors() throws Exception {
    var together = new CountDownLatch(16);
    Function<String, Fault> wait =
        line -> {
          if (line.contains(".png")) {
            together.countDown();
            try {
              assertTrue(together.await(30, TimeUnit.SECONDS), "16 reads at once");
            } catch (InterruptedException never) {
              Thread.currentThread().interrupt();
            }
          }
          return Fault.NONE;
        };
    try (var relay = relay(wait)) {
      assertEquals(40, Dataset.readImages("s3://pictures/train/").toList().size());
      assertEquals(40, relay.reads());
    }
  }

  @Test
  void keysMayHoldAnyCharacter() throws Exception {
    var keys =
        List.of(
            "odd/a b+c.png",
            "odd/a%20b%2Fc.png",
            "odd/q?x=1&y=2#z.png",
            "odd/\u00e9\u4e2d\ud83d\ude00/\u00fc.JPG");
    for (String key : keys) {
      open.put(Map.of(key, png(3)));
    }

    var run = Dataset.readImages("s3://pictures/odd/").toList();

    assertEquals(keys.stream().map(key -> "s3://pictures/" + key).toList(), paths(run));
    var one = Dataset.readImages("s3://pictures/" + keys.get(3)).toList();
    assertEquals(run.get(3).samples(), one.get(0).samples());
  }

  @Test
  void whatIsThrottledDroppedCutOrSlowIsReadInTheEnd() throws Exception {
    for (Fault fault : List.of(Fault.SLOW_DOWN, Fault.NO_ANSWER, Fault.CUT_BODY, Fault.SLOW_BODY)) {
      try (var relay = relay(once(fault))) {
        assertEquals(20, Dataset.readImages("s3://pictures/train/").take(20).size(), fault.name());
        assertEquals(fault == Fault.SLOW_BODY ? 20 : 40, relay.reads(), fault.name());
      }
    }
  }

  @Test
  void theRegionThatABucketNamesIsFollowed() throws Exception {
    try (var relay = relay(once(Fault.OTHER_REGION))) {
      assertEquals(2005, Dataset.readImages("s3://pictures/many/").count());
      assertTrue(relay.lists() > 3);
    }
  }

  @Test
  void whatIsAlwaysThrottledFailsAfterFiveTries() throws Exception {
    try (var relay = relay(line -> line.contains("/03.png") ? Fault.SLOW_DOWN : Fault.NONE)) {
      String message = message(Dataset.readImages("s3://pictures/train/").limit(4));

      assertTrue(
          message.startsWith("read failed on row 3 (s3://pictures/train/03.png): "), message);
      assertPart("Status Code: 503", message);
      assertTrue(message.endsWith("Try again later."), message);
      assertEquals(5, relay.requests.stream().filter(line -> line.contains("/03.png")).count());
    }
  }

  @Test
  void anObjectThatVanishesAfterItWasListedIsAnErrorThatNamesIt() throws Exception {
    open.put(Map.of("gone/0.png", png(0), "gone/1.png", png(1)));
    Function<String, Fault> vanish =
        line -> {
          if (line.contains("gone/1.png")) {
            open.delete("gone/1.png");
          }
          return Fault.NONE;
        };
    try (var relay = relay(vanish)) {
      var dataset = Dataset.readImages("s3://pictures/gone/");

      var failure = assertThrows(GristmillException.class, dataset::toList);

      assertEquals("read", failure.stage().orElseThrow());
      assertEquals(1, failure.row().orElseThrow());
      assertEquals("s3://pictures/gone/1.png", failure.path().orElseThrow());
      String message = failure.getMessage();
      assertTrue(
          message.startsWith(
              "read failed on row 1 (s3://pictures/gone/1.png): cannot read the object at "
                  + relay.endpoint()
                  + ": NoSuchKeyException: "),
          message);
      assertTrue(
          message.endsWith(
              "The object was there when it was listed: run again for what is there now."),
          message);
    }
  }

  @Test
  void anInterruptNeedNotWaitForAnAnswer() throws Exception {
    for (String stalled : List.of("list-type", "/05.png")) {
      var asked = new CountDownLatch(1);
      Function<String, Fault> stall =
          line -> {
            if (line.contains(stalled)) {
              asked.countDown();
              return Fault.STALLED_BODY;
            }
            return Fault.NONE;
          };
      try (var relay = relay(stall)) {
        var failure = new AtomicReference<Throwable>();
        var runner =
            new Thread(
                () -> {
                  try {
                    Dataset.readImages("s3://pictures/train/").toList();
                  } catch (GristmillException stopped) {
                    failure.set(stopped);
                  }
                });
        runner.start();
        assertTrue(asked.await(30, TimeUnit.SECONDS));

        runner.interrupt();
        runner.join(5_000);

        assertFalse(runner.isAlive(), stalled);
        assertPart("interrupted after", failure.get().getMessage());
      }
    }
  }

  @Test
  void readsThatNobodyNeedsAnyMoreAreNotWaitedFor() throws Exception {
    try (var relay = relay(line -> line.contains("/09.png") ? Fault.STALLED_BODY : Fault.NONE)) {
      var few = Dataset.readImages("s3://pictures/train/").filter(image -> true);

      assertEquals(2, assertTimeout(Duration.ofSeconds(10), () -> few.take(2)).size());
    }
  }

  @Test
  void silenceEndsACall() throws Exception {
    try (var relay = relay(line -> Fault.STALLED_BODY);
        var bytewise = new S3(Duration.ofMillis(100), Duration.ofSeconds(60));
        var whole = new S3(Duration.ofSeconds(60), Duration.ofMillis(700))) {
      for (S3 s3 : List.of(bytewise, whole)) {
        assertTimeout(
            SOON,
            () ->
                assertThrows(
                    RuntimeException.class,
                    () ->
                        s3.client()
                            .getObjectAsBytes(get -> get.bucket("pictures").key("train/00.png"))));
      }
      assertEquals(5 + 1, relay.reads());
    }
  }

  @Test
  void aPrefixWithoutPicturesHasNoRows() {
    var none = Dataset.readImages("s3://pictures/nothing/here/");

    assertEquals(0, none.toList().size());
    assertEquals(
        "no rows in readImages(s3://pictures/nothing/here/) > read > decode to RGB []",
        assertThrows(GristmillException.class, () -> none.takeBatch(3)).getMessage());
  }

  @Test
  void aWrongBucketSaysSo() {
    String message = message(Dataset.readImages("s3://picturez/train/"));

    String start = "cannot list s3://picturez/train/ at " + open.endpoint();
    assertTrue(message.startsWith(start + ": NoSuchBucketException: "), message);
    assertTrue(message.endsWith("Check the bucket's name and the endpoint."), message);
  }

  @Test
  void aMalformedEndpointIsNamed() {
    System.setProperty("aws.endpointUrlS3", "no endpoint");

    assertPart("no endpoint", message(Dataset.readImages("s3://pictures/train/")));
  }

  @Test
  void anEndpointThatDoesNotAnswerIsNamedSoon() throws IOException {
    int nobody;
    try (var socket = new ServerSocket(0)) {
      nobody = socket.getLocalPort();
    }
    endpoint(URI.create("http://127.0.0.1:" + nobody));

    String message = message(Dataset.readImages("s3://pictures/train/"));

    assertPart("cannot list s3://pictures/train/ at http://127.0.0.1:" + nobody, message);
    assertPart("Connection refused", message);
    assertPart("Check the network, and AWS_ENDPOINT_URL_S3 if it is set.", message);
  }

  @Test
  void accessIsSignedWithTheKeysThatPropertiesOrAProfileHold() throws IOException {
    endpoint(closed.endpoint());
    var dataset = Dataset.readImages("s3://pictures/train/");
    assertPart("Access is denied without credentials", message(dataset));

    System.setProperty("aws.accessKeyId", S3Server.KEY);
    System.setProperty("aws.secretAccessKey", S3Server.SECRET);
    assertEquals(40, dataset.toList().size());

    System.setProperty("aws.secretAccessKey", "another");
    assertPart("Access is denied to access key " + S3Server.KEY, message(dataset));

    System.clearProperty("aws.accessKeyId");
    Path profile =
        Files.writeString(
            folder.resolve("profile"),
            "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
                .formatted(S3Server.KEY, S3Server.SECRET));
    System.setProperty("aws.sharedCredentialsFile", profile.toString());
    assertEquals(40, dataset.toList().size());
  }
}
