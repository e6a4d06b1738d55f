package org.gristmill.image;

import java.awt.image.SampleModel;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.IIOException;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.gristmill.Image;

/**
 * Encoded bytes to pictures as a person sees them: the first one in a JPEG, PNG, GIF, BMP, TIFF or
 * WebP file, turned upright, over white where it is transparent, in 8 bits. Colour profiles are
 * ignored.
 *
 * <p>Refused before it is decoded: a picture of more than 100 megapixels, or one that takes more
 * than a quarter of the JVM's largest heap to decode. Refused as well: what is cut off, and what a
 * decoder can tell is corrupt. (Bytes overwritten amid the samples of a JPEG or a WebP may decode
 * without a sign.)
 */
public final class Decode {
  private Decode() {}

  /** The bytes of a file, unless it takes too much memory. */
  public static byte[] read(Path file) throws IOException {
    try {
      MemoryLimit.ofThisJvm().checkFile(Files.size(file));
    } catch (Refused refused) {
      throw withAdvice(refused);
    }
    return Files.readAllBytes(file);
  }

  /** Decodes what a row holds; a refusal gives advice. */
  public static Image row(byte[] bytes, Image.Mode mode, String path) throws IOException {
    try {
      return bytes(bytes, mode, path);
    } catch (Refused refused) {
      throw withAdvice(refused);
    }
  }

  private static IOException withAdvice(Refused refused) {
    return new IIOException(refused.getMessage() + ". " + refused.advice(), refused.getCause());
  }

  /**
   * Decodes the first picture in these bytes.
   *
   * @param path where they came from, for the picture to carry
   * @throws IOException if they are no whole picture, one of a kind that is not supported, or one
   *     that takes too much memory; the message says which
   */
  public static Image bytes(byte[] bytes, Image.Mode mode, String path) throws IOException {
    return bytes(bytes, mode, path, MemoryLimit.ofThisJvm());
  }

  static Image bytes(byte[] bytes, Image.Mode mode, String path, MemoryLimit limit) throws Refused {
    Format format = Format.of(bytes);
    try {
      Image stored = read(format, format.prepared(bytes), mode, path, limit);
      return Orientation.turned(stored, Orientation.of(format, bytes));
    } catch (Refused refused) {
      throw refused;
    } catch (IOException | RuntimeException malformed) { // some readers let the latter out
      throw refused(format, malformed);
    }
  }

  private static Refused refused(Format format, Exception malformed) {
    List<String> reasons = new ArrayList<>();
    for (Throwable at = malformed; at != null && reasons.size() < 3; at = at.getCause()) {
      if (at instanceof EOFException) {
        return new Refused("the %s is cut off".formatted(format), malformed);
      }
      boolean told = at instanceof IIOException && at.getMessage() != null;
      reasons.add(told ? at.getMessage() : at.toString());
    }
    String why = String.join(", ", reasons);
    if (why.startsWith("Unsupported") && !why.startsWith("Unsupported marker")) {
      return new Refused(
          "the %s is of a kind that is not read: %s".formatted(format, why), Refused.CONVERT);
    }
    return new Refused("the %s is cut off or corrupt: %s".formatted(format, why), malformed);
  }

  private static Image read(
      Format format, byte[] bytes, Image.Mode mode, String path, MemoryLimit limit)
      throws IOException {
    ImageReader reader = format.reader();
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      var warnings = new ArrayList<String>();
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      reader.setInput(in, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      boolean fourChannels = format == Format.JPEG && Jpeg.hasFourChannels(bytes);
      limit.check(width, height, fourChannels ? 4 : bytesPerPixel(reader));
      if (format == Format.GIF) {
        limit.check(Gif.width(bytes), Gif.height(bytes), 1);
      }
      byte[] samples =
          fourChannels
              ? Samples.ofFourChannels(reader.readRaster(0, null), Jpeg.hasChroma(bytes), mode)
              : Samples.of(reader.read(0), mode);
      check(warnings);
      Image picture = Image.of(width, height, mode, samples, path);
      return format == Format.GIF ? Gif.whole(picture, reader.getImageMetadata(0), bytes) : picture;
    } finally {
      reader.dispose();
    }
  }

  private static void check(List<String> warnings) throws Refused {
    for (String warning : warnings) {
      // The JDK's JPEG reader fills what is missing or unreadable with grey.
      if (warning.contains("Truncated") || warning.contains("Corrupt JPEG data")) {
        throw new Refused("the JPEG is cut off or corrupt: " + warning);
      }
      // The WebP reader takes alpha that it cannot read for opaque.
      if (warning.contains("WebP alpha")) {
        throw new Refused("not supported: " + warning, Refused.CONVERT);
      }
    }
  }

  private static int bytesPerPixel(ImageReader reader) throws IOException {
    SampleModel samples = reader.getImageTypes(0).next().getSampleModel();
    return (Arrays.stream(samples.getSampleSize()).sum() + 7) / 8;
  }
}
