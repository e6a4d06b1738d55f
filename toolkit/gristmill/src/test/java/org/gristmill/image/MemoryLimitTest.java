package org.gristmill.image;

import static org.gristmill.image.Decode.FULL_SIZE;
import static org.gristmill.image.Encoded.chunk;
import static org.gristmill.image.Encoded.encode;
import static org.gristmill.image.Encoded.filled;
import static org.gristmill.image.Encoded.spliced;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.gristmill.Image.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryLimitTest {
  private static final MemoryLimit ROOMY = new MemoryLimit(64L << 30);

  private static BufferedImage small() {
    return filled(BufferedImage.TYPE_INT_RGB, Color.RED);
  }

  /** A PNG that says another size than it has. */
  private static byte[] png(int width, int height) throws IOException {
    byte[] png = encode(small(), "png");
    byte[] header = new byte[13];
    ByteBuffer.wrap(header).put(png, 16, 13).putInt(0, width).putInt(4, height);
    return spliced(png, 8, 25, chunk("IHDR", header));
  }

  @Test
  void tooManyPixelsAreRefusedByTheHeader() throws IOException {
    byte[] png = png(12_000, 12_000);

    var told =
        assertThrows(Refused.class, () -> Decode.bytes(png, Mode.RGB, FULL_SIZE, null, ROOMY));

    assertEquals(
        "the picture has 12000 x 12000 pixels; more than 100 megapixels are not decoded",
        told.getMessage());
    assertEquals("Scale it down or take it out of the folder.", told.advice());
  }

  @Test
  void sidesWhoseProductOverflowsAreRefused() throws IOException {
    byte[] png = png(Integer.MAX_VALUE, Integer.MAX_VALUE);

    var told =
        assertThrows(Refused.class, () -> Decode.bytes(png, Mode.RGB, FULL_SIZE, null, ROOMY));

    assertTrue(told.getMessage().contains("more than 100 megapixels"), told.getMessage());
  }

  @Test
  void aQuarterOfTheHeapIsEnoughOrThePictureIsRefused() throws IOException {
    byte[] png = png(10_000, 9_000); // three bytes each from the decoder and six of ours

    var told =
        assertThrows(
            Refused.class,
            () -> Decode.bytes(png, Mode.RGB, FULL_SIZE, null, new MemoryLimit(4 * 800_000_000L)));

    assertEquals(
        "10000 x 9000 pixels take 810 MB to decode, more than a quarter of this JVM's heap, which"
            + " is 800 MB",
        told.getMessage());
    assertTrue(told.advice().contains("-Xmx"), told.advice());
    byte[] fits = encode(small(), "png");
    Decode.bytes(fits, Mode.RGB, FULL_SIZE, null, new MemoryLimit(4 * 40 * 30 * 9));
  }

  @Test
  void aSmallFrameOfAHugeGifIsRefusedToo() throws IOException {
    byte[] gif = encode(small(), "gif");
    for (int i = 6; i < 10; i++) {
      gif[i] = -1;
    }

    var told =
        assertThrows(Refused.class, () -> Decode.bytes(gif, Mode.RGB, FULL_SIZE, null, ROOMY));

    assertEquals(
        "the picture has 65535 x 65535 pixels; more than 100 megapixels are not decoded",
        told.getMessage());
  }

  @Test
  void aFileThatIsTooLongIsNotRead(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("long.jpg");
    try (var out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(3_000_000_000L); // takes no room on the disk
    }

    var told =
        assertThrows(
            IOException.class, () -> Decode.row(Decode.read(file), Mode.RGB, file.toString()));

    assertTrue(told.getMessage().startsWith("the file has 3,000 MB; "), told.getMessage());
    assertTrue(told.getMessage().endsWith("Take it out of the folder."), told.getMessage());
  }
}
