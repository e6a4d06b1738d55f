package org.gristmill.tune;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.gristmill.compare.Interval;
import org.gristmill.tune.Result.Fate;

/**
 * Finds the fastest of many contenders and batch sizes within a budget of time, in two parts.
 *
 * <p>First all contenders climb: batches of 1, of 2, of 4 and so on, a size at a time, after a run
 * of that size that only warms up. One that twice in a row is no faster climbs no further, nor one
 * whose next batch would take too much memory or time, or takes too long already; and one that is
 * far behind the others and no longer gains is out.
 *
 * <p>Then the fastest race: they run in turn, round after round, each time the same rows, and one
 * drops out when the 95 % interval of its ratio to the leader in the same rounds lies below 1
 * (Maron and Moore, "Hoeffding Races", NIPS 1993, with Student's t on logarithms instead of
 * Hoeffding's bound, as in Birattari's F-Race, GECCO 2002). The intervals are looked at after every
 * round, so a contender as fast as the leader drops out a little more often than one time in 20.
 * Those that are left when time is up show no difference, and the one with the fewest rows in work
 * is taken of those within 2 % of the fastest. If none is left, because batches took too long or
 * failed, it is the fastest at first sight of the others.
 */
public final class Search {
  /**
   * What is looked for: rows/s, of the pools and sizes whose batches do not take longer than so.
   */
  public record Goal(Duration budget, Optional<Duration> latency) {}

  private static final int LARGEST = 1024; // rows of a batch
  private static final int LEVELS = 12; // sizes that time is planned for
  private static final double CLIMB = 0.65; // of the budget
  private static final double LARGEST_STEP = 0.25; // of the time to climb
  private static final long SHORTEST_TRIAL = 50_000_000; // nanoseconds
  private static final long LONGEST_TRIAL = 400_000_000;
  private static final int WARM_UP = 20; // part of the budget
  private static final long LONGEST_WARM_UP = 2_000_000_000;
  private static final int PATIENCE = 2; // sizes in a row that may bring nothing
  private static final double GAIN = 1.02; // that counts as faster
  private static final int FIRST_HALVED = 4; // batch size
  private static final double BEATEN = 0.4; // of the fastest
  private static final int LEAST_CLIMBING = 1;
  private static final double NEAR = 0.75; // of the fastest, to stay
  private static final int MOST_FINALISTS = 6;
  private static final int LEAST_ROUNDS = 3;
  private static final int PLANNED_ROUNDS = 5;
  private static final double AS_GOOD = 0.98;
  private static final double CAUTION = 1.5; // times the memory that rows are expected to take

  private static final long MEGABYTE = 1_000_000;

  /** A contender on its way to larger batches. */
  private static final class Climb {
    private final Contender contender;
    private double best; // rows/s
    private double gain = 1; // of the last step
    private int misses; // steps in a row that brought nothing

    Climb(Contender contender) {
      this.contender = contender;
    }

    double promise() {
      return best * Math.max(1, gain);
    }
  }

  /** The most rows that were ever in work in a pool of that name, in whichever shape. */
  private static final class Reach {
    private int rows;
    private double bytesPerRow; // that the process took more for the last ones of them

    /** Memory that was given back may be kept, so only what is beyond the reach tells anything. */
    void extend(int to, long grown) {
      if (to > rows) {
        bytesPerRow = rows == 0 ? 0 : grown / (double) (to - rows); // the first time models load
        rows = to;
      }
    }

    long expected(int to) {
      return (long) (CAUTION * bytesPerRow * Math.max(0, to - rows));
    }
  }

  /** A contender with a batch size. */
  private static final class Entry {
    private final Contender contender;
    private final int batchSize;
    private final List<Trial> trials = new ArrayList<>(); // those that did not fail
    private final List<Double> rounds = new ArrayList<>(); // rows/s in the race
    private Fate fate = Fate.NOT_IN_RACE;
    private String why = "slower at first sight";
    private Interval againstBest;
    private long memory;

