package org.gristmill.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.gristmill.Image;
import org.gristmill.Preprocessing.Resampling;

/**
 * Antialiased resizing, sample for sample as Pillow's {@code Image.resize} does it: a horizontal
 * and a vertical pass over 8-bit samples, with 22-bit fixed-point weights (Pillow up to 12,
 * src/libImaging/Resample.c; Pillow 13 sometimes takes the passes in the other order, which changes
 * a few samples by rounding).
 *
 * <p>Rows of the source are made narrow when the first row of the target needs them, two at a time,
 * and kept while others do. A sample of each of the two and later their sums share a long, so that
 * one multiplication weighs both; the vertical pass is a loop over whole rows, which the JVM does
 * several samples at a time.
 */
final class Resize {
  private static final int HALF = 1 << (Windows.PRECISION_BITS - 1);
  private static final long TWO_HALVES = (long) HALF << 32 | HALF;
  private static final long TWO_SAMPLES = 0xff_0000_00ffL;
  private static final VarHandle PIXEL =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Resize() {}

  /** Takes the rows of a resized picture, from the top. */
  interface Rows {
    /**
     * @param samples width x channels of them, 0..255; the array is used again for the next row
     */
    void row(int y, int[] samples);
  }

  /**
   * The part from (left, top) to (left + width, top + height) of a picture resized to fullWidth x
   * fullHeight. Only what that part needs is computed.
   */
  static void resize(
      Image image,
      int fullWidth,
      int fullHeight,
      Resampling filter,
      int left,
      int top,
      int width,
      int height,
      Rows out) {
    int channels = image.mode().channels();
    var columns = Windows.of(image.width(), fullWidth, filter, left, width);
    var rows = Windows.of(image.height(), fullHeight, filter, top, height);
    var source = new Source(image, columns);
    // Row y is at y modulo their number.
    int[][] narrow = new int[rows.length() + 1][width * channels];
    int[] sums = new int[width * channels];
    int next = rows.first(0);
    for (int y = 0; y < height; y++) {
      for (; next < rows.first(y) + rows.length(); next += 2) {
        source.narrow(next, narrow[next % narrow.length], narrow[(next + 1) % narrow.length]);
      }
      Arrays.fill(sums, HALF);
      for (int i = 0; i < rows.length(); i++) {
        add(sums, narrow[(rows.first(y) + i) % narrow.length], rows.weight(y, i));
      }
      toSamples(sums);
      out.row(y, sums);
    }
  }

  private static void add(int[] sums, int[] samples, int weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * samples[i];
    }
  }

  private static void toSamples(int[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] = Math.max(0, Math.min(255, sums[i] >> Windows.PRECISION_BITS));
    }
  }

  /** The picture's rows, made narrow by the horizontal pass. */
  private static final class Source {
    private final ByteBuffer samples;
    private final Windows columns;
    private final int channels;
    private final int stride;
    private final int lastRow;
    private final byte[] upper;
    private final byte[] lower;
    private final long[] pixels;

    Source(Image image, Windows columns) {
      this.columns = columns;
      samples = image.samples();
      channels = image.mode().channels();
      stride = image.width() * channels;
      lastRow = image.height() - 1;
      upper = new byte[stride + 1]; // the last pixel, too, is read as four bytes
      lower = new byte[stride + 1];
      pixels = new long[image.width()];
    }

    /** A row and the one below it; below the last one that is itself. */
    void narrow(int y, int[] outUpper, int[] outLower) {
      samples.get(y * stride, upper, 0, stride);
      samples.get(Math.min(y + 1, lastRow) * stride, lower, 0, stride);
      if (channels == 3) {
        colours(outUpper, outLower);
      } else {
        grey(upper, outUpper);
        grey(lower, outLower);
      }
      toSamples(outUpper);
      toSamples(outLower);
    }

    private void colours(int[] outUpper, int[] outLower) {
      pair();
      int length = columns.length();
      int[] weights = columns.weights();
      long[] pixels = this.pixels;
      int w = 0;
      for (int x = 0; x < columns.count(); x++, w += length) {
        int first = columns.first(x);
        long red = TWO_HALVES;
        long green = TWO_HALVES;
        long blue = TWO_HALVES;
        for (int i = 0; i < length; i++) {
          long pixel = pixels[first + i];
          long weight = weights[w + i];
          red += weight * (pixel & TWO_SAMPLES);
          green += weight * (pixel >>> 8 & TWO_SAMPLES);
          blue += weight * (pixel >>> 16 & TWO_SAMPLES);
        }
        split(red, 3 * x, outUpper, outLower);
        split(green, 3 * x + 1, outUpper, outLower);
        split(blue, 3 * x + 2, outUpper, outLower);
      }
    }

    /** The pixels that count: of the upper row in the low half, of the lower one in the high. */
    private void pair() {
      int end = columns.first(columns.count() - 1) + columns.length();
      for (int x = columns.first(0); x < end; x++) {
        long above = (int) PIXEL.get(upper, 3 * x) & 0xffff_ffffL;
        long below = (int) PIXEL.get(lower, 3 * x);
        pixels[x] = below << 32 | above;
      }
    }

    /** A sum below 0 in the low half has taken 1 from the high one. */
    private static void split(long sums, int at, int[] low, int[] high) {
      low[at] = (int) sums;
      high[at] = (int) (sums - (int) sums >> 32);
    }

    private void grey(byte[] row, int[] out) {
      for (int x = 0; x < columns.count(); x++) {
        int first = columns.first(x);
        int sum = HALF;
        for (int i = 0; i < columns.length(); i++) {
          sum += columns.weight(x, i) * (row[first + i] & 0xff);
        }
        out[x] = sum;
      }
    }
  }
}
