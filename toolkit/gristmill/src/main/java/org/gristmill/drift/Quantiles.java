package org.gristmill.drift;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.datasketches.kll.KllFloatsSketch;

/**
 * How a number is distributed, in at most 100 values: all of them, or those at the ranks of 0.5 %,
 * 1.5 %, ... 99.5 %, with four digits. Immutable.
 */
public final class Quantiles {
  private static final int MOST = 100;
  private static final MathContext DIGITS = new MathContext(4);

  private final long count;
  private final double error;
  private final float[] values; // ascending, each for the same share of the rows

  /**
   * @param error by how much a share of rows, 0..1, may be off: with 99 %, the largest over all
   *     values, as DataSketches states it, and half the distance of two of the ranks
   */
  Quantiles(long count, double error, float[] values) {
    this.count = count;
    this.error = error;
    this.values = values.clone();
  }

  /** Whether values are what so many rows may have: ascending, and none if there are no rows. */
  static boolean isOf(long rows, double error, float[] values) {
    boolean holds =
        error >= 0 && error <= 1 && values.length <= MOST && (rows == 0) == (values.length == 0);
    for (int i = 0; i < values.length; i++) {
      holds &= Float.isFinite(values[i]) && (i == 0 || values[i - 1] <= values[i]);
    }
    return holds;
  }

  /** Of what a sketch has seen. */
  static Quantiles of(KllFloatsSketch sketch) {
    if (sketch.isEmpty()) {
      return new Quantiles(0, 0, new float[0]);
    }
    var points = new ArrayList<Point>();
    for (var it = sketch.getSortedView().iterator(); it.next(); ) {
      points.add(new Point(it.getQuantile(), it.getWeight()));
    }
    double error = sketch.isEstimationMode() ? sketch.getNormalizedRankError(false) : 0;
    return of(points, sketch.getN(), error);
  }

  /** A value and the number of rows that it stands for. */
  private record Point(float value, double rows) {}

  private static Quantiles of(List<Point> ascending, long count, double error) {
    int kept = (int) Math.min(MOST, count);
    float[] values = new float[kept];
    double below = 0; // rows before the next point
    int next = 0;
    for (Point point : ascending) {
      below += point.rows;
      while (next < kept && (next + 0.5) * count / kept < below) {
        values[next++] = rounded(point.value);
      }
    }
    while (next < kept) { // sums of shares are not exact
      values[next++] = rounded(ascending.get(ascending.size() - 1).value);
    }
    return new Quantiles(count, error + (count > kept ? 0.5 / kept : 0), values);
  }

  private static float rounded(float value) {
    return new BigDecimal(value).round(DIGITS).floatValue();
  }

  /** Of the rows of both. */
  Quantiles plus(Quantiles other) {
    if (count == 0 || other.count == 0) {
      return count == 0 ? other : this;
    }
    var points = new ArrayList<Point>();
    for (Quantiles one : List.of(this, other)) {
      for (float value : one.values) {
        points.add(new Point(value, one.count / (double) one.values.length));
      }
    }
    points.sort(Comparator.comparingDouble(Point::value));
    double errors = (count * error + other.count * other.error) / (count + other.count);
    return of(points, count + other.count, errors);
  }

  /** The rows. */
  public long count() {
    return count;
  }

  /** By how much a share of rows may be off, 0..1. */
  public double error() {
    return error;
  }

  /** The value at a rank of 0..1; not a number where there are no rows. */
  public double at(double rank) {
    int last = values.length - 1;
    return last < 0 ? Double.NaN : values[(int) Math.min(last, rank * values.length)];
  }

  /** The values, ascending, each for the same share of the rows. */
  public float[] values() {
    return values.clone();
  }

  /** The share of rows, 0..1, that have at most this value. */
  double share(float value) {
    int low = 0;
    int high = values.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (values[middle] <= value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low / (double) values.length;
  }

  /** The largest distance of the two shares of rows that have at most some value, 0..1. */
  double distance(Quantiles other) {
    double most = 0;
    for (Quantiles one : List.of(this, other)) {
      for (float value : one.values) {
        most = Math.max(most, Math.abs(share(value) - other.share(value)));
      }
    }
    return most;
  }

  /**
   * The values that part the rows into so many equal shares, as far as they differ. One that more
   * rows than such a share have is parted from what is below it, too: if it is all that there was,
   * what is less is something else.
   */
  float[] edges(int parts) {
    float[] edges = new float[2 * (parts - 1)];
    int found = 0;
    for (int i = 1; i < parts; i++) {
      float edge = values[Math.max(0, (int) Math.ceil(i * values.length / (double) parts) - 1)];
      if (found == 0 || edge > edges[found - 1]) {
        float below = Math.nextDown(edge);
        if (share(edge) - share(below) > 1.0 / parts && (found == 0 || below > edges[found - 1])) {
          edges[found++] = below;
        }
        edges[found++] = edge;
      }
    }
    return Arrays.copyOf(edges, found);
  }

  /** The shares of rows up to the first edge, from there to the next, ..., and after the last. */
  public double[] shares(float[] edges) {
    double[] shares = new double[edges.length + 1];
    double before = 0;
    for (int i = 0; i < edges.length; i++) {
      double up = share(edges[i]);
      shares[i] = up - before;
      before = up;
    }
    shares[edges.length] = 1 - before;
    return shares;
  }
}