    Entry(Contender contender, int batchSize) {
      this.contender = contender;
      this.batchSize = batchSize;
    }

    Entry is(Fate found, String reason) {
      fate = found;
      why = reason;
      return this;
    }

    int rows() {
      return contender.shape().actors() * batchSize;
    }

    double rate() {
      return trials.get(0).rowsPerSecond();
    }

    Duration latency() {
      var sorted = trials.stream().map(Trial::latency).sorted().toList();
      return sorted.isEmpty() ? Duration.ZERO : sorted.get((sorted.size() - 1) / 2);
    }

    /** The ratio to another entry in the rounds that both ran. */
    Interval against(Entry other) {
      int both = Math.min(rounds.size(), other.rounds.size());
      return Interval.of(
          IntStream.range(0, both)
              .mapToObj(round -> rounds.get(round) / other.rounds.get(round))
              .toList());
    }

    double meanOfRounds() {
      return Math.exp(rounds.stream().mapToDouble(Math::log).average().orElse(0));
    }

    Result result() {
      return new Result(
          contender,
          batchSize,
          rounds.isEmpty() ? trials.stream().map(Trial::rowsPerSecond).toList() : rounds,
          latency(),
          memory,
          Optional.ofNullable(againstBest),
          fate,
          why);
    }
  }

  private final Goal goal;
  private final Trials trials;
  private long began; // the climb, once the process is warm
  private final List<Climb> climbing = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, Reach> reached = new HashMap<>(); // by the pool's name
  private final long trialNanos;
  private long available = Long.MAX_VALUE; // rows that the dataset has
  private double fastest; // rows/s at first sight

  private Search(List<Contender> contenders, Goal goal, Trials trials) {
    this.goal = goal;
    this.trials = trials;
    contenders.forEach(contender -> climbing.add(new Climb(contender)));
    long fair = (long) (CLIMB * goal.budget().toNanos() / (LEVELS * contenders.size()));
    trialNanos = Math.max(SHORTEST_TRIAL, Math.min(LONGEST_TRIAL, fair));
  }

  /** What became of each, in the order in which they were tried. At most one is chosen. */
  public static List<Result> run(List<Contender> contenders, Goal goal, Trials trials) {
    var search = new Search(contenders, goal, trials);
    search.climb();
    search.race();
    return search.entries.stream().map(Entry::result).toList();
  }

  private void climb() {
    warmUp();
    for (int size = 1; size <= LARGEST && !climbing.isEmpty(); size *= 2) {
      for (Climb climb : List.copyOf(climbing)) {
        if (!step(climb, size)) {
          climbing.remove(climb);
        }
      }
      if (size >= FIRST_HALVED) {
        halve();
      }
    }
  }

  /**
   * Leaves the better half, by what they would reach if they gained as much again, and of these
   * only those that are not far behind.
   */
  private void halve() {
    climbing.removeIf(climb -> climb.promise() < BEATEN * fastest);
    climbing.sort(Comparator.comparingDouble(Climb::promise).reversed());
    int stay = Math.max(LEAST_CLIMBING, (climbing.size() + 1) / 2);
    climbing.subList(Math.min(stay, climbing.size()), climbing.size()).clear();
  }

  /**
   * The process itself, whose code is compiled as it runs. Engines that are loaded for the first
   * time take seconds of which the budget knows nothing.
   */
  private void warmUp() {
    var first = climbing.get(0).contender;
    int rows = first.shape().actors();
    boolean goes = trials.run(first, 1, rows).failure().isEmpty();
    long most = Math.min(goal.budget().toNanos() / WARM_UP, LONGEST_WARM_UP);
    began = trials.nanoTime();
    while (goes && elapsed() < most) {
      goes = trials.run(first, 1, rows).failure().isEmpty();
    }
  }

