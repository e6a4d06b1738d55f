package org.gristmill.image;

import org.gristmill.Image;
import org.gristmill.Preprocessing.Resampling;

/**
 * What {@link Resize} computes, written down sample by sample: slower, and plain to see. {@code
 * ci/bench parity} measures how much slower.
 */
public final class PlainResize {
  private static final int PRECISION_BITS = 32 - 8 - 2;

  private PlainResize() {}

  /** The source samples that make one target sample: the first of them, and their weights. */
  private static final class Window {
    private final int first;
    private final int[] weights;

    Window(int first, int[] weights) {
      this.first = first;
      this.weights = weights;
    }
  }

  /**
   * The part from (left, top) to (left + width, top + height) of a picture resized to fullWidth x
   * fullHeight.
   *
   * @return width x height x channels samples
   */
  public static byte[] resize(
      Image image,
      int fullWidth,
      int fullHeight,
      Resampling filter,
      int left,
      int top,
      int width,
      int height) {
    int channels = image.mode().channels();
    Window[] columns = windows(image.width(), fullWidth, filter, left, width);
    Window[] rows = windows(image.height(), fullHeight, filter, top, height);
    int firstRow = rows[0].first;
    Window lastRow = rows[height - 1];
    int sourceRows = lastRow.first + lastRow.weights.length - firstRow;

    byte[] samples = samples(image);
    byte[] narrow = new byte[sourceRows * width * channels];
    for (int y = 0; y < sourceRows; y++) {
      int source = (firstRow + y) * image.width() * channels;
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          narrow[(y * width + x) * channels + c] =
              weighted(samples, source + columns[x].first * channels + c, channels, columns[x]);
        }
      }
    }
    byte[] out = new byte[height * width * channels];
    int stride = width * channels;
    for (int y = 0; y < height; y++) {
      int source = (rows[y].first - firstRow) * stride;
      for (int i = 0; i < stride; i++) {
        out[y * stride + i] = weighted(narrow, source + i, stride, rows[y]);
      }
    }
    return out;
  }

  private static byte[] samples(Image image) {
    byte[] copy = new byte[image.width() * image.height() * image.mode().channels()];
    image.samples().get(copy);
    return copy;
  }

  private static byte weighted(byte[] samples, int from, int step, Window window) {
    int sum = 1 << (PRECISION_BITS - 1);
    int at = from;
    for (int weight : window.weights) {
      sum += weight * (samples[at] & 0xff);
      at += step;
    }
    int value = sum >> PRECISION_BITS;
    return (byte) (value < 0 ? 0 : Math.min(value, 255));
  }

  private static Window[] windows(int in, int out, Resampling filter, int from, int count) {
    double scale = (double) in / out;
    double filterScale = Math.max(scale, 1);
    double support = filter.support() * filterScale;
    var windows = new Window[count];
    for (int i = 0; i < count; i++) {
      if (in == out) { // Pillow skips the pass
        windows[i] = new Window(from + i, new int[] {1 << PRECISION_BITS});
        continue;
      }
      double center = (from + i + 0.5) * scale;
      int first = Math.max(0, (int) (center - support + 0.5));
      int end = Math.min(in, (int) (center + support + 0.5));
      double[] exact = new double[end - first];
      double sum = 0;
      for (int x = 0; x < exact.length; x++) {
        exact[x] = filter.weight((x + first - center + 0.5) / filterScale);
        sum += exact[x];
      }
      int[] weights = new int[exact.length];
      for (int x = 0; x < weights.length; x++) {
        double scaled = exact[x] / sum * (1 << PRECISION_BITS);
        weights[x] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }
      windows[i] = new Window(first, weights);
    }
    return windows;
  }
}
