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
  private static final double SLOWEST = 0.25; // of the mean rate, for the far end of the range
  private static final double FASTEST = 4; // times the mean rate, for its near end
  private static final double DOUBT = 0.2; // of the rate, where the rest is 1.7 times what was

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
   * How long that many rows may still take. Likely is at the mean rate of the later half of the
   * windows. The ends of the range are at the slowest and the fastest of this rate, that of all
   * windows, that of the latest quarter, and what the later half's would become if it went on
   * changing as it did since the earlier half; two standard errors further down and up; and the
   * further apart, the longer the rest is compared with what was seen.
   *
   * @param rows none, if the rest is not known: no time is told then
   * @param slack nanoseconds that the last batch may take longer than its rows' share
   */
  Optional<Snapshot.Remaining> remaining(long rows, long slack) {
    int count = windows.size();
    int from = Math.min(count / 2, count - FEWEST_WINDOWS);
    if (from < 0 || rows <= 0) {
      return Optional.empty();
    }
    double mean = mean(from, count);
    if (mean == 0) {
      return Optional.empty();
    }
    double before = mean(0, Math.max(1, from));
    double ahead = Math.min(count, rows / mean); // windows: no further than there is to look back
    double trend = mean + (mean - before) * (count / 4.0 + ahead / 2) / (count / 2.0);
    double all = mean(0, count);
    double latest = mean(count - Math.max(FEWEST_WINDOWS / 2, count / 4), count);
    double slow = Math.min(Math.min(all, mean), Math.min(latest, trend));
    double fast = Math.max(Math.max(all, mean), Math.max(latest, trend));
    double error = DEVIATIONS * standardError(from, mean);
    double doubt = 1 + DOUBT * Math.log1p(rows / mean / count);
    return Optional.of(
        new Snapshot.Remaining(
            time(rows, Math.min(FASTEST * mean, (fast + error) * doubt)),
            time(rows, mean),
            time(rows, Math.max(SLOWEST * mean, (slow - error) / doubt)).plusNanos(slack)));
  }

  private double mean(int from, int to) {
    return windows.subList(from, to).stream().mapToLong(Long::longValue).average().orElse(0);
  }

  private double standardError(int from, double mean) {
    var latest = windows.subList(from, windows.size());
    double squares = latest.stream().mapToDouble(n -> (n - mean) * (n - mean)).sum();
    return Math.sqrt(squares / (latest.size() - 1) / latest.size());
  }

  private Duration time(long rows, double rowsPerWindow) {
    return Duration.ofNanos((long) (rows / rowsPerWindow * length));
  }
}
