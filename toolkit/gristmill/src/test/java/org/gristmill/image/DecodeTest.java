package org.gristmill.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.gristmill.image.Encoded.encode;
import static org.gristmill.image.Encoded.filled;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.junit.jupiter.api.Test;

class DecodeTest {
  /** 3 x 2 pixels of (200, 60, 20), the first one transparent. */
  private static final byte[] WEBP =
      HexFormat.of()
          .parseHex(
              "5249464624000000574542505650384c170000002f024000100ff0849927fc3e6161fe031e373888e87f"
                  + "0800");

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
    for (String format : new String[] {"jpg", "png", "gif", "bmp", "tif"}) {
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
  void sixteenBitsAreScaled() throws IOException {
    var deep = new BufferedImage(40, 30, BufferedImage.TYPE_USHORT_GRAY);
    for (int i = 0; i < 40 * 30; i++) {
      deep.getRaster().setSample(i % 40, i / 40, 0, 119 * 257 + 100);
    }

    for (String format : new String[] {"png", "tif"}) {
      assertPixel(Decode.bytes(encode(deep, format), Mode.RGB, null), 119, 119, 119);
      assertEquals(119, Decode.bytes(encode(deep, format), Mode.GREY, null).sample(9, 9, 0));
    }
  }

  @Test
  void fiveBitsAreScaled() throws IOException {
    byte[] bmp = encode(filled(BufferedImage.TYPE_USHORT_555_RGB, Color.WHITE), "bmp");

    assertPixel(Decode.bytes(bmp, Mode.RGB, null), 255, 255, 255);
  }

  @Test
  void aPaletteMayBeTransparent() throws IOException {
    var palette =
        new IndexColorModel(
            8,
            2,
            new byte[] {10, 100},
            new byte[] {20, 50},
            new byte[] {30, 0},
            new byte[] {-1, 51});
    var image = new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_INDEXED, palette);
    image.getRaster().setSample(20, 15, 0, 1);

    var decoded = Decode.bytes(encode(image, "png"), Mode.RGB, null);

    assertPixel(decoded, 255 - 155 / 5, 255 - 205 / 5, 255 - 255 / 5);
    assertEquals(10, decoded.sample(0, 0, 0));
  }

