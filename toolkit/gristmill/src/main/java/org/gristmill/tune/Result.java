package org.gristmill.tune;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.gristmill.compare.Interval;

/**
 * What became of a contender with a batch size.
 *
 * @param rates rows/s: of each round of the race; of what was not in that, of the first look
 * @param latency that 99 % of batches take at most, in their actors; the median of its trials
 * @param memory bytes, the most that the process took at first sight, all that is in it included;
 *     what was given back before may be kept
 * @param againstBest how many times as fast as the fastest, by rounds of the race; of the fastest
 *     itself, and of what was not in the race, empty
 * @param fate what was found
 * @param why in words
 */
public record Result(
    Contender contender,
    int batchSize,
    List<Double> rates,
    Duration latency,
    long memory,
    Optional<Interval> againstBest,
    Fate fate,
    String why) {

  /** What was found. */
  public enum Fate {
    /** Taken. */
    CHOSEN,
    /** In the race, which shows no difference from the fastest. */
    NO_DIFFERENCE,
    /** In the race, and slower than the fastest. */
    SLOWER,
    /** Slower at first sight, and not in the race. */
    NOT_IN_RACE,
    /** Its batches take longer than they may. */
    TOO_LATE,
    /** It failed, or ran out of memory. */
    FAILED,
    /** It was left out, for memory, time or want of rows. */
    NOT_TRIED
  }

  public Result {
    rates = List.copyOf(rates);
  }

  /** The median, in rows/s; 0 if it was not measured. */
  public double rowsPerSecond() {
    return rates.isEmpty() ? 0 : rates.stream().sorted().toList().get((rates.size() - 1) / 2);
  }
}
