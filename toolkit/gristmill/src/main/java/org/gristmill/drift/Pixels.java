package org.gristmill.drift;

import java.nio.ByteBuffer;
import org.gristmill.Image;

/**
 * Numbers of a picture, from about 28 of its rows of pixels, evenly spaced, and their neighbours.
 * Luma is ITU-R 601's, as {@link Image.Mode#GREY} has it.
 */
final class Pixels {
  private static final int ROWS = 28;

  private final Image image;
  private final int channels;
  private final byte[] row;
  private final ByteBuffer samples;
  private long pixels;
  private final long[] colour = new long[3]; // sums
  private long saturation;
  private long luma;
  private long lumaSquares;
  private long inner; // pixels that have four neighbours
  private long edges; // sum of the Laplacian
  private long edgeSquares;
  private long flat;

  private Pixels(Image image) {
    this.image = image;
    this.channels = image.mode().channels();
    this.row = new byte[image.width() * channels];
    this.samples = image.samples();
  }

  static void measure(Image image, float[] values) {
    new Pixels(image).measure(values);
  }

  private void measure(float[] values) {
    int width = image.width();
    int[] above = new int[width];
    int[] here = new int[width];
    int[] below = new int[width];
    int step = Math.max(1, image.height() / ROWS);
    for (int y = step / 2; y < image.height(); y += step) {
      luma(y, here);
      sum(here);
      if (y > 0 && y < image.height() - 1) {
        luma(y - 1, above);
        luma(y + 1, below);
        edges(above, here, below);
      }
    }
    values[Feature.WIDTH.place()] = image.decodedWidth();
    values[Feature.HEIGHT.place()] = image.decodedHeight();
    values[Feature.BRIGHTNESS.place()] = mean(luma, pixels);
    values[Feature.CONTRAST.place()] = deviation(luma, lumaSquares, pixels);
    values[Feature.RED.place()] = mean(colour[0], pixels);
    values[Feature.GREEN.place()] = mean(colour[1], pixels);
    values[Feature.BLUE.place()] = mean(colour[2], pixels);
    values[Feature.SATURATION.place()] = mean(saturation, pixels);
    values[Feature.SHARPNESS.place()] = deviation(edges, edgeSquares, inner);
    values[Feature.FLATNESS.place()] = mean(flat, inner);
  }

  private static float mean(long sum, long count) {
    return count == 0 ? 0 : (float) ((double) sum / count);
  }

  private static float deviation(long sum, long squares, long count) {
    double mean = mean(sum, count);
    return count == 0 ? 0 : (float) Math.sqrt(Math.max(0, (double) squares / count - mean * mean));
  }

  /** Reads a row of pixels, of which {@link #row} then has the samples. */
  private void luma(int y, int[] out) {
    samples.get(y * row.length, row);
    if (channels == 1) {
      for (int x = 0; x < out.length; x++) {
        out[x] = row[x] & 0xff;
      }
      return;
    }
    for (int x = 0, at = 0; x < out.length; x++, at += 3) {
      out[x] =
          (19595 * (row[at] & 0xff)
                  + 38470 * (row[at + 1] & 0xff)
                  + 7471 * (row[at + 2] & 0xff)
                  + 32768)
              >> 16;
    }
  }

  private void sum(int[] lumas) {
    pixels += lumas.length;
    long sum = 0;
    long squares = 0;
    for (int value : lumas) {
      sum += value;
      squares += (long) value * value;
    }
    luma += sum;
    lumaSquares += squares;
    if (channels == 1) {
      for (int c = 0; c < 3; c++) {
        colour[c] += sum;
      }
      return;
    }
    int reds = 0;
    int greens = 0;
    int blues = 0;
    int distances = 0;
    for (int at = 0; at < row.length; at += 3) {
      int red = row[at] & 0xff;
      int green = row[at + 1] & 0xff;
      int blue = row[at + 2] & 0xff;
      reds += red;
      greens += green;
      blues += blue;
      distances += Math.max(red, Math.max(green, blue)) - Math.min(red, Math.min(green, blue));
    }
    colour[0] += reds;
    colour[1] += greens;
    colour[2] += blues;
    saturation += distances;
  }

  private void edges(int[] above, int[] here, int[] below) {
    long sum = 0;
    long squares = 0;
    int even = 0;
    for (int x = 1; x < here.length - 1; x++) {
      int edge = 4 * here[x] - here[x - 1] - here[x + 1] - above[x] - below[x];
      sum += edge;
      squares += (long) edge * edge;
      even += edge >= -1 && edge <= 1 ? 1 : 0;
    }
    edges += sum;
    edgeSquares += squares;
    flat += even;
    inner += Math.max(0, here.length - 2);
  }
}
