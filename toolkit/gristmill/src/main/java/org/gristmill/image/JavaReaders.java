package org.gristmill.image;

import java.awt.image.SampleModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.gristmill.Image;

/** Decodes with Java's readers, the JDK's and one for WebP: every kind of picture that is read. */
final class JavaReaders {
  private JavaReaders() {}

  /** The picture as it is stored, not turned. */
  static Image read(Format format, byte[] file, Image.Mode mode, String path, MemoryLimit limit)
      throws IOException {
    byte[] bytes = format.withoutProfile(file);
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
