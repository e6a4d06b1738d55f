package org.gristmill.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.junit.jupiter.api.Test;

class DecodeTest {
  private static byte[] encode(BufferedImage image, String format) throws IOException {
    var bytes = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, format, bytes));
    return bytes.toByteArray();
  }

  private static BufferedImage filled(int type, Color colour) {
    var image = new BufferedImage(40, 30, type);
    var graphics = image.createGraphics();
    graphics.setColor(colour);
    graphics.fillRect(0, 0, 40, 30);
    graphics.dispose();
    return image;
  }

  private static void assertPixel(Image image, int red, int green, int blue) {
    assertEquals(red, image.sample(20, 15, 0), 1);
    assertEquals(green, image.sample(20, 15, 1), 1);
    assertEquals(blue, image.sample(20, 15, 2), 1);
  }

  @Test
  void coloursComeOutAsTheyAre() throws IOException {
    var red = new Color(200, 60, 20);

    for (int type : new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_INT_RGB}) {
      assertPixel(Decode.bytes(encode(filled(type, red), "png"), Mode.RGB, null), 200, 60, 20);
    }
    var image = Decode.bytes(encode(filled(BufferedImage.TYPE_INT_RGB, red), "jpg"), Mode.RGB, "a");
    assertEquals("a", image.path());
    assertEquals("[30, 40, 3]", Arrays.toString(image.shape()));
    assertEquals(200, image.sample(20, 15, 0), 3);
  }

  @Test
  void greyIsNotBrightened() throws IOException {
    var grey = new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 40 * 30; i++) {
      grey.getRaster().setSample(i % 40, i / 40, 0, 119);
    }

    assertPixel(Decode.bytes(encode(grey, "png"), Mode.RGB, null), 119, 119, 119);
    assertEquals(119, Decode.bytes(encode(grey, "png"), Mode.GREY, null).sample(3, 4, 0));
  }

  @Test
  void greyOfAColourIsItsLuma() throws IOException {
    byte[] png = encode(filled(BufferedImage.TYPE_INT_RGB, new Color(200, 60, 20)), "png");

    var image = Decode.bytes(png, Mode.GREY, null);

    assertEquals((19595 * 200 + 38470 * 60 + 7471 * 20 + 32768) >> 16, image.sample(20, 15, 0));
    assertEquals("[30, 40, 1]", Arrays.toString(image.shape()));
  }

  @Test
  void whatIsTransparentIsWhite() throws IOException {
    byte[] png = encode(new BufferedImage(40, 30, BufferedImage.TYPE_INT_ARGB), "png");

    assertPixel(Decode.bytes(png, Mode.RGB, null), 255, 255, 255);
  }

  @Test
  void aCutPictureIsNoPicture() throws IOException {
    var noise = new BufferedImage(200, 200, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 200 * 200; i++) {
      noise.setRGB(i % 200, i / 200, i * 2654435);
    }
    for (String format : new String[] {"jpg", "png"}) {
      byte[] whole = encode(noise, format);
      for (int percent : new int[] {10, 50, 90}) {
        byte[] cut = Arrays.copyOf(whole, whole.length * percent / 100);
        assertThrows(
            IOException.class,
            () -> Decode.bytes(cut, Mode.RGB, null),
            format + " cut at " + percent + " %");
      }
    }
  }

  @Test
  void whatIsNoPictureIsSaid() {
    var empty = assertThrows(IOException.class, () -> Decode.bytes(new byte[0], Mode.RGB, null));
    var text =
        assertThrows(
            IOException.class,
            () ->
                Decode.bytes(
                    "hello".getBytes(java.nio.charset.StandardCharsets.UTF_8), Mode.RGB, null));

    assertEquals("the file is empty", empty.getMessage());
    assertTrue(text.getMessage().startsWith("not a picture"), text.getMessage());
  }
}
