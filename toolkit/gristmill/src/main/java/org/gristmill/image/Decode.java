package org.gristmill.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.gristmill.Image;
import org.gristmill.observe.Work;
import org.gristmill.observe.Work.Part;

/** Encoded bytes to pictures, through {@code javax.imageio}. */
public final class Decode {
  private static final byte APP2 = (byte) 0xe2;
  private static final byte SCAN = (byte) 0xda;

  private Decode() {}

  /** Reads and decodes one file; its time is counted to the calling task. */
  public static Image file(Path file, Image.Mode mode) throws Exception {
    byte[] bytes = Work.time(Part.READ, () -> Files.readAllBytes(file));
    try {
      return Work.time(Part.DECODE, () -> bytes(bytes, mode, file.toString()));
    } catch (IOException broken) {
      String why = broken.getMessage() + ". Repair the file or take it out of the folder.";
      throw new IIOException(why, broken.getCause());
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
    try {
      BufferedImage picture = read(bytes);
      byte[] samples = mode == Image.Mode.RGB ? rgb(picture) : grey(picture);
      return Image.of(picture.getWidth(), picture.getHeight(), mode, samples, path);
    } catch (EOFException cut) {
      throw new IIOException("the picture is cut off", cut);
    } catch (RuntimeException malformed) { // some readers let them out
      throw new IIOException("malformed picture: " + malformed, malformed);
    }
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
      var warnings = new ArrayList<String>();
      try {
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        reader.setInput(in, true, true);
        BufferedImage picture = reader.read(0);
        // The JDK's JPEG decoder fills what is missing or unreadable with grey and only warns.
        if (warnings.stream().anyMatch(Decode::isFatal)) {
          throw new IIOException("the picture is cut off or corrupt: " + warnings);
        }
        return picture;
      } finally {
        reader.dispose();
      }
    }
  }

  private static boolean isFatal(String warning) {
    return warning.contains("Truncated")
        || warning.contains("premature end")
        || warning.contains("bad Huffman");
  }

  /**
   * A JPEG without its colour profile. The JDK would convert the samples by it; models are trained
   * on samples as they are stored, which is what Pillow and OpenCV give.
   */
  private static byte[] withoutProfile(byte[] bytes) {
    if (!startsWith(bytes, 0, "\u00ff\u00d8")) {
      return bytes;
    }
    var out = new ByteArrayOutputStream(bytes.length);
    int copied = 0;
    int at = 2;
    while (at + 4 <= bytes.length && bytes[at] == (byte) 0xff && bytes[at + 1] != SCAN) {
      if (bytes[at + 1] == (byte) 0xff) { // a legal fill byte
        at++;
        continue;
      }
      int end = at + 2 + (((bytes[at + 2] & 0xff) << 8) | (bytes[at + 3] & 0xff));
      if (bytes[at + 1] == APP2 && startsWith(bytes, at + 4, "ICC_PROFILE\0")) {
        out.write(bytes, copied, at - copied);
        copied = Math.min(end, bytes.length);
      }
      at = end;
    }
    out.write(bytes, copied, bytes.length - copied);
    return out.toByteArray();
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
    int bands = picture.getRaster().getNumBands();
    if (bands == 4 && !picture.getColorModel().hasAlpha()) {
      throw new IllegalArgumentException("four channels without alpha (CMYK) are not supported");
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
    if (picture.getRaster().getNumBands() == 2) {
      return greyOverWhite(picture.getRaster());
    }
    var flat =
        new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
    var graphics = flat.createGraphics();
    graphics.drawImage(picture, 0, 0, Color.WHITE, null);
    graphics.dispose();
    return flat;
  }

  /** Grey with alpha, which Java 2D would brighten as it does grey. */
  private static BufferedImage greyOverWhite(Raster raster) {
    var flat =
        new BufferedImage(raster.getWidth(), raster.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
    int max = (1 << raster.getSampleModel().getSampleSize(0)) - 1;
    for (int y = 0; y < raster.getHeight(); y++) {
      for (int x = 0; x < raster.getWidth(); x++) {
        double alpha = raster.getSample(x, y, 1) / (double) max;
        int grey =
            (int) Math.rint(255 * (1 - alpha * (1 - raster.getSample(x, y, 0) / (double) max)));
        flat.setRGB(x, y, (grey << 16) | (grey << 8) | grey);
      }
    }
    return flat;
  }
}
