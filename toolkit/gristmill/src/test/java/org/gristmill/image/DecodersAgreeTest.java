package org.gristmill.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.gristmill.Dataset;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.gristmill.NothingLeft;
import org.gristmill.SharedData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OpenCV's samples against those of Java's readers and of Pillow, on real pictures. */
@ExtendWith({SharedData.class, NothingLeft.class})
class DecodersAgreeTest {
  private static final Path IMAGES = SharedData.FOLDER.resolve("images");

  private static byte[] samples(Image image) {
    byte[] samples = new byte[image.samples().remaining()];
    image.samples().get(samples);
    return samples;
  }

  /** {@code ci/bench parity} tells where they come from. */
  @Test
  void photographsDifferByRoundingAlone() throws IOException {
    long all = 0;
    long far = 0;
    for (String folder : List.of("imagenet", "cc16")) {
      try (var files = Files.list(IMAGES.resolve(folder))) {
        for (Path file : files.toList()) {
          byte[] bytes = Files.readAllBytes(file);
          if (Plain.of(Format.of(bytes), bytes) == null) {
            continue;
          }
          byte[] one = samples(DecodeWays.natively(bytes, Mode.RGB, Decode.FULL_SIZE));
          byte[] other = samples(DecodeWays.inJava(bytes, Mode.RGB));
          assertEquals(other.length, one.length, file.toString());
          for (int i = 0; i < one.length; i++) {
            far += Math.abs((one[i] & 0xff) - (other[i] & 0xff)) > 1 ? 1 : 0;
          }
          all += one.length;
        }
      }
    }
    assertTrue(all > 100_000_000, all + " samples");
    assertTrue(far <= all / 1000, far + " of " + all + " samples differ by more than 1");
  }

  @ParameterizedTest
  @CsvSource({"cat.png", "one_pixel.png", "wide_2000x12.png", "cat_gray.jpg", "cat_exif6.jpg"})
  void theseAreTheSame(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(IMAGES.resolve("odd").resolve(name));
    for (Mode mode : Mode.values()) {
      assertArrayEquals(
          samples(DecodeWays.inJava(bytes, mode)),
          samples(DecodeWays.natively(bytes, mode, Decode.FULL_SIZE)));
    }
  }

  /** Pillow 13.0: {@code zlib.crc32(image.tobytes())} behind {@code image.draft(mode, (s, s))}. */
  @ParameterizedTest
  @CsvSource({
    "coffee_15mp.jpg, RGB, 256, 600, 400, a4d49b2f",
    "coffee_15mp.jpg, RGB, 512, 1200, 800, 9ea70446",
    "coffee_15mp.jpg, RGB, 1600, 2400, 1600, 36cfeaa5",
    "rocket.jpg, RGB, 200, 320, 214, 585a0719",
    "cat_444.jpg, RGB, 75, 113, 75, b5b7f2ec",
    "cat_gray.jpg, GREY, 150, 226, 150, 413676c9",
    "cat_progressive.jpg, RGB, 100, 226, 150, 5cfb1d3d",
    "cat.jpg, RGB, 256, 451, 300, 73f5a9ce",
    "cat.jpg, RGB, 30, 57, 38, 735fe629",
  })
  void smallerPicturesArePillowsDrafts(
      String name, Mode mode, int shortSide, int width, int height, String crc) throws IOException {
    Path file = IMAGES.resolve("odd").resolve(name);

    Image image = Decode.row(Decode.read(file), mode, shortSide, null);

    assertEquals(width, image.width());
    assertEquals(height, image.height());
    var actual = new CRC32();
    actual.update(samples(image));
    assertEquals(crc, String.format("%08x", actual.getValue()));
  }

  @Test
  void smallerPicturesAreTurnedToo() throws IOException {
    byte[] bytes = Files.readAllBytes(IMAGES.resolve("odd/cat_exif6.jpg"));

    Image small = Decode.row(bytes, Mode.RGB, 100, null);
    Image whole = Decode.row(bytes, Mode.RGB, null);

    assertEquals(226, small.width());
    assertEquals(150, small.height());
    for (int x = 0; x < 200; x += 25) {
      for (int y = 0; y < 150; y += 25) {
        assertEquals(mean(whole, 2 * x, 2 * y, 50), mean(small, x, y, 25), 3, x + ", " + y);
      }
    }
  }

  /** Of the green samples in a square. */
  private static double mean(Image image, int left, int top, int side) {
    long sum = 0;
    for (int i = 0; i < side * side; i++) {
      sum += image.sample(left + i % side, top + i / side, 1);
    }
    return (double) sum / side / side;
  }

  @Test
  void theSmallerSizeIsWhatCountsAsTooLarge() throws IOException {
    byte[] large = Files.readAllBytes(IMAGES.resolve("odd/coffee_15mp.jpg"));
    var limit = new MemoryLimit(4 * 600 * 400 * 9);
    byte[] progressive = Files.readAllBytes(IMAGES.resolve("odd/cat_progressive.jpg"));
    var tight = new MemoryLimit(4 * 226 * 150 * 9);

    assertEquals(600, Decode.bytes(large, Mode.RGB, 400, null, limit).width());
    assertThrows(Refused.class, () -> Decode.bytes(large, Mode.RGB, 401, null, limit));
    // All of it is in memory on the way.
    assertThrows(Refused.class, () -> Decode.bytes(progressive, Mode.RGB, 150, null, tight));
  }

  @Test
  void otherFormatsStayAsLargeAsTheyAre() throws IOException {
    byte[] png = Files.readAllBytes(IMAGES.resolve("odd/cat.png"));
    byte[] webp = Files.readAllBytes(IMAGES.resolve("odd/cat.webp"));
    byte[] cmyk = Files.readAllBytes(IMAGES.resolve("odd/cat_cmyk.jpg"));

    for (byte[] bytes : List.of(png, webp, cmyk)) {
      assertEquals(451, Decode.row(bytes, Mode.RGB, 10, null).width());
    }
  }

  @Test
  void thePlanSaysThatPicturesMayBeSmaller() {
    String folder = IMAGES.resolve("odd").toString();

    var small = Dataset.readImages(folder, Mode.RGB, 256);

    assertTrue(
        small.explain().toString().contains("decode to RGB, short side 256 or more"),
        small.explain().toString());
    var told =
        assertThrows(IllegalArgumentException.class, () -> Dataset.readImages(folder, Mode.RGB, 0));
    assertEquals("a short side has 1 or more pixels, not 0", told.getMessage());
    Path one = IMAGES.resolve("odd/coffee_15mp.jpg");
    var images = Dataset.readImages(one.toString(), Mode.RGB, 256).toList();
    assertEquals("[400, 600, 3]", Arrays.toString(images.get(0).shape()));
  }
}
