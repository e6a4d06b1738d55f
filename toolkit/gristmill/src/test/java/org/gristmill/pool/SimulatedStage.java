package org.gristmill.pool;

import java.util.PriorityQueue;
import java.util.Random;

/**
 * A stage in virtual time: tasks arrive at a rate, actors take them in turn, and those that share a
 * processor slow each other down. How long a task takes is drawn from a seed.
 */
final class SimulatedStage {
  private static final double WINDOW = 0.25; // seconds
  private static final int QUEUE = 16; // tasks that may wait; more hold up who makes them

  private final Random random;
  private final int processors;
  private final double noise; // standard deviation of a task's time, to its mean
  private double seconds; // of a task
  private final double arrivals; // tasks a second
  private final PriorityQueue<Double> free = new PriorityQueue<>(); // when each actor is free
  private double nextArrival;
  private double now;
  private int size;
  private int changes;

  SimulatedStage(
      long seed, int size, int processors, double noise, double arrivals, double seconds) {
    this.random = new Random(seed);
    this.processors = processors;
    this.noise = noise;
    this.arrivals = arrivals;
    this.seconds = seconds;
    resize(size);
  }

  int size() {
    return size;
  }

  /** How often its size has changed. */
  int changes() {
    return changes;
  }

  /** From now on a task takes that long. */
  void taskTakes(double seconds) {
    this.seconds = seconds;
  }

  /** Lets that many windows go by, and the policy decide after each. */
  void run(Scaling scaling, int windows) {
    for (int i = 0; i < windows; i++) {
      window(scaling);
    }
  }

  private void window(Scaling scaling) {
    double until = now + Math.max(WINDOW, 2 * seconds * Math.max(1, (double) size / processors));
    int tasks = 0;
    double starved = 0;
    while (free.element() < until) {
      double from = free.remove();
      double begin = Math.max(from, nextArrival);
      starved += Math.min(begin, until) - from;
      if (begin >= until) {
        free.add(until);
        continue;
      }
      nextArrival = Math.max(nextArrival, begin - QUEUE / arrivals) + 1 / arrivals;
      free.add(begin + service());
      tasks++;
    }
    double elapsed = until - now;
    now = until;
    int wanted = scaling.decide(size, starved / elapsed / size, tasks / elapsed);
    if (wanted != size) {
      changes++;
      resize(wanted);
    }
  }

  private double service() {
    double slower = Math.max(1, (double) size / processors);
    return seconds * slower * Math.max(0.1, 1 + noise * random.nextGaussian());
  }

  private void resize(int wanted) {
    for (; size < wanted; size++) {
      free.add(now);
    }
    for (; size > wanted; size--) {
      free.remove();
    }
  }
}
