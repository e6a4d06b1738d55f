package org.gristmill.observe;

import java.util.Arrays;
import java.util.Random;

/** Times at which the rows of a made-up run come out, in seconds. */
enum Arrivals {
  /** One after the other, at random times. */
  STEADY {
    @Override
    double[] times(Random random) {
      return flow(random, 600, share -> 20);
    }
  },
  /** Two actors with batches of 16, each of which takes a second, more or less. */
  BURSTS {
    @Override
    double[] times(Random random) {
      return batches(random, 60, 2, 16, number -> 1 + 0.2 * random.nextGaussian());
    }
  },
  /** Batches that are few, large, and of lengths that differ much. */
  LARGE_BATCHES {
    @Override
    double[] times(Random random) {
      return batches(random, 32, 2, 64, number -> 2 + 4 * random.nextDouble());
    }
  },
  /** The first batches take three times as long as the later ones. */
  SLOW_START {
    @Override
    double[] times(Random random) {
      return batches(
          random, 80, 2, 8, n -> (n < 6 ? 1.8 : 0.6) * (1 + 0.2 * random.nextGaussian()));
    }
  },
  /** At the end a third as fast as at the beginning. */
  SLOWING_DOWN {
    @Override
    double[] times(Random random) {
      return flow(random, 600, share -> 30 - 20 * share);
    }
  },
  /** At the end three times as fast as at the beginning. */
  SPEEDING_UP {
    @Override
    double[] times(Random random) {
      return flow(random, 600, share -> 10 + 20 * share);
    }
  },
  /** Every so often nothing comes for two to five seconds. */
  STALLS {
    @Override
    double[] times(Random random) {
      return batches(
          random,
          120,
          2,
          8,
          n -> 0.5 + (random.nextInt(20) == 0 ? 2 + 3 * random.nextDouble() : 0));
    }
  },
  /** A machine whose speed wanders. */
  WANDERING {
    @Override
    double[] times(Random random) {
      double[] speed = {1};
      return batches(
          random,
          150,
          2,
          8,
          n -> {
            speed[0] *= Math.exp(0.06 * random.nextGaussian());
            return 0.5 / speed[0];
          });
    }
  };

  /** What decides how long something takes. */
  interface Varying {
    double at(double place);
  }

  abstract double[] times(Random random);

  /**
   * Single rows.
   *
   * @param rate rows a second, by the share of rows that have come
   */
  static double[] flow(Random random, int rows, Varying rate) {
    double[] times = new double[rows];
    double now = 2; // a model was loaded
    for (int i = 0; i < rows; i++) {
      now += -Math.log(1 - random.nextDouble()) / rate.at(i / (double) rows);
      times[i] = now;
    }
    return times;
  }

  /**
   * Batches, handed to whichever actor is free.
   *
   * @param seconds that a batch takes, by its number
   */
  static double[] batches(Random random, int batches, int actors, int size, Varying seconds) {
    double[] free = new double[actors];
    Arrays.setAll(free, actor -> 2 + random.nextDouble());
    double[] times = new double[batches * size];
    for (int batch = 0; batch < batches; batch++) {
      int first = 0;
      for (int actor = 1; actor < actors; actor++) {
        first = free[actor] < free[first] ? actor : first;
      }
      free[first] += Math.max(0.05, seconds.at(batch));
      Arrays.fill(times, batch * size, (batch + 1) * size, free[first]);
    }
    for (int i = 1; i < times.length; i++) { // they keep their order
      times[i] = Math.max(times[i], times[i - 1]);
    }
    return times;
  }
}
