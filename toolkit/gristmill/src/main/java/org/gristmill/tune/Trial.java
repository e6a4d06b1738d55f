package org.gristmill.tune;

import java.time.Duration;
import java.util.Optional;

/**
 * A run that was made to see how fast it is.
 *
 * @param rows that came out
 * @param setAside rows that failed instead
 * @param wall time that it took
 * @param latency that 99 % of its batches took at most, in their actors
 * @param memory bytes, the most that the process took
 * @param failure why it failed, or had to do with smaller batches
 */
public record Trial(
    long rows,
    long setAside,
    Duration wall,
    Duration latency,
    long memory,
    Optional<String> failure) {

  /** One that failed. */
  public static Trial failed(String why) {
    return new Trial(0, 0, Duration.ZERO, Duration.ZERO, 0, Optional.of(why));
  }

  /** Rows that it ran. */
  long taken() {
    return rows + setAside;
  }

  double rowsPerSecond() {
    return rows / Math.max(1e-9, wall.toNanos() / 1e9);
  }
}
