package org.gristmill.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.gristmill.Image;
import org.gristmill.observe.Work;
import org.gristmill.observe.Work.Part;

/** Encoded bytes to pictures, through {@code javax.imageio}. */
public final class Decode {
  static {
    ImageIO.setUseCache(false); // pictures are in memory already: no temporary files
  }

  private Decode() {}

  /** Reads and decodes one file; its time is counted to the calling task. */
  public static Image file(Path file, Image.Mode mode) throws Exception {
    byte[] bytes = Work.time(Part.READ, () -> Files.readAllBytes(file));
    try {
      return Work.time(Part.DECODE, () -> bytes(bytes, mode, file.toString()));
    } catch (IOException broken) {
      throw new IIOException(
          broken.getMessage() + ". Repair the file or take it out of the folder.",
          broken.getCause());
    }
  }

  /**
   * Decodes the first picture in these bytes.
   *
   * @param path where they came from, for the picture to carry
   * @throws IOException if they are no whole picture: a decoder's warning that data is missing
   *     counts as a failure
   */
  public static Image bytes(byte[] bytes, Image.Mode mode, String path) throws IOException {
    if (bytes.length == 0) {
      throw new IIOException("the file is empty");
    }
    BufferedImage picture = read(bytes);
    int width = picture.getWidth();
    int height = picture.getHeight();
    return mode == Image.Mode.RGB
        ? Image.of(width, height, mode, rgb(picture), path)
        : Image.of(width, height, mode, grey(picture), path);
  }

  private static BufferedImage read(byte[] bytes) throws IOException {
    try (var in =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(withoutProfile(bytes)))) {
      var readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new IIOException(
            "not a picture in a format that this JDK reads (JPEG, PNG, GIF, BMP, TIFF)");
      }
      ImageReader reader = readers.next();
      var warnings = new StringBuilder();
      try {
        reader.addIIOReadWarningListener(
            (source, warning) -> warnings.append(warning).append(". "));
        reader.setInput(in, true, true);
        BufferedImage picture = reader.read(0);
        // The JDK's JPEG decoder fills what is missing or unreadable with grey and only warns.
        if (warnings.indexOf("premature end") >= 0 || warnings.indexOf("bad Huffman") >= 0) {
          throw new IIOException("the picture is cut off or corrupt: " + warnings);
        }
        return picture;
      } catch (RuntimeException malformed) { // some readers let them out
        throw new IIOException("malformed picture: " + malformed, malformed);
      } finally {
        reader.dispose();
      }
    }
  }

  /**
   * A JPEG without its colour profile. The JDK would convert the samples by it; models are trained
   * on samples as they are stored, which is what Pillow and OpenCV give.
   */
  private static byte[] withoutProfile(byte[] bytes) {
    var out = new ByteArrayOutputStream(bytes.length);
    int copied = 0;
    int at = 2;
    while (isMarker(bytes, at)) {
      int end = at + 2 + ((bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff);
      if ((bytes[at + 1] & 0xff) == 0xe2 && startsWith(bytes, at + 4, "ICC_PROFILE\0")) {
        out.write(bytes, copied, at - copied);
        copied = Math.min(end, bytes.length);
      }
      at = end;
    }
    out.write(bytes, copied, bytes.length - copied);
    return out.toByteArray();
  }

  /** Whether a JPEG has a segment with a length here, before its scan. */
  private static boolean isMarker(byte[] bytes, int at) {
    return at + 4 <= bytes.length
        && bytes[0] == (byte) 0xff
        && bytes[1] == (byte) 0xd8
        && bytes[at] == (byte) 0xff
        && bytes[at + 1] != (byte) 0xda;
  }

  private static boolean startsWith(byte[] bytes, int at, String text) {
    return new String(
            bytes, at, Math.max(0, Math.min(text.length(), bytes.length - at)), ISO_8859_1)
        .equals(text);
  }

  private static byte[] rgb(BufferedImage picture) {
    if (isPlainGrey(picture)) {
      byte[] grey = data(picture);
      byte[] out = new byte[3 * grey.length];
      for (int i = 0; i < out.length; i++) {
        out[i] = grey[i / 3];
      }
      return out;
    }
    byte[] bgr = data(isPlainBgr(picture) ? picture : overWhite(picture));
    byte[] out = new byte[bgr.length];
    for (int i = 0; i < out.length; i += 3) {
      out[i] = bgr[i + 2];
      out[i + 1] = bgr[i + 1];
      out[i + 2] = bgr[i];
    }
    return out;
  }

  private static byte[] grey(BufferedImage picture) {
    if (isPlainGrey(picture)) {
      return data(picture).clone();
    }
    byte[] rgb = rgb(picture);
    byte[] out = new byte[rgb.length / 3];
    for (int i = 0; i < out.length; i++) {
      int red = rgb[3 * i] & 0xff;
      int green = rgb[3 * i + 1] & 0xff;
      int blue = rgb[3 * i + 2] & 0xff;
      out[i] = (byte) ((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
    }
    return out;
  }

  // Grey samples are taken as they are: Java 2D would convert them from a linear grey and brighten
  // the picture.
  private static boolean isPlainGrey(BufferedImage picture) {
    return picture.getType() == BufferedImage.TYPE_BYTE_GRAY && isWhole(picture, 1);
  }

  private static boolean isPlainBgr(BufferedImage picture) {
    return picture.getType() == BufferedImage.TYPE_3BYTE_BGR && isWhole(picture, 3);
  }

  private static boolean isWhole(BufferedImage picture, int channels) {
    return data(picture).length == picture.getWidth() * picture.getHeight() * channels;
  }

  private static byte[] data(BufferedImage picture) {
    return ((DataBufferByte) picture.getRaster().getDataBuffer()).getData();
  }

  private static BufferedImage overWhite(BufferedImage picture) {
    var flat =
        new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
    var graphics = flat.createGraphics();
    graphics.drawImage(picture, 0, 0, Color.WHITE, null);
    graphics.dispose();
    return flat;
  }
}