  /** Measures the next size. Whether there is to be another one. */
  private boolean step(Climb climb, int size) {
    var entry = new Entry(climb.contender, size);
    entries.add(entry);
    var refusal = refusal(climb, entry);
    if (refusal.isPresent()) {
      entry.is(Fate.NOT_TRIED, refusal.get());
      return false;
    }
    long before = trials.memory();
    Trial warm = trials.run(climb.contender, size, entry.rows());
    int asked = rows(entry, warm.rowsPerSecond(), trialNanos);
    Trial trial = warm.failure().isPresent() ? warm : trials.run(climb.contender, size, asked);
    if (trial.failure().isPresent()) {
      entry.is(Fate.FAILED, trial.failure().get());
      return false;
    }
    available = Math.min(available, trial.taken() < asked ? trial.taken() : available);
    if (trial.taken() < entry.rows()) {
      entry.is(Fate.NOT_TRIED, "the dataset has only %d rows".formatted(available));
      return false;
    }
    entry.trials.add(trial);
    entry.memory = Math.max(warm.memory(), trial.memory());
    reach(entry).extend(entry.rows(), Math.max(0, entry.memory - before));
    climb.gain = climb.best == 0 ? 1 : trial.rowsPerSecond() / climb.best;
    climb.misses = climb.best > 0 && climb.gain < GAIN ? climb.misses + 1 : 0;
    climb.best = Math.max(climb.best, trial.rowsPerSecond());
    if (isTooLate(entry)) {
      return false;
    }
    fastest = Math.max(fastest, climb.best);
    return climb.misses < PATIENCE;
  }

  private boolean isTooLate(Entry entry) {
    boolean late = goal.latency().filter(most -> entry.latency().compareTo(most) > 0).isPresent();
    if (late) {
      entry.is(Fate.TOO_LATE, "takes longer than it may");
    }
    return late;
  }

  private Reach reach(Entry entry) {
    return reached.computeIfAbsent(entry.contender.pool(), pool -> new Reach());
  }

