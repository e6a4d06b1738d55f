package org.gristmill.compare;

import java.util.Locale;

/**
 * A difference of two shares and where it may be, -1..1; 0.01 is one percentage point.
 *
 * @param low bound of its interval
 * @param value as it was counted
 * @param high bound of its interval
 */
public record Difference(double low, double value, double high) {
  /** What is known where nothing was counted. */
  static final Difference UNKNOWN = new Difference(-1, 0, 1);

  /** What this and the other interval allow: both hold, so their intersection does. */
  Difference within(Difference other) {
    return new Difference(Math.max(low, other.low), value, Math.min(high, other.high));
  }

  /** In percentage points. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%+.1f points (%+.1f to %+.1f)", 100 * value, 100 * low, 100 * high);
  }
}
