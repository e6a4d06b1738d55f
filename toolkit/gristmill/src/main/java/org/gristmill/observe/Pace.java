package org.gristmill.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How fast rows come out, and how long the rest may take: counted in windows of equal length from
 * the first row on, so that what went before it, such as loading a model, does not count. Owned by
 * the thread that drives the run.
 */
final class Pace {
  private static final int MOST_WINDOWS = 32;
  private static final int FEWEST_WINDOWS = 4;
  private static final double DEVIATIONS = 2;
  private static final double SLOWEST = 0.25; // of the mean rate, for the far end of the interval

  private final List<Long> windows = new ArrayList<>(); // rows in each
  private long length = 100_000_000; // nanoseconds; doubles
  private boolean began;
  private long windowBegan;
  private long rowsThen;

  /** So many rows have come out by now. */
  void rows(long now, long rows) {
    if (!began) {
      began = rows > 0;
      windowBegan = now;
      rowsThen = rows;
      return;
    }
    long whole = (now - windowBegan) / length;
    if (whole == 0) {
      return;
    }
    if (whole > MOST_WINDOWS) { // nobody looked for long: as one window
      length = now - windowBegan;
      windows.clear();
      whole = 1;
    }
    long since = rows - rowsThen;
    for (long i = whole; i > 0; i--) {
      long share = since / i;
      windows.add(share);
      since -= share;
    }
    windowBegan += whole * length;
    rowsThen = rows;
    while (windows.size() > MOST_WINDOWS) {
      halve();
    }
  }

  private void halve() {
    int odd = windows.size() % 2; // the first one goes
    var pairs = new ArrayList<Long>();
    for (int i = odd; i + 1 < windows.size(); i += 2) {
      pairs.add(windows.get(i) + windows.get(i + 1));
    }
    windows.clear();
    windows.addAll(pairs);
    length *= 2;
  }

  /**
   * How long that many rows may still take: at the mean rate of the later half of the windows, and
   * at that rate two standard errors up and down.
   *
   * @param slack nanoseconds that the last batch may take longer than its rows' share
   */
  Optional<Snapshot.Remaining> remaining(long rows, long slack) {
    int from = Math.min(windows.size() / 2, windows.size() - FEWEST_WINDOWS);
    if (from < 0) {
      return Optional.empty();
    }
    var latest = windows.subList(from, windows.size());
    double mean = latest.stream().mapToLong(Long::longValue).average().orElse(0);
    if (mean == 0) {
      return Optional.empty();
    }
    double squares = latest.stream().mapToDouble(n -> (n - mean) * (n - mean)).sum();
    double error = Math.sqrt(squares / (latest.size() - 1) / latest.size());
    return Optional.of(
        new Snapshot.Remaining(
            time(rows, mean + DEVIATIONS * error),
            time(rows, mean),
            time(rows, Math.max(SLOWEST * mean, mean - DEVIATIONS * error)).plusNanos(slack)));
  }

  private Duration time(long rows, double rowsPerWindow) {
    return Duration.ofNanos((long) (rows / rowsPerWindow * length));
  }
}