  /** Why this size is better not tried. */
  private Optional<String> refusal(Climb climb, Entry entry) {
    if (entry.rows() > available) {
      return Optional.of("the dataset has only %d rows".formatted(available));
    }
    long free = trials.freeMemory();
    long expected = reach(entry).expected(entry.rows());
    if (expected > free) {
      return Optional.of(
          "could take %d MB more, and %d MB are free"
              .formatted(expected / MEGABYTE, free / MEGABYTE));
    }
    double time = CLIMB * goal.budget().toNanos();
    double nanos = climb.best == 0 ? 0 : 2e9 * entry.rows() / climb.best;
    if (nanos > time - elapsed()) {
      return Optional.of("no time was left to look at it");
    }
    if (nanos > LARGEST_STEP * time) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "would take %.1f s, too much of a budget of %.1f s",
              nanos / 1e9,
              goal.budget().toNanos() / 1e9));
    }
    return Optional.empty();
  }

  /** Rows that take about so long, in whole batches for all actors, as far as there are rows. */
  private int rows(Entry entry, double rowsPerSecond, long nanos) {
    double wanted = rowsPerSecond * nanos / 1e9;
    long rounds = Math.max(1, Math.round(wanted / entry.rows()));
    long most = Math.max(1, Math.min(available, Integer.MAX_VALUE) / entry.rows());
    return Math.toIntExact(Math.min(rounds, most) * entry.rows());
  }

  private long elapsed() {
    return trials.nanoTime() - began;
  }

  private long left() {
    return goal.budget().toNanos() - elapsed();
  }

  private void race() {
    List<Entry> racing = finalists();
    closeAllBut(racing);
    long nanos = left() / Math.max(1, racing.size() * PLANNED_ROUNDS);
    Map<Entry, Integer> rows = new LinkedHashMap<>();
    racing.forEach(entry -> rows.put(entry, rows(entry, entry.rate(), nanos)));
    for (int round = 1; goesOn(racing, rows, round); round++) {
      for (Entry entry : List.copyOf(racing)) {
        Trial trial = trials.run(entry.contender, entry.batchSize, rows.get(entry));
        if (trial.failure().isPresent()) {
          racing.remove(entry.is(Fate.FAILED, trial.failure().get()));
        } else {
          entry.trials.add(trial);
          entry.rounds.add(trial.rowsPerSecond());
        }
      }
      racing.removeIf(this::isTooLate);
      if (round >= LEAST_ROUNDS) {
        dropSlower(racing);
      }
      closeAllBut(racing);
      Collections.rotate(racing, 1);
    }
    choose(racing);
  }

  /** The fastest ones, as many as there is time for. */
  private List<Entry> finalists() {
    var sorted =
        new ArrayList<>(entries.stream().filter(entry -> entry.fate == Fate.NOT_IN_RACE).toList());
    sorted.sort(Comparator.comparingDouble(Entry::rate).reversed());
    var racing = new ArrayList<Entry>();
    double nanos = 0;
    for (Entry entry : sorted) {
      nanos += 1e9 * LEAST_ROUNDS * entry.rows() / entry.rate();
      boolean fits = nanos <= left() || racing.size() < 2;
      if (fits && racing.size() < MOST_FINALISTS && entry.rate() >= NEAR * sorted.get(0).rate()) {
        racing.add(entry.is(Fate.NO_DIFFERENCE, "no difference shown"));
      }
    }
    return racing;
  }

  private boolean goesOn(List<Entry> racing, Map<Entry, Integer> rows, int round) {
    if (round <= LEAST_ROUNDS) {
      return !racing.isEmpty();
    }
    double nanos = racing.stream().mapToDouble(e -> 1e9 * rows.get(e) / e.rate()).sum();
    return racing.size() > 1 && nanos <= left();
  }

  private void dropSlower(List<Entry> racing) {
    if (!racing.isEmpty()) {
      Entry leader = leader(racing);
      racing.removeIf(entry -> entry != leader && isSlower(entry, leader));
    }
  }

  private static boolean isSlower(Entry entry, Entry leader) {
    boolean slower = entry.against(leader).high() < 1;
    if (slower) {
      entry.is(Fate.SLOWER, "slower");
    }
    return slower;
  }

  private static Entry leader(List<Entry> racing) {
    return Collections.max(racing, Comparator.comparingDouble(Entry::meanOfRounds));
  }

  private void choose(List<Entry> racing) {
    if (racing.isEmpty()) { // all of them took too long, or failed: of the others one look is known
      entries.stream()
          .filter(entry -> entry.fate == Fate.NOT_IN_RACE)
          .max(Comparator.comparingDouble(Entry::rate))
          .ifPresent(entry -> entry.is(Fate.CHOSEN, "the fastest at first sight of what is left"));
      return;
    }
    Entry leader = leader(racing);
    for (Entry entry : entries) {
      if (entry != leader && !entry.rounds.isEmpty()) {
        entry.againstBest = entry.against(leader);
      }
    }
    Entry chosen =
        racing.stream()
            .filter(entry -> entry == leader || entry.againstBest.mean() >= AS_GOOD)
            .min(Comparator.comparingInt(Entry::rows).thenComparing(e -> e.batchSize))
            .orElse(leader);
    if (chosen == leader) {
      leader.is(Fate.CHOSEN, "the fastest");
    } else {
      leader.why = "the fastest by a hair";
      chosen.is(Fate.CHOSEN, "within 2 % of the fastest, with fewer rows in work");
    }
  }

  private void closeAllBut(List<Entry> racing) {
    entries.stream()
        .map(entry -> entry.contender)
        .distinct()
        .filter(contender -> racing.stream().noneMatch(entry -> entry.contender.equals(contender)))
        .forEach(trials::close);
  }
}
