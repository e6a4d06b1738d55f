package org.gristmill.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;
import org.gristmill.Image.Mode;

/**
 * What a decoder made, as 8-bit samples: scaled by their largest value if they had other depths,
 * over white where they are transparent, and not converted by any colour space. (Java 2D would take
 * grey samples for linear ones and brighten the picture.)
 */
final class Samples {
  private Samples() {}

  /** Grey samples, or red, green and blue ones, in the channels that are asked for. */
  static byte[] of(byte[] samples, int channels, Mode mode) {
    if (channels == mode.channels()) {
      return samples;
    }
    return mode == Mode.RGB ? repeated(samples) : luma(samples);
  }

  /** Height x width x channels. May use the picture's own array. */
  static byte[] of(BufferedImage picture, Mode mode) throws Refused {
    byte[] rgb;
    if (isWhole(picture, BufferedImage.TYPE_BYTE_GRAY, 1)) {
      return of(data(picture), 1, mode);
    } else if (isWhole(picture, BufferedImage.TYPE_3BYTE_BGR, 3)) {
      rgb = reversed(data(picture));
    } else if (picture.getColorModel() instanceof IndexColorModel palette) {
      rgb = coloured(picture.getRaster(), palette);
    } else {
      rgb = scaled(picture.getRaster(), picture.getColorModel());
    }
    return of(rgb, 3, mode);
  }

  /**
   * Of a JPEG's four channels: inverted cyan, magenta, yellow and black as everybody writes them,
   * or with the first three as luma and chroma. Converted as Pillow does it.
   */
  static byte[] ofFourChannels(Raster raster, boolean chroma, Mode mode) {
    byte[] rgb = new byte[3 * raster.getWidth() * raster.getHeight()];
    int[] row = new int[4 * raster.getWidth()];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(0, y, raster.getWidth(), 1, row);
      for (int x = 0; x < row.length; x += 4) {
        if (chroma) {
          double blueness = row[x + 1] - 128;
          double redness = row[x + 2] - 128;
          double luma = row[x];
          row[x] = inverted(luma + 1.402 * redness);
          row[x + 1] = inverted(luma - 0.344136 * blueness - 0.714136 * redness);
          row[x + 2] = inverted(luma + 1.772 * blueness);
        }
        for (int c = 0; c < 3; c++) {
          rgb[at++] = (byte) product(row[x + c], row[x + 3]);
        }
      }
    }
    return of(rgb, 3, mode);
  }

  private static int inverted(double sample) {
    return 255 - (int) Math.max(0, Math.min(255, Math.rint(sample)));
  }

  private static boolean isWhole(BufferedImage picture, int type, int channels) {
    return picture.getType() == type
        && data(picture).length == picture.getWidth() * picture.getHeight() * channels;
  }

  private static byte[] data(BufferedImage picture) {
    return ((DataBufferByte) picture.getRaster().getDataBuffer()).getData();
  }

  private static byte[] repeated(byte[] grey) {
    byte[] rgb = new byte[3 * grey.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = grey[i / 3];
    }
    return rgb;
  }

  private static byte[] reversed(byte[] bgr) {
    for (int i = 0; i < bgr.length; i += 3) {
      byte blue = bgr[i];
      bgr[i] = bgr[i + 2];
      bgr[i + 2] = blue;
    }
    return bgr;
  }

  private static byte[] luma(byte[] rgb) {
    byte[] grey = new byte[rgb.length / 3];
    for (int i = 0; i < grey.length; i++) {
      int red = rgb[3 * i] & 0xff;
      int green = rgb[3 * i + 1] & 0xff;
      int blue = rgb[3 * i + 2] & 0xff;
      grey[i] = (byte) ((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
    }
    return grey;
  }

  private static byte[] coloured(Raster raster, IndexColorModel palette) {
    byte[] colours = new byte[3 * palette.getMapSize()];
    for (int i = 0; i < palette.getMapSize(); i++) {
      colours[3 * i] = (byte) overWhite(palette.getRed(i), palette.getAlpha(i));
      colours[3 * i + 1] = (byte) overWhite(palette.getGreen(i), palette.getAlpha(i));
      colours[3 * i + 2] = (byte) overWhite(palette.getBlue(i), palette.getAlpha(i));
    }
    byte[] rgb = new byte[3 * raster.getWidth() * raster.getHeight()];
    int[] row = new int[raster.getWidth()];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(0, y, row.length, 1, 0, row);
      for (int index : row) {
        System.arraycopy(colours, 3 * index, rgb, at, 3);
        at += 3;
      }
    }
    return rgb;
  }

  private static byte[] scaled(Raster raster, ColorModel model) throws Refused {
    int bands = raster.getNumBands();
    int colours = model.getNumColorComponents();
    boolean cmyk = model.getColorSpace().getType() == ColorSpace.TYPE_CMYK;
    check(raster, model);
    byte[] rgb = new byte[3 * raster.getWidth() * raster.getHeight()];
    int[] row = new int[bands * raster.getWidth()];
    int[] most = raster.getSampleModel().getSampleSize();
    Arrays.setAll(most, band -> (1 << most[band]) - 1);
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(0, y, raster.getWidth(), 1, row);
      for (int x = 0; x < row.length; x += bands) {
        for (int band = 0; band < bands; band++) {
          row[x + band] = (row[x + band] * 255 + most[band] / 2) / most[band];
        }
        int alpha = model.hasAlpha() ? row[x + bands - 1] : 255;
        for (int c = 0; c < 3; c++) {
          int sample = row[x + (colours == 1 ? 0 : c)];
          int colour = cmyk ? product(255 - sample, 255 - row[x + 3]) : sample;
          rgb[at++] =
              (byte)
                  (model.isAlphaPremultiplied()
                      ? Math.min(255, colour + 255 - alpha)
                      : overWhite(colour, alpha));
        }
      }
    }
    return rgb;
  }

  private static void check(Raster raster, ColorModel model) throws Refused {
    int bits = raster.getSampleModel().getSampleSize(0);
    int type = raster.getTransferType();
    boolean integers =
        type == DataBuffer.TYPE_BYTE
            || type == DataBuffer.TYPE_USHORT
            || type == DataBuffer.TYPE_INT;
    if (!integers || bits > 16) {
      throw new Refused("samples of %d bits are not supported".formatted(bits), Refused.CONVERT);
    }
    int space = model.getColorSpace().getType();
    int colours = model.getNumColorComponents();
    boolean known =
        (space == ColorSpace.TYPE_GRAY && colours == 1)
            || (space == ColorSpace.TYPE_RGB && colours == 3)
            || (space == ColorSpace.TYPE_CMYK && colours == 4);
    if (!known || raster.getNumBands() != colours + (model.hasAlpha() ? 1 : 0)) {
      throw new Refused(
          "only grey, RGB and CMYK are supported, not %d channels in Java's colour space %d"
              .formatted(raster.getNumBands(), space),
          Refused.CONVERT);
    }
  }

  private static int overWhite(int colour, int alpha) {
    return 255 - product(255 - colour, alpha);
  }

  /** The product of two fractions of 255, rounded. */
  private static int product(int a, int b) {
    int product = a * b + 128;
    return ((product >> 8) + product) >> 8;
  }
}
