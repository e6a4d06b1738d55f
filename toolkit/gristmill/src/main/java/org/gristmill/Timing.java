package org.gristmill;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.gristmill.compare.Interval;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * Ways to compute the same thing, timed in turn on the calling thread; the first one is what the
 * others are compared with. For what takes too little to be a run of its own. Immutable.
 */
public final class Timing implements Tabular {
  /** Rounds that the JVM is given to compile what it runs. */
  private static final int WARM_UP = 3;

  /** The ways, not timed yet. Immutable. */
  public static final class Ways {
    private final Map<String, Runnable> ways;

    private Ways(Map<String, Runnable> ways) {
      this.ways = ways;
    }

    /** One more way. */
    public Ways and(String name, Runnable way) {
      var more = new LinkedHashMap<>(ways);
      if (more.put(name, Objects.requireNonNull(way, "way")) != null) {
        throw new IllegalArgumentException("there are two ways named " + name);
      }
      return new Ways(more);
    }

    /**
     * Times all of them in turn, after three rounds that only warm up.
     *
     * @param rounds how often; intervals need at least 2
     * @param repeats how often a way is called in a round, for one that takes microseconds
     */
    public Timing measure(int rounds, int repeats) {
      if (rounds < 1 || repeats < 1) {
        throw new IllegalArgumentException(
            "timing needs 1 or more rounds and repeats, not %d and %d".formatted(rounds, repeats));
      }
      var nanos = new LinkedHashMap<String, List<Double>>();
      for (int round = -WARM_UP; round < rounds; round++) {
        for (var way : ways.entrySet()) {
          long began = System.nanoTime();
          for (int i = 0; i < repeats; i++) {
            way.getValue().run();
          }
          double took = (System.nanoTime() - began) / (double) repeats;
          var counted = nanos.computeIfAbsent(way.getKey(), name -> new ArrayList<>());
          if (round >= 0) {
            counted.add(Math.max(1, took));
          }
        }
      }
      return new Timing(nanos);
    }
  }

  private final Map<String, List<Double>> nanos; // a call, by way and round
  private final String first;

  private Timing(Map<String, List<Double>> nanos) {
    this.nanos = nanos;
    this.first = nanos.keySet().iterator().next();
  }

  /** Begins with the way that the others are compared with. */
  public static Ways of(String name, Runnable way) {
    return new Ways(Map.of()).and(name, way);
  }

  /** Nanoseconds that a call took: the median of the rounds. */
  public double nanos(String way) {
    var sorted = rounds(way).stream().sorted().toList();
    return sorted.get((sorted.size() - 1) / 2);
  }

  /** How many times as long as the first way it took, in the same rounds. */
  public Interval timesAsLong(String way) {
    var ratios = new ArrayList<Double>();
    for (int round = 0; round < rounds(way).size(); round++) {
      ratios.add(rounds(way).get(round) / rounds(first).get(round));
    }
    return Interval.of(ratios);
  }

  private List<Double> rounds(String way) {
    return Objects.requireNonNull(nanos.get(way), () -> "no way is named " + way);
  }

  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    for (String way : nanos.keySet()) {
      rows.add(
          List.of(
              way,
              String.format(Locale.ROOT, "%,.1f", nanos(way) / 1e3),
              way.equals(first) ? "1" : timesAsLong(way).toString()));
    }
    String note = rounds(first).size() + " rounds, in turn; medians";
    return new Table(List.of("", "µs", "times as long (95 %)"), rows, note);
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
