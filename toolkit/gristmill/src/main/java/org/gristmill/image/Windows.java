package org.gristmill.image;

import org.gristmill.Preprocessing.Resampling;

/**
 * Along one side of a picture: for each sample of the target the source samples that make it, and
 * their weights in fixed point. All windows are equally long; where fewer samples count, the other
 * weights are 0, so that the loops over them have always as many turns.
 */
final class Windows {
  static final int PRECISION_BITS = 32 - 8 - 2;

  private final int length;
  private final int[] first;
  private final int[] weights; // of target sample i from i * length on

  private Windows(int length, int[] first, int[] weights) {
    this.length = length;
    this.first = first;
    this.weights = weights;
  }

  /**
   * The windows of the target samples from that one on, as Pillow computes them.
   *
   * @param in source samples
   * @param out target samples
   * @param count of how many target samples
   */
  static Windows of(int in, int out, Resampling filter, int from, int count) {
    double scale = (double) in / out;
    double filterScale = Math.max(scale, 1);
    // Pillow skips the pass if there are as many: each sample is then itself.
    double support = in == out ? 0.5 : filter.support() * filterScale;
    int[] first = new int[count];
    int[] end = new int[count];
    int length = 0;
    for (int i = 0; i < count; i++) {
      double center = (from + i + 0.5) * scale;
      first[i] = Math.max(0, (int) (center - support + 0.5));
      end[i] = Math.min(in, (int) (center + support + 0.5));
      length = Math.max(length, end[i] - first[i]);
    }
    int[] weights = new int[count * length];
    double[] exact = new double[length];
    for (int i = 0; i < count; i++) {
      double center = (from + i + 0.5) * scale;
      int those = end[i] - first[i];
      double sum = 0;
      for (int x = 0; x < those; x++) {
        exact[x] = in == out ? 1 : filter.weight((x + first[i] - center + 0.5) / filterScale);
        sum += exact[x];
      }
      int start = Math.min(first[i], in - length); // the window's, so that it lies in the source
      for (int x = 0; x < those; x++) {
        double scaled = exact[x] / sum * (1 << PRECISION_BITS);
        weights[i * length + first[i] - start + x] =
            (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }
      first[i] = start;
    }
    return new Windows(length, first, weights);
  }

  /** Target samples. */
  int count() {
    return first.length;
  }

  /** Source samples a target sample. */
  int length() {
    return length;
  }

  /** The first source sample that counts for a target sample; they never go back. */
  int first(int target) {
    return first[target];
  }

  /** The weight of a target sample's ith source sample. */
  int weight(int target, int i) {
    return weights[target * length + i];
  }

  /** All weights, of target sample i from i * length on. Must not be changed. */
  int[] weights() {
    return weights;
  }
}
