package org.gristmill.image;

import static org.gristmill.image.Encoded.encode;
import static org.gristmill.image.Encoded.filled;
import static org.gristmill.image.Encoded.spliced;
import static org.gristmill.image.Plain.Shrinking.FROM_THE_WHOLE;
import static org.gristmill.image.Plain.Shrinking.NEVER;
import static org.gristmill.image.Plain.Shrinking.ROW_BY_ROW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which pictures OpenCV is given, and how small it makes them. */
class PlainTest {
  private static byte[] jpeg(boolean progressive) throws IOException {
    var noise = new BufferedImage(200, 120, BufferedImage.TYPE_INT_RGB);
    var random = new Random(7);
    for (int i = 0; i < 200 * 120; i++) {
      noise.setRGB(i % 200, i / 200, random.nextInt());
    }
    var writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    var bytes = new ByteArrayOutputStream();
    try (var out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      var parameters = writer.getDefaultWriteParam();
      parameters.setProgressiveMode(
          progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
      writer.write(null, new IIOImage(noise, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static Plain jpegOf(byte[] bytes) {
    return Plain.of(Format.JPEG, bytes);
  }

  @Test
  void jpegsAreBaselineOrProgressive() throws IOException {
    assertEquals(new Plain(200, 120, 3, ROW_BY_ROW), jpegOf(jpeg(false)));
    assertEquals(new Plain(200, 120, 3, FROM_THE_WHOLE), jpegOf(jpeg(true)));
    byte[] grey = encode(new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY), "jpg");
    assertEquals(new Plain(40, 30, 1, ROW_BY_ROW), jpegOf(grey));
  }

  @Test
  void aJpegThatDoesNotEndIsNotPlain() throws IOException {
    byte[] whole = jpeg(false);
    for (int length = 0; length < whole.length; length++) {
      assertNull(jpegOf(java.util.Arrays.copyOf(whole, length)), "cut at byte " + length);
    }
    assertNotNull(jpegOf(java.util.Arrays.copyOf(whole, whole.length + 300)));
  }

  @Test
  void aMarkerThatCannotBeAmidTheSamplesIsSeen() throws IOException {
    for (boolean progressive : new boolean[] {false, true}) {
      byte[] jpeg = jpeg(progressive);
      for (int marker : new int[] {0x01, 0xc8, 0xd0, 0xd8}) {
        byte[] marked = spliced(jpeg, jpeg.length / 2, 2, new byte[] {(byte) 0xff, (byte) marker});
        // Restarts are numbered, so the first may be number 0.
        assertEquals(marker == 0xd0, jpegOf(marked) != null, "marker " + marker);
      }
      byte[] twice =
          spliced(jpeg, jpeg.length / 2, 4, new byte[] {-1, (byte) 0xd0, -1, (byte) 0xd0});
      assertNull(jpegOf(twice));
    }
  }

  @Test
  void pngsHaveEightBitsAndNothingTransparent() throws IOException {
    byte[] colours = encode(filled(BufferedImage.TYPE_INT_RGB, Color.RED), "png");
    assertEquals(new Plain(40, 30, 3, NEVER), Plain.of(Format.PNG, colours));
    byte[] transparent =
        spliced(colours, 33, 0, Encoded.chunk("tRNS", new byte[] {0, -1, 0, 0, 0, 0}));
    assertNull(Plain.of(Format.PNG, transparent));
    byte[] animated = spliced(colours, 33, 0, Encoded.chunk("acTL", new byte[8]));
    assertNull(Plain.of(Format.PNG, animated));
    byte[] cut = java.util.Arrays.copyOf(colours, colours.length - 12);
    assertNull(Plain.of(Format.PNG, cut));
    for (int type :
        new int[] {
          BufferedImage.TYPE_INT_ARGB,
          BufferedImage.TYPE_USHORT_GRAY,
          BufferedImage.TYPE_BYTE_INDEXED,
          BufferedImage.TYPE_BYTE_BINARY
        }) {
      assertNull(Plain.of(Format.PNG, encode(new BufferedImage(40, 30, type), "png")));
    }
  }

  /** Pillow's {@code draft("RGB", (s, s))} takes the same. */
  @ParameterizedTest
  @CsvSource({
    "500, 375, 256, 1",
    "512, 512, 256, 2",
    "511, 2000, 256, 1",
    "2048, 3000, 256, 8",
    "2047, 3000, 256, 4",
    "9000, 8000, 1, 8",
    "3, 3, 1, 2",
    "100, 100, 200, 1",
    "4800, 3200, 0, 1",
  })
  void theShortSideKeepsWhatIsAsked(int width, int height, int shortSide, int divisor) {
    assertEquals(divisor, new Plain(width, height, 3, ROW_BY_ROW).divisor(shortSide));
    assertEquals(divisor, new Plain(width, height, 3, FROM_THE_WHOLE).divisor(shortSide));
    assertEquals(1, new Plain(width, height, 3, NEVER).divisor(shortSide));
  }

  @Test
  void sidesAreRoundedUp() {
    assertEquals(new Plain(57, 3, 3, ROW_BY_ROW), new Plain(450, 17, 3, ROW_BY_ROW).divided(8));
  }
}
