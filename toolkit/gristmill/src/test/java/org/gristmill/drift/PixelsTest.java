package org.gristmill.drift;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.image.Pack;
import org.junit.jupiter.api.Test;

class PixelsTest {
  private static Seen seen(Image image) {
    return Seen.of(image, new Prediction(0, "class", 1, List.of()), -1);
  }

  private static Image noise(int width, int height, int around, int deviation) {
    var random = new Random(1);
    byte[] samples = new byte[3 * width * height];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) (around + deviation * random.nextGaussian());
    }
    return Image.of(width, height, Mode.RGB, samples, null);
  }

  @Test
  void anEvenPictureHasItsColourAndNoEdges() {
    byte[] samples = new byte[3 * 40 * 30];
    for (int i = 0; i < samples.length; i += 3) {
      samples[i] = (byte) 200;
      samples[i + 1] = 100;
      samples[i + 2] = 50;
    }

    var seen = seen(Image.of(40, 30, Mode.RGB, samples, null));

    assertEquals(40, seen.value(Feature.WIDTH));
    assertEquals(30, seen.value(Feature.HEIGHT));
    assertEquals(200, seen.value(Feature.RED));
    assertEquals(100, seen.value(Feature.GREEN));
    assertEquals(50, seen.value(Feature.BLUE));
    assertEquals(150, seen.value(Feature.SATURATION));
    assertEquals(124, seen.value(Feature.BRIGHTNESS), "0.299 R + 0.587 G + 0.114 B, rounded");
    assertEquals(0, seen.value(Feature.CONTRAST));
    assertEquals(0, seen.value(Feature.SHARPNESS));
    assertEquals(1, seen.value(Feature.FLATNESS));
  }

  @Test
  void aGreyPictureIsSeenAsTheSameInColour() {
    byte[] grey = new byte[50 * 50];
    new Random(2).nextBytes(grey);
    byte[] colour = new byte[3 * grey.length];
    for (int i = 0; i < colour.length; i++) {
      colour[i] = grey[i / 3];
    }

    assertTrue(
        Arrays.equals(
            seen(Image.of(50, 50, Mode.GREY, grey, null)).values(),
            seen(Image.of(50, 50, Mode.RGB, colour, null)).values()));
  }

  @Test
  void sharpnessAndFlatnessTellNoise() {
    var little = seen(noise(300, 200, 128, 4));
    var much = seen(noise(300, 200, 128, 12));

    // of luma; the Laplacian's weights have the squares' sum 20
    double luma = Math.sqrt(0.299 * 0.299 + 0.587 * 0.587 + 0.114 * 0.114);
    assertEquals(12 * luma * Math.sqrt(20), much.value(Feature.SHARPNESS), 2);
    assertTrue(little.value(Feature.SHARPNESS) < much.value(Feature.SHARPNESS) / 2);
    assertTrue(little.value(Feature.FLATNESS) > much.value(Feature.FLATNESS));
  }

  @Test
  void aPictureOfOnePixelIsSeen() {
    var seen = seen(Image.of(1, 1, Mode.GREY, new byte[] {7}, null));

    assertEquals(7, seen.value(Feature.BRIGHTNESS));
    assertEquals(0, seen.value(Feature.SHARPNESS));
  }

  @Test
  void aPictureThatWasPreparedKnowsHowLargeItWas() {
    var half = List.of(0.5f, 0.5f, 0.5f);
    var pack = new Pack(new Preprocessing(64, Preprocessing.Resampling.BILINEAR, 56, half, half));

    var seen = seen(pack.prepared(noise(101, 75, 100, 20)));

    assertEquals(101, seen.value(Feature.WIDTH));
    assertEquals(75, seen.value(Feature.HEIGHT));
  }

  @Test
  void outputsAreThoseOfTheProbabilitiesThatAreNamed() {
    var prediction =
        new Prediction(
            3,
            "a",
            0.5f,
            List.of(new Prediction.Score(3, "a", 0.5f), new Prediction.Score(8, "b", 0.25f)));

    var seen = Seen.of(noise(8, 8, 100, 1), prediction, 3);

    assertEquals(0.5f, seen.value(Feature.CONFIDENCE));
    assertEquals(0.25f, seen.value(Feature.MARGIN));
    assertEquals(1.5 * Math.log(2), seen.value(Feature.ENTROPY), 1e-6);
    assertTrue(seen.value(Feature.EMBEDDING_1) != seen.value(Feature.EMBEDDING_2));
    assertEquals(3, seen.label());
  }
}
