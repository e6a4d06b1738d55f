package org.gristmill.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.gristmill.Preprocessing;
import org.gristmill.Preprocessing.Resampling;
import org.junit.jupiter.api.Test;

class PackTest {
  private static Preprocessing preprocessing(Resampling filter) {
    return new Preprocessing(
        64, filter, 56, List.of(0.485f, 0.456f, 0.406f), List.of(0.229f, 0.224f, 0.225f));
  }

  private static Image noise(int width, int height, Mode mode) {
    byte[] samples = new byte[width * height * mode.channels()];
    new Random(5).nextBytes(samples);
    return Image.of(width, height, mode, samples, "a.jpg");
  }

  private static FloatBuffer put(Pack pack, Image image) {
    var out = FloatBuffer.allocate(pack.floats());
    pack.put(image, out);
    assertEquals(0, out.remaining());
    return out.flip();
  }

  /** Odd and even sizes, enlarged and made smaller, colours and grey. */
  @Test
  void aPreparedPictureGivesTheSameFloats() {
    for (var filter : Resampling.values()) {
      var pack = new Pack(preprocessing(filter));
      for (var mode : Mode.values()) {
        for (int[] size : new int[][] {{101, 75}, {64, 64}, {80, 1003}, {9, 7}, {640, 64}}) {
          Image image = noise(size[0], size[1], mode);
          Image prepared = pack.prepared(image);

          assertEquals("[56, 56, 3]", java.util.Arrays.toString(prepared.shape()));
          assertEquals("a.jpg", prepared.path());
          assertEquals(put(pack, image), put(pack, prepared));
          assertSame(prepared, pack.prepared(prepared));
        }
      }
    }
  }

  @Test
  void floatsAreNormalisedSamplesChannelByChannel() {
    var pack = new Pack(preprocessing(Resampling.BILINEAR));
    Image prepared = pack.prepared(noise(101, 75, Mode.RGB));
    var floats = put(pack, prepared);

    for (int c = 0; c < 3; c++) {
      float mean = pack.prepared(prepared).preparedFor().orElseThrow().mean().get(c);
      float std = prepared.preparedFor().orElseThrow().std().get(c);
      float expected = (prepared.sample(30, 20, c) / 255f - mean) / std;
      assertEquals(expected, floats.get((c * 56 + 20) * 56 + 30));
    }
  }

  @Test
  void picturesFollowEachOtherInTheBuffer() {
    var pack = new Pack(preprocessing(Resampling.BILINEAR));
    Image first = noise(101, 75, Mode.RGB);
    Image second = noise(90, 80, Mode.GREY);
    var both = FloatBuffer.allocate(2 * pack.floats());

    pack.put(first, both);
    pack.put(second, both);

    assertEquals(put(pack, first), both.slice(0, pack.floats()));
    assertEquals(put(pack, second), both.slice(pack.floats(), pack.floats()));
  }
}
