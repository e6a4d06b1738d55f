package org.gristmill.image;

import org.gristmill.Image;
import org.gristmill.Image.Mode;

/**
 * Pictures in other colours, sample for sample as Pillow's {@code ImageEnhance} makes them
 * (src/PIL/ImageEnhance.py, src/libImaging/Blend.c): a blend of the picture with one that lacks
 * what is changed, in 32-bit floats, cut off to 0..255. A factor of 0 gives that other picture, 1
 * the picture itself.
 */
public final class Colour {
  private Colour() {}

  /**
   * With the channels of a mode: luma as Pillow's mode "L", or three channels that are the same.
   */
  public static Image in(Mode mode, Image image) {
    byte[] samples = Samples.of(Shape.samples(image), image.mode().channels(), mode);
    return Image.of(image.width(), image.height(), mode, samples, image.path());
  }

  /** Blended with black. */
  public static Image brightness(Image image, float factor) {
    return mapped(image, blendWith(0, factor));
  }

  /** Blended with a grey that is the mean of its luma, rounded. */
  public static Image contrast(Image image, float factor) {
    byte[] luma = Samples.of(Shape.samples(image), image.mode().channels(), Mode.GREY);
    long sum = 0;
    for (byte sample : luma) {
      sum += sample & 0xff;
    }
    int mean = (int) ((double) sum / luma.length + 0.5);
    return mapped(image, blendWith(mean, factor));
  }

  /** Each pixel blended with its luma. A grey picture stays as it is. */
  public static Image saturation(Image image, float factor) {
    byte[] out = Shape.samples(image);
    if (image.mode() == Mode.RGB) {
      byte[] luma = Samples.of(out, 3, Mode.GREY);
      for (int i = 0; i < luma.length; i++) {
        int grey = luma[i] & 0xff;
        for (int at = 3 * i; at < 3 * i + 3; at++) {
          out[at] = blend(grey, out[at] & 0xff, factor);
        }
      }
    }
    return Image.of(image.width(), image.height(), image.mode(), out, image.path());
  }

  /** What becomes of each value of a sample. */
  private static byte[] blendWith(int other, float factor) {
    byte[] table = new byte[256];
    for (int value = 0; value < table.length; value++) {
      table[value] = blend(other, value, factor);
    }
    return table;
  }

  /** Pillow cuts off the fraction, and what lies beyond 0..255. */
  private static byte blend(int other, int sample, float factor) {
    float blended = other + factor * (sample - other);
    return (byte) Math.max(0, Math.min(255, (int) blended));
  }

  private static Image mapped(Image image, byte[] table) {
    byte[] out = Shape.samples(image);
    for (int i = 0; i < out.length; i++) {
      out[i] = table[out[i] & 0xff];
    }
    return Image.of(image.width(), image.height(), image.mode(), out, image.path());
  }
}
