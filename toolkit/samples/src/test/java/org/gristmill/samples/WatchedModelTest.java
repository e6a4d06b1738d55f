package org.gristmill.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Profile;
import org.gristmill.Session;
import org.gristmill.Watch;
import org.gristmill.bench.Corruption;
import org.gristmill.drift.Shift;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Drift in real pictures that a real model sees. The samples are variants of 12 photographs, so
 * rows are not independent: that other variants are not drift says little, that corrupted ones are
 * says what it says.
 */
class WatchedModelTest {
  private static final String MODEL = Samples.MODEL + ".onnx";

  @TempDir Path temporary;

  @AfterEach
  void nothingIsLeft() {
    assertEquals(List.of(), Session.start().threads());
    assertEquals(List.of(), Session.start().models());
  }

  private static Watch watch() {
    return Watch.over(ImageClassifier.pool(MODEL)).labels(Samples::label);
  }

  private static Profile seen(Dataset<Image> images) {
    var watch = watch();
    images.mapBatches(16, watch.pool()).forEach(prediction -> {});
    return watch.profile();
  }

  /** Other variants than the first so many. */
  private static Dataset<Image> fresh() {
    return Samples.images(312).filter(image -> DarkeningJob.number(image) >= 208);
  }

  @Test
  void predictionsAreTheSameBitForBit() {
    var images = Samples.images(40);

    var watched = images.mapBatches(16, watch().pool()).toList();

    assertEquals(
        List.copyOf(images.mapBatches(16, ImageClassifier.pool(MODEL)).toList()),
        List.copyOf(watched));
  }

  @Test
  void freshPicturesHaveNotDriftedAndBlurredOnesHave() {
    var reference = seen(Samples.images(208));
    String file = reference.write(temporary.resolve("reference.json.gz").toString()).toString();
    var kept = Profile.read(file);

    var fresh = seen(fresh()).against(kept);
    assertFalse(fresh.isFound(), fresh.toString());

    var blurred = seen(fresh().map(Corruption.blur(9).apply())).against(kept);
    var names = blurred.drifted().stream().map(Shift::name).toList();
    assertTrue(names.contains("sharpness"), blurred.toString());
    assertFalse(names.contains("width"), blurred.toString());
  }

  @Test
  void aProfileBelongsToItsModel() {
    var fp32 = seen(Samples.images(20));
    var watch = Watch.over(ImageClassifier.pool(Samples.MODEL + ".int8.onnx"));
    Samples.images(20).mapBatches(16, watch.pool()).forEach(prediction -> {});

    assertTrue(fp32.model().matches("[0-9a-f]{64}"), fp32.model());
    assertNotEquals(fp32.model(), watch.profile().model());
    var refused = assertThrows(GristmillException.class, () -> watch.profile().against(fp32));
    assertTrue(refused.getMessage().contains("belongs to one version"), refused.getMessage());
  }

  /** A fault amid a run: the job's exit status, its last words and the webhook all say so. */
  @Test
  void darkPicturesAmidAJobTripTheAlertEndToEnd() throws Exception {
    var posted = new LinkedBlockingQueue<String>();
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        call -> {
          posted.add(new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          call.sendResponseHeaders(204, -1);
          call.close();
        });
    server.start();
    Path said = temporary.resolve("said");
    try {
      var reference = seen(Samples.images(208));
      var job =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  DarkeningJob.class.getName(),
                  reference.write(temporary.resolve("reference.json.gz").toString()).toString(),
                  "http://127.0.0.1:" + server.getAddress().getPort() + "/")
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();

      assertTrue(job.waitFor(2, TimeUnit.MINUTES), "the job hangs");

      String words = Files.readString(said);
      assertEquals(1, job.exitValue(), words);
      var json = JsonParser.parseString(posted.poll(10, TimeUnit.SECONDS)).getAsJsonObject();
      String alert = json.get("text").getAsString();
      assertTrue(words.contains(alert), words);
      assertTrue(alert.contains("broke 1 of 3 rules: drift from the reference in a window"), alert);
      assertTrue(alert.contains("it was in 2 of 4 windows, from row 104 on: in "), alert);
    } finally {
      server.stop(0);
    }
  }
}
