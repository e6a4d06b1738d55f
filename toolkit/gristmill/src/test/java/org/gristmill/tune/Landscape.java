package org.gristmill.tune;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;

/**
 * Contenders whose speeds are known, in virtual time: a batch takes so long and a row so long, with
 * noise in each run that is log-normal. A batch's memory grows with its rows.
 */
final class Landscape implements Trials {
  /**
   * What a contender does: seconds a batch, seconds a row, and what a row takes from some size on.
   */
  interface Speed {
    /** Rows/s without noise; 0 where it fails. */
    double rowsPerSecond(Contender contender, int batchSize);
  }

  private final Speed speed;
  private final double noise;
  private final Random random;
  private final long bytesPerRow;
  private final long limit;
  private long nanos;
  private long memory;
  private int largest; // batch that was run
  private long rows = Long.MAX_VALUE;

  /**
   * @param noise the standard deviation of a run's logarithm
   * @param limit bytes at which the process would be killed
   */
  Landscape(Speed speed, double noise, long seed, long bytesPerRow, long limit) {
    this.speed = speed;
    this.noise = noise;
    this.random = new Random(seed);
    this.bytesPerRow = bytesPerRow;
    this.limit = limit;
  }

  Landscape(Speed speed, double noise, long seed) {
    this(speed, noise, seed, 0, Long.MAX_VALUE);
  }

  Landscape of(long rowsOfTheDataset) {
    rows = rowsOfTheDataset;
    return this;
  }

  @Override
  public Trial run(Contender contender, int batchSize, int count) {
    double rate = speed.rowsPerSecond(contender, batchSize);
    if (rate == 0) {
      return Trial.failed("cannot");
    }
    largest = Math.max(largest, batchSize);
    long needed = bytesPerRow * batchSize * contender.shape().actors();
    memory = Math.max(memory, needed); // freed memory is kept
    if (memory > limit) {
      throw new IllegalStateException("killed with batches of " + batchSize);
    }
    long came = Math.min(rows, count);
    double factor = Math.exp(noise * random.nextGaussian());
    long wall = (long) (1e9 * came / rate * factor);
    nanos += wall;
    long batch = (long) (1e9 * batchSize * contender.shape().actors() / rate);
    return new Trial(
        came, 0, Duration.ofNanos(wall), Duration.ofNanos(batch), memory, Optional.empty());
  }

  @Override
  public void close(Contender contender) {}

  @Override
  public long freeMemory() {
    return limit - memory;
  }

  @Override
  public long memory() {
    return memory;
  }

  @Override
  public long nanoTime() {
    return nanos;
  }

  int largest() {
    return largest;
  }
}
