package org.gristmill.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * The formats that are read, known by their first bytes whatever the file is called. Each has one
 * reader: a plug-in that somebody else registered would change samples, and one found through the
 * thread's class loader would be missing in a notebook.
 */
enum Format {
  JPEG("\u00ff\u00d8"),
  PNG("\u0089PNG\r\n\u001a\n"),
  GIF("GIF8"),
  BMP("BM"),
  TIFF("II*\0", "MM\0*"),
  WEBP("RIFF....WEBP");

  private final String start; // a dot stands for any byte
  private final String otherStart;

  Format(String start) {
    this(start, start);
  }

  Format(String start, String otherStart) {
    this.start = start;
    this.otherStart = otherStart;
  }

  /**
   * @throws Refused if the bytes begin as none of these
   */
  static Format of(byte[] bytes) throws Refused {
    if (bytes.length == 0) {
      throw new Refused("the file is empty");
    }
    for (Format format : values()) {
      if (begins(bytes, 0, format.start) || begins(bytes, 0, format.otherStart)) {
        return format;
      }
    }
    throw new Refused("not a picture in a format that is read (JPEG, PNG, GIF, BMP, TIFF, WebP)");
  }

  /** Whether this text, in which a dot stands for any byte, is at that place. */
  static boolean begins(byte[] bytes, int at, String text) {
    if (at + text.length() > bytes.length) {
      return false;
    }
    String there = new String(bytes, at, text.length(), ISO_8859_1);
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) != '.' && text.charAt(i) != there.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Looks for what decoders would not tell.
   *
   * @throws Refused if something is wrong with these bytes
   */
  void check(byte[] bytes) throws Refused {
    switch (this) {
      case PNG -> Png.check(bytes);
      case WEBP -> WebP.check(bytes);
      case JPEG, GIF, BMP, TIFF -> {}
    }
  }

  /** What Java's reader is given: the bytes without a profile by which it would convert samples. */
  byte[] withoutProfile(byte[] bytes) {
    return switch (this) {
      case JPEG -> Jpeg.withoutProfile(bytes);
      case WEBP -> WebP.withoutProfile(bytes);
      case PNG, GIF, BMP, TIFF -> bytes;
    };
  }

  /** A reader of the JDK or our own; the caller disposes of it. */
  ImageReader reader() throws IOException {
    if (this == WEBP) {
      return new WebPImageReaderSpi().createReaderInstance();
    }
    String name = name().toLowerCase(Locale.ROOT);
    var jdks =
        IIORegistry.getDefaultInstance()
            .getServiceProviders(ImageReaderSpi.class, spi -> isJdks(spi, name), true);
    if (!jdks.hasNext()) {
      throw new Refused("this JDK has no reader for " + this);
    }
    return jdks.next().createReaderInstance();
  }

  private static boolean isJdks(Object provider, String name) {
    return provider instanceof ImageReaderSpi spi
        && spi.getClass().getModule() == ImageIO.class.getModule()
        && List.of(spi.getFormatNames()).contains(name);
  }
}
