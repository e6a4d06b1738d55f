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
 * <p>Rows of the source are made narrow when the first row of the target needs them, and kept while
 * others do. Two sums of 32 bits share a long, so that one multiplication weighs two samples; the
 * vertical pass is a loop over whole rows, which the JVM does several samples at a time.
 */
final class Resize {
  private static final int HALF = 1 << (Windows.PRECISION_BITS - 1);
  private static final long TWO_HALVES = (long) HALF << 32 | HALF;
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
    int[][] narrow = new int[rows.length()][width * channels]; // row y at y modulo their number
    int[] sums = new int[width * channels];
    int next = rows.first(0);
    for (int y = 0; y < height; y++) {
      for (; next < rows.first(y) + rows.length(); next++) {
        source.narrow(next, narrow[next % narrow.length]);
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
    private final byte[] row;

    Source(Image image, Windows columns) {
      this.columns = columns;
      samples = image.samples();
      channels = image.mode().channels();
      stride = image.width() * channels;
      row = new byte[stride + Integer.BYTES]; // the last pixel, too, is read as four bytes
    }

    void narrow(int y, int[] out) {
      samples.get(y * stride, row, 0, stride);
      if (channels == 3) {
        colours(out);
      } else {
        grey(out);
      }
    }

    private void colours(int[] out) {
      for (int x = 0; x < columns.count(); x++) {
        int at = columns.first(x) * 3;
        long redAndBlue = TWO_HALVES;
        int green = HALF;
        for (int i = 0; i < columns.length(); i++, at += 3) {
          int pixel = (int) PIXEL.get(row, at);
          int weight = columns.weight(x, i);
          redAndBlue += weight * (pixel & 0xff | (pixel & 0xff0000L) << 16);
          green += weight * (pixel >> 8 & 0xff);
        }
        int red = (int) redAndBlue;
        out[3 * x] = red;
        out[3 * x + 1] = green;
        out[3 * x + 2] = (int) (redAndBlue - red >> 32); // what red below 0 took from it
      }
      toSamples(out);
    }

    private void grey(int[] out) {
      for (int x = 0; x < columns.count(); x++) {
        int at = columns.first(x);
        int sum = HALF;
        for (int i = 0; i < columns.length(); i++) {
          sum += columns.weight(x, i) * (row[at + i] & 0xff);
        }
        out[x] = sum;
      }
      toSamples(out);
    }
  }
}
