package org.gristmill.image;

import java.nio.ByteBuffer;
import org.gristmill.Image;
import org.gristmill.Preprocessing.Resampling;

/** Pictures of another size, another part of them, or the other way round. */
public final class Shape {
  private static final int MOST_SAMPLES = Integer.MAX_VALUE - 8; // of an array

  private Shape() {}

  /**
   * The width of a picture whose short side gets so many pixels: the long one follows, rounded down
   * as torchvision's Resize does it.
   */
  public static long width(Image image, int shortSide) {
    boolean upright = image.width() <= image.height();
    return upright ? shortSide : (long) shortSide * image.width() / image.height();
  }

  /** Its height. */
  public static long height(Image image, int shortSide) {
    boolean upright = image.width() <= image.height();
    return upright ? (long) shortSide * image.height() / image.width() : shortSide;
  }

  /** Where a part in the middle begins: torchvision's CenterCrop, halves go to the even number. */
  public static int middle(int whole, int part) {
    return (int) Math.rint((whole - part) / 2.0);
  }

  /** Resized with antialiasing, sample for sample as Pillow does it. */
  public static Image resized(Image image, long width, long height, Resampling filter) {
    int channels = image.mode().channels();
    if (width < 1 || height < 1 || width > MOST_SAMPLES / channels / height) {
      throw new IllegalArgumentException(
          "a picture of %d x %d (width x height) would get %d x %d, and none can be so large"
              .formatted(image.width(), image.height(), width, height));
    }
    int stride = (int) width * channels;
    byte[] out = new byte[stride * (int) height];
    Resize.resize(
        image,
        (int) width,
        (int) height,
        filter,
        0,
        0,
        (int) width,
        (int) height,
        (y, samples) -> {
          int at = y * stride;
          for (int i = 0; i < stride; i++) {
            out[at + i] = (byte) samples[i];
          }
        });
    return Image.of((int) width, (int) height, image.mode(), out, image.path());
  }

  /** The part whose upper left corner is at (x, y); it must lie in the picture. */
  public static Image cropped(Image image, int x, int y, int width, int height) {
    int channels = image.mode().channels();
    int stride = width * channels;
    byte[] out = new byte[stride * height];
    ByteBuffer samples = image.samples();
    for (int row = 0; row < height; row++) {
      samples.get(((y + row) * image.width() + x) * channels, out, row * stride, stride);
    }
    return Image.of(width, height, image.mode(), out, image.path());
  }

  /** Left and right exchanged. */
  public static Image flippedHorizontally(Image image) {
    int channels = image.mode().channels();
    int stride = image.width() * channels;
    byte[] out = samples(image);
    for (int from = 0; from < out.length; from += stride) {
      int left = from;
      int right = from + stride - channels;
      for (; left < right; left += channels, right -= channels) {
        for (int c = 0; c < channels; c++) {
          byte sample = out[left + c];
          out[left + c] = out[right + c];
          out[right + c] = sample;
        }
      }
    }
    return Image.of(image.width(), image.height(), image.mode(), out, image.path());
  }

  /** Top and bottom exchanged. */
  public static Image flippedVertically(Image image) {
    int stride = image.width() * image.mode().channels();
    byte[] out = new byte[stride * image.height()];
    ByteBuffer samples = image.samples();
    for (int y = 0; y < image.height(); y++) {
      samples.get(y * stride, out, out.length - (y + 1) * stride, stride);
    }
    return Image.of(image.width(), image.height(), image.mode(), out, image.path());
  }

  /** A copy of the samples. */
  static byte[] samples(Image image) {
    byte[] copy = new byte[image.width() * image.height() * image.mode().channels()];
    image.samples().get(copy);
    return copy;
  }
}
