package org.gristmill.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import org.gristmill.Image;
import org.gristmill.Preprocessing.Resampling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against Pillow 12.3: {@code numpy.asarray(Image.fromarray(pattern).resize((W, H), filter))}. */
class ResizeTest {
  private static Image pattern(int width, int height) {
    byte[] samples = new byte[width * height * 3];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < 3; c++) {
          samples[(y * width + x) * 3 + c] = (byte) (x * x * 7 + y * 13 + x * y * 3 + c * 71);
        }
      }
    }
    return Image.of(width, height, Image.Mode.RGB, samples, null);
  }

  private static byte[] resized(
      Image image,
      int fullWidth,
      int fullHeight,
      Resampling filter,
      int left,
      int top,
      int width,
      int height) {
    int stride = width * image.mode().channels();
    byte[] out = new byte[height * stride];
    Resize.resize(
        image,
        fullWidth,
        fullHeight,
        filter,
        left,
        top,
        width,
        height,
        (y, samples) -> {
          for (int i = 0; i < stride; i++) {
            out[y * stride + i] = (byte) samples[i];
          }
        });
    return out;
  }

  @ParameterizedTest
  @CsvSource({
    "37, 23, 16, 10, BILINEAR, 50e88534",
    "37, 23, 16, 10, BICUBIC, 3a24276b",
    "8, 5, 31, 20, BICUBIC, 96f90efb",
    "50, 50, 50, 20, BILINEAR, 7cb229d7",
    "3, 200, 2, 67, BICUBIC, b85ca430",
  })
  void everySampleIsPillows(
      int width, int height, int toWidth, int toHeight, Resampling filter, String crc) {
    byte[] resized =
        resized(pattern(width, height), toWidth, toHeight, filter, 0, 0, toWidth, toHeight);

    var actual = new CRC32();
    actual.update(resized);
    assertEquals(crc, Long.toHexString(actual.getValue()));
  }

  @ParameterizedTest
  @CsvSource({"BILINEAR", "BICUBIC"})
  void aPartIsThatPartOfTheWhole(Resampling filter) {
    Image image = pattern(90, 61);
    byte[] whole = resized(image, 40, 30, filter, 0, 0, 40, 30);

    byte[] part = resized(image, 40, 30, filter, 7, 5, 20, 21);

    for (int y = 0; y < 21; y++) {
      int from = ((y + 5) * 40 + 7) * 3;
      assertArrayEquals(
          Arrays.copyOfRange(whole, from, from + 60),
          Arrays.copyOfRange(part, y * 60, y * 60 + 60));
    }
  }

  /** Enlarged, made smaller, as large as before; down to a pixel. */
  @Test
  void everySampleIsThatOfThePlainComputation() {
    var random = new Random(11);
    for (int i = 0; i < 400; i++) {
      int width = 1 + random.nextInt(i < 200 ? 12 : 90);
      int height = 1 + random.nextInt(i < 200 ? 12 : 90);
      var mode = random.nextBoolean() ? Image.Mode.RGB : Image.Mode.GREY;
      byte[] samples = new byte[width * height * mode.channels()];
      for (int at = 0; at < samples.length; at++) {
        samples[at] = (byte) (random.nextBoolean() ? 255 * random.nextInt(2) : random.nextInt());
      }
      Image image = Image.of(width, height, mode, samples, null);
      int toWidth = random.nextInt(9) == 0 ? width : 1 + random.nextInt(70);
      int toHeight = random.nextInt(9) == 0 ? height : 1 + random.nextInt(70);
      var filter = Resampling.values()[random.nextInt(2)];
      int left = random.nextInt(toWidth);
      int top = random.nextInt(toHeight);
      int partWidth = 1 + random.nextInt(toWidth - left);
      int partHeight = 1 + random.nextInt(toHeight - top);

      assertArrayEquals(
          PlainResize.resize(image, toWidth, toHeight, filter, left, top, partWidth, partHeight),
          resized(image, toWidth, toHeight, filter, left, top, partWidth, partHeight),
          "%s, %d x %d of %d x %d".formatted(image, partWidth, partHeight, toWidth, toHeight));
    }
  }
}
