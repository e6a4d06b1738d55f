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
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Profile;
import org.gristmill.Rule;
import org.gristmill.Session;
import org.gristmill.Watch;
import org.gristmill.Webhook;
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
    return Samples.images(312).filter(image -> number(image) >= 208);
  }

  private static int number(Image image) {
    int hash = image.path().indexOf('#');
    return hash < 0 ? 0 : Integer.parseInt(image.path().substring(hash + 1));
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

  /** A fault amid a run: the job fails, the webhook gets the sentence, and the window is named. */
  @Test
  void darkPicturesAmidARunTripTheAlertEndToEnd() throws Exception {
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
    try {
      var reference = seen(Samples.images(208));
      var watch = watch().windowsOf(52);
      var dark = Corruption.brightness(0.3);
      var run =
          Samples.images(208)
              .map(image -> number(image) < 104 ? image : dark.apply().apply(image))
              .mapBatches(13, watch.pool())
              .toList();
      var hook = Webhook.to("http://127.0.0.1:" + server.getAddress().getPort() + "/");

      var alert =
          assertThrows(
              GristmillException.class,
              () ->
                  run.check(
                      hook,
                      Rule.errorShareAbove(0),
                      Rule.drift(watch.against(reference)),
                      Rule.expectedAccuracyBelow(
                          0.1, watch.profile().expectedAccuracy(reference))));

      assertTrue(
          alert.getMessage().contains("broke 1 of 3 rules: drift from the reference in a window"),
          alert.getMessage());
      assertTrue(alert.getMessage().contains("from row 104 on: in "), alert.getMessage());
      assertTrue(alert.getMessage().contains(" more: "), alert.getMessage());
      assertTrue(
          watch.against(reference).windows().get(3).drifted().stream()
              .anyMatch(shift -> shift.name().equals("brightness")));
      var json = JsonParser.parseString(posted.poll(10, TimeUnit.SECONDS)).getAsJsonObject();
      assertEquals(alert.getMessage(), json.get("text").getAsString());
    } finally {
      server.stop(0);
    }
  }
}
