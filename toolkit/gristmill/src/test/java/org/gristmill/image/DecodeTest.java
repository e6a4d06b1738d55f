package org.gristmill.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.gristmill.SharedData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

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
  void greyWithAlphaIsNotBrightenedEither() throws IOException {
    var model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_GRAY), true, false, Transparency.TRANSLUCENT, 0);
    var raster = model.createCompatibleWritableRaster(40, 30);
    for (int i = 0; i < 40 * 30; i++) {
      raster.setPixel(i % 40, i / 40, new int[] {119, i % 40 < 10 ? 0 : 255});
    }
    byte[] png = encode(new BufferedImage(model, raster, false, null), "png");

    assertPixel(Decode.bytes(png, Mode.RGB, null), 119, 119, 119);
    assertEquals(255, Decode.bytes(png, Mode.RGB, null).sample(0, 0, 0));
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

  /** Segment by segment: a JPEG, a colour profile of nothing, with and without a fill byte. */
  @Test
  void aColourProfileChangesNothing() throws IOException {
    byte[] plain = encode(filled(BufferedImage.TYPE_INT_RGB, new Color(200, 60, 20)), "jpg");
    byte[] segment = "\u00ff\u00e2\0\u0012ICC_PROFILE\0\1\1zz".getBytes(ISO_8859_1);
    for (String fill : new String[] {"", "\u00ff"}) {
      var bytes = new ByteArrayOutputStream();
      bytes.write(plain, 0, 2);
      bytes.writeBytes(fill.getBytes(ISO_8859_1));
      bytes.writeBytes(segment);
      bytes.write(plain, 2, plain.length - 2);

      assertEquals(
          Decode.bytes(plain, Mode.RGB, null).samples(),
          Decode.bytes(bytes.toByteArray(), Mode.RGB, null).samples());
    }
  }

  @Test
  @ExtendWith(SharedData.class)
  void oddFilesComeOutOrAreRefused() throws Exception {
    var refused = new ArrayList<String>();
    try (var files = Files.list(SharedData.FOLDER.resolve("images/odd"))) {
      for (Path file : files.sorted().toList()) {
        try {
          Decode.file(file, Mode.RGB);
        } catch (IOException told) {
          assertTrue(told.getMessage().length() > 20, file + ": " + told.getMessage());
          refused.add(file.getFileName().toString());
        }
      }
    }
    assertEquals(
        List.of(
            "bad_crc.png",
            "bad_empty.jpg",
            "bad_header_only.jpg",
            "bad_html.jpg",
            "bad_random.jpg",
            "bad_text.jpg",
            "bad_truncated.png",
            "bad_truncated_10pct.jpg",
            "bad_truncated_half.jpg",
            "cat.webp", // no reader for it in the JDK
            "cat_cmyk.jpg",
            "notes.txt"),
        refused);
  }
}
