package org.gristmill.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.gristmill.NothingLeft;
import org.gristmill.Preprocessing;
import org.gristmill.Preprocessing.Resampling;
import org.gristmill.image.Pack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** On the CPU: what is done on a GPU is the same, but for its device. */
@ExtendWith(NothingLeft.class)
class NormalisingTest {
  private static final Preprocessing INPUT =
      new Preprocessing(
          64,
          Resampling.BICUBIC,
          56,
          List.of(0.485f, 0.456f, 0.406f),
          List.of(0.229f, 0.224f, 0.225f));

  private static Image noise(int width, int height, Mode mode) {
    byte[] samples = new byte[width * height * mode.channels()];
    new Random(7).nextBytes(samples);
    return Image.of(width, height, mode, samples, "a.jpg");
  }

  @Test
  void samplesBecomeTheFloatsThatAProcessorMakesOfThem() {
    var pack = new Pack(INPUT);
    Image colours = noise(101, 75, Mode.RGB);
    Image grey = noise(80, 64, Mode.GREY);
    var pictures = List.of(colours, pack.prepared(colours), grey);
    var expected = FloatBuffer.allocate(pictures.size() * pack.floats());
    var samples = ByteBuffer.allocateDirect(pictures.size() * pack.floats());
    for (Image picture : pictures) {
      pack.put(picture, expected);
      pack.putSamples(picture, samples);
    }

    Engines.get(Engines.PYTORCH);
    try (var manager = NDManager.newBaseManager(ai.djl.Device.cpu(), Engines.PYTORCH)) {
      var normalising = new Normalising(INPUT, manager);
      var floats = normalising.floats(samples.flip(), pictures.size(), manager);

      assertArrayEquals(expected.array(), floats.toFloatArray());
      assertArrayEquals(
          new long[] {pictures.size(), 3, INPUT.crop(), INPUT.crop()},
          floats.getShape().getShape());
    }
  }
}
