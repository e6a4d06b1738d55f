package org.gristmill;

import java.util.Locale;

/**
 * How many of some rows a model has right, told from its confidence in them: see {@link
 * Profile#expectedAccuracy}.
 *
 * @param low end of the 95 % interval, 0..1
 * @param value the share that is expected, 0..1
 * @param high end of the interval, 0..1
 */
public record ExpectedAccuracy(double low, double value, double high) {
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.1f %% (%.1f to %.1f)", 100 * value, 100 * low, 100 * high);
  }
}
