package org.gristmill.image;

import static org.gristmill.image.Encoded.chunk;
import static org.gristmill.image.Encoded.encode;
import static org.gristmill.image.Encoded.spliced;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrientationTest {
  private static final int WIDTH = 64;
  private static final int HEIGHT = 32;

  /** Red, green, blue and white quarters: top left, top right, bottom left, bottom right. */
  private static BufferedImage quarters() {
    var image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        boolean left = x < WIDTH / 2;
        Color top = left ? Color.RED : Color.GREEN;
        Color bottom = left ? Color.BLUE : Color.WHITE;
        image.setRGB(x, y, (y < HEIGHT / 2 ? top : bottom).getRGB());
      }
    }
    return image;
  }

  private static char colour(Image image, int x, int y) {
    boolean red = image.sample(x, y, 0) > 128;
    boolean green = image.sample(x, y, 1) > 128;
    boolean blue = image.sample(x, y, 2) > 128;
    return red && green && blue ? 'W' : red ? 'R' : green ? 'G' : blue ? 'B' : '?';
  }

  /** The colours of the corners: top left, top right, bottom left, bottom right. */
  private static String corners(Image image) {
    int right = image.width() - 1;
    int bottom = image.height() - 1;
    return "%c%c%c%c"
        .formatted(
            colour(image, 0, 0),
            colour(image, right, 0),
            colour(image, 0, bottom),
            colour(image, right, bottom));
  }

  private static byte[] exif(ByteOrder order, int orientation) {
    return ByteBuffer.allocate(26)
        .order(order)
        .put((byte) (order == ByteOrder.BIG_ENDIAN ? 'M' : 'I'))
        .put((byte) (order == ByteOrder.BIG_ENDIAN ? 'M' : 'I'))
        .putShort((short) 42)
        .putInt(8) // where the tags are
        .putShort((short) 1) // one tag
        .putShort((short) 0x112)
        .putShort((short) 3) // a short
        .putInt(1)
        .putShort((short) orientation)
        .putShort((short) 0)
        .putInt(0)
        .array();
  }

  private static byte[] app1(byte[] exif) {
    return ByteBuffer.allocate(exif.length + 10)
        .putShort((short) 0xffe1)
        .putShort((short) (exif.length + 8))
        .put(new byte[] {'E', 'x', 'i', 'f', 0, 0})
        .put(exif)
        .array();
  }

  @ParameterizedTest
  @CsvSource({
    "0, RGBW", "1, RGBW", "2, GRWB", "3, WBGR", "4, BWRG", "5, RBGW", "6, BRWG", "7, WGBR",
    "8, GWRB", "9, RGBW"
  })
  void picturesAreTurnedUpright(int orientation, String corners) throws IOException {
    int width = orientation >= 5 && orientation <= 8 ? HEIGHT : WIDTH;
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      byte[] exif = exif(order, orientation);
      byte[] jpeg = spliced(encode(quarters(), "jpg"), 2, 0, app1(exif));
      byte[] png = spliced(encode(quarters(), "png"), 33, 0, chunk("eXIf", exif));

      for (byte[] bytes : new byte[][] {jpeg, png}) {
        Image image = Decode.bytes(bytes, Mode.RGB, "a");
        assertEquals(corners, corners(image));
        assertEquals(width, image.width());
        assertEquals(WIDTH * HEIGHT / width, image.height());
        assertEquals("a", image.path());
        assertEquals(width, Decode.bytes(bytes, Mode.GREY, null).width());
      }
    }
  }

  @Test
  void anUnreadableBlockTurnsNothing() throws IOException {
    byte[] broken = exif(ByteOrder.BIG_ENDIAN, 6);
    broken[7] = 127; // tags where nothing is
    byte[] jpeg = spliced(encode(quarters(), "jpg"), 2, 0, app1(broken));

    assertEquals("RGBW", corners(Decode.bytes(jpeg, Mode.RGB, null)));
  }

  @Test
  void webpIsTurned() throws IOException {
    byte[] webp =
        HexFormat.of()
            .parseHex(
                "524946465800000057454250565038580a000000180000000200000100005650384c170000002f0240"
                    + "00100ff0849927fc3e6161fe031e373888e87f0800455849461a0000004d4d002a000000080001"
                    + "011200030000000100060000"
                    + "00000000");

    Image image = Decode.bytes(webp, Mode.GREY, null);

    assertEquals(2, image.width());
    assertEquals(3, image.height());
    assertEquals(255, image.sample(1, 0, 0)); // the first pixel, a transparent one
    assertEquals(97, image.sample(0, 0, 0));
  }
}