  /** A JPEG of four channels that are everywhere the same. */
  private static byte[] fourChannels(int... pixel) throws IOException {
    var raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 40, 30, 4, null);
    for (int i = 0; i < 40 * 30; i++) {
      raster.setPixel(i % 40, i / 40, pixel);
    }
    var writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    var bytes = new ByteArrayOutputStream();
    try (var out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(new IIOImage(raster, null, null));
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** As everybody writes them: inverted. */
  @Test
  void cyanMagentaYellowAndBlackAreConverted() throws IOException {
    byte[] jpeg = fourChannels(200, 100, 50, 204);

    assertPixel(Decode.bytes(jpeg, Mode.RGB, null), 160, 80, 40);
    int luma = (19595 * 160 + 38470 * 80 + 7471 * 40) >> 16;
    assertEquals(luma, Decode.bytes(jpeg, Mode.GREY, null).sample(20, 15, 0), 1);
  }

  @Test
  void soAreTheirLumaAndChroma() throws IOException {
    byte[] adobe = "\u00ff\u00ee\0\16Adobe\0\144\0\0\0\0\2".getBytes(ISO_8859_1);
    byte[] jpeg = Encoded.spliced(fourChannels(200, 100, 50, 204), 2, 0, adobe);

    assertPixel(Decode.bytes(jpeg, Mode.RGB, null), 131, 0, 84);
  }

  @Test
  void aKindThatNoReaderKnowsIsNotCalledCorrupt() throws IOException {
    byte[] jpeg = encode(filled(BufferedImage.TYPE_INT_RGB, Color.RED), "jpg");
    int frame = new String(jpeg, ISO_8859_1).indexOf("\u00ff\u00c0");
    jpeg[frame + 1] = (byte) 0xcb; // lossless

    var told = assertThrows(Refused.class, () -> Decode.bytes(jpeg, Mode.RGB, null));
    assertEquals(
        "the JPEG is of a kind that is not read: Unsupported JPEG process: SOF type 0xcb",
        told.getMessage());
    assertEquals("Convert the file or take it out of the folder.", told.advice());
  }

  @Test
  void webpIsReadWhateverTheThreadsClassLoaderSees() throws IOException {
    var thread = Thread.currentThread();
    var loader = thread.getContextClassLoader();
    thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
    try {
      var image = Decode.bytes(WEBP, Mode.RGB, null);

      assertEquals("[2, 3, 3]", Arrays.toString(image.shape()));
      assertEquals(255, image.sample(0, 0, 0)); // transparent
      assertEquals(200, image.sample(1, 0, 0));
      assertEquals(60, image.sample(1, 0, 1));
      assertEquals(20, image.sample(1, 0, 2));
    } finally {
      thread.setContextClassLoader(loader);
    }
  }

  @Test
  void aCutWebpIsNoPicture() {
    for (int length = 12; length < WEBP.length; length++) {
      byte[] cut = Arrays.copyOf(WEBP, length);
      var told = assertThrows(IOException.class, () -> Decode.bytes(cut, Mode.RGB, null));
      assertEquals(
          "the WebP is cut off: %d of 44 bytes are there".formatted(length), told.getMessage());
    }
  }

  @Test
  void theFirstFrameOfAnAnimationIsThePicture() throws IOException {
    var writer = ImageIO.getImageWritersByFormatName("gif").next();
    var bytes = new ByteArrayOutputStream();
    try (var out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.prepareWriteSequence(null);
      for (Color colour : new Color[] {Color.RED, Color.BLUE}) {
        var frame = filled(BufferedImage.TYPE_INT_RGB, colour);
        writer.writeToSequence(new IIOImage(frame, null, null), null);
      }
      writer.endWriteSequence();
    } finally {
      writer.dispose();
    }

    assertPixel(Decode.bytes(bytes.toByteArray(), Mode.RGB, null), 255, 0, 0);
  }

  @Test
  void aFrameSmallerThanItsPictureLiesOnWhite() throws IOException {
    byte[] gif = encode(filled(BufferedImage.TYPE_INT_RGB, Color.RED), "gif");
    gif[6] = 50; // width
    gif[8] = 35; // height
    int descriptor = new String(gif, ISO_8859_1).indexOf(",\0\0\0\0\50\0\36\0");
    gif[descriptor + 1] = 7; // left
    gif[descriptor + 3] = 4; // top

    var image = Decode.bytes(gif, Mode.RGB, null);

    assertEquals("[35, 50, 3]", Arrays.toString(image.shape()));
    assertPixel(image, 255, 0, 0);
    assertEquals(0, image.sample(7, 4, 1));
    assertEquals(0, image.sample(46, 33, 1));
    for (int[] outside : new int[][] {{6, 4}, {7, 3}, {47, 33}, {46, 34}}) {
      assertEquals(255, image.sample(outside[0], outside[1], 1));
    }
  }

  @Test
  void bytesBehindAJpegAreIgnored() throws IOException {
    byte[] plain = encode(filled(BufferedImage.TYPE_INT_RGB, Color.RED), "jpg");
    byte[] longer = Arrays.copyOf(plain, plain.length + 500);

    assertEquals(
        Decode.bytes(plain, Mode.RGB, null).samples(),
        Decode.bytes(longer, Mode.RGB, null).samples());
  }

  @Test
  void aPngsChecksumsAreChecked() throws IOException {
    byte[] png = encode(filled(BufferedImage.TYPE_INT_RGB, Color.RED), "png");
    png[png.length - 13] ^= 1; // the last byte of the checksum before the end chunk

    var told = assertThrows(IOException.class, () -> Decode.bytes(png, Mode.RGB, null));
    assertTrue(
        told.getMessage().startsWith("the PNG is corrupt: wrong checksum at byte "),
        told.getMessage());
  }

  @Test
  void samplesThatAreNoIntegersAreRefused() throws IOException {
    var model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_GRAY),
            false,
            false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_FLOAT);
    var raster = model.createCompatibleWritableRaster(40, 30);
    byte[] tiff = encode(new BufferedImage(model, raster, false, null), "tif");

    var told = assertThrows(IOException.class, () -> Decode.bytes(tiff, Mode.RGB, null));
    assertEquals("samples of 32 bits are not supported", told.getMessage());
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
}
