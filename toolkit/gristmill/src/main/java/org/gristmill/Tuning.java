package org.gristmill;

import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.gristmill.chart.TuningCharts;
import org.gristmill.compare.Interval;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;
import org.gristmill.tune.Contender;
import org.gristmill.tune.Result;
import org.gristmill.tune.Result.Fate;
import org.gristmill.tune.Shape;

/**
 * What a {@link Tuner} found: the batch size and the pool to use, and all that was measured.
 * Immutable.
 *
 * @param <T> the rows that a worker takes
 * @param <R> the results that it gives
 */
public final class Tuning<T, R> implements Tabular {
  private static final List<String> HEADER =
      List.of(
          "pool",
          "actors",
          "batch",
          "rows/s",
          "against the fastest (95 %)",
          "99 % of batches take",
          "process",
          "");
  private static final int AGAINST = 4; // of these columns: only what was in the race has it

  private final List<Result> results;
  private final Duration took;
  private final Result chosen;
  private final ActorPool<T, R> pool;
  private final String expression; // that gives the pool, before it was shaped

  Tuning(List<Result> results, Duration took, Map<String, Tuner.Choice<T, R>> pools) {
    this.results = List.copyOf(results);
    this.took = took;
    this.chosen =
        results.stream()
            .filter(result -> result.fate() == Fate.CHOSEN)
            .findFirst()
            .orElseThrow(() -> nothing(results));
    Contender contender = chosen.contender();
    Tuner.Choice<T, R> choice = pools.get(contender.pool());
    this.pool = shaped(choice.pool(), contender.shape());
    this.expression = choice.expression();
  }

  static <T, R> ActorPool<T, R> shaped(ActorPool<T, R> pool, Shape shape) {
    var sized = pool.size(shape.actors()).gpusPerActor(shape.gpus());
    return shape.gpus() == 0 ? sized.threadsPerActor(shape.threads()) : sized;
  }

  private static GristmillException nothing(List<Result> results) {
    var quickest =
        results.stream()
            .filter(result -> result.fate() == Fate.TOO_LATE)
            .min(Comparator.comparing(Result::latency));
    if (quickest.isPresent()) {
      return new GristmillException(
          "no batch ends in time: the quickest were %s in batches of %d, of which 99 %% take %s or less. Allow"
                  .formatted(
                      quickest.get().contender(),
                      quickest.get().batchSize(),
                      RunStats.time(quickest.get().latency()))
              + " more (Tuner.latencyAtMost), or use a faster model.");
    }
    return new GristmillException(
        "nothing could be run: %s%s"
            .formatted(
                results.get(0).why(),
                results.stream().allMatch(result -> result.fate() == Fate.NOT_TRIED)
                    ? ". Tune on more rows, or for longer (Tuner.budget)."
                    : ""));
  }

  /** Rows a batch. */
  public int batchSize() {
    return chosen.batchSize();
  }

  /** The pool that was the best, with as many actors and threads. */
  public ActorPool<T, R> pool() {
    return pool;
  }

  /** What was chosen. */
  public Result chosen() {
    return chosen;
  }

  /** What became of everything that was looked at, in the order in which it was. */
  public List<Result> results() {
    return results;
  }

  /** How long tuning took. */
  public Duration took() {
    return took;
  }

  /** The line to paste, for a dataset named rows. */
  public String line() {
    Shape shape = chosen.contender().shape();
    String each =
        shape.gpus() == 0
            ? ".threadsPerActor(" + shape.threads() + ")"
            : ".gpusPerActor(" + (shape.gpus() == 1 ? "1" : "0.5") + ")";
    return "rows.mapBatches(%d, %s.size(%d)%s)"
        .formatted(batchSize(), expression, shape.actors(), each);
  }

  /** Those that ran against each other in turn to the end or until they were behind. */
  private List<Result> finalists() {
    return results.stream()
        .filter(
            result -> result.equals(chosen) || result.againstBest().isPresent() || isBest(result))
        .sorted(
            Comparator.comparing((Result result) -> !result.equals(chosen))
                .thenComparing(Tuning::ratio, Comparator.reverseOrder()))
        .toList();
  }

  private static boolean isBest(Result result) {
    return result.fate() == Fate.NO_DIFFERENCE && result.againstBest().isEmpty();
  }

  private static double ratio(Result result) {
    return result.againstBest().map(Interval::mean).orElse(1.0);
  }

  /** What ran against each other, the chosen one first, and what that says. */
  @Override
  public Table table() {
    return new Table(HEADER, finalists().stream().map(Tuning::row).toList(), summary());
  }

  /** The same, the line to paste, and what was seen on the way. */
  @Override
  public List<Table> tables() {
    var tables = new ArrayList<>(List.of(table()));
    tables.add(new Table(List.of("", ""), List.of(List.of("paste", line()))));
    var others = new ArrayList<>(results);
    others.removeAll(finalists());
    if (!others.isEmpty()) {
      tables.add(
          new Table(
              withoutAgainst(HEADER),
              others.stream().map(result -> withoutAgainst(row(result))).toList()));
    }
    return tables;
  }

  private static List<String> withoutAgainst(List<String> cells) {
    var others = new ArrayList<>(cells);
    others.remove(AGAINST);
    return others;
  }

  private static List<String> row(Result result) {
    boolean measured = !result.rates().isEmpty();
    return List.of(
        result.contender().pool(),
        result.contender().shape().toString(),
        String.valueOf(result.batchSize()),
        measured ? format("%.1f", result.rowsPerSecond()) : "",
        result.againstBest().map(Interval::toString).orElse(""),
        measured ? RunStats.time(result.latency()) : "",
        measured ? Table.bytes(result.memory()) : "",
        result.fate() == Fate.CHOSEN ? "taken: " + result.why() : result.why());
  }

  /** What was found, in sentences made from the figures. */
  public String summary() {
    var same =
        results.stream()
            .filter(result -> result.fate() == Fate.NO_DIFFERENCE)
            .map(result -> result.contender() + " in batches of " + result.batchSize())
            .toList();
    int runs = results.stream().mapToInt(result -> result.rates().size()).sum();
    return format(
            "Batches of %d, %s: %.1f rows/s, %s. ",
            batchSize(),
            chosen.contender(),
            chosen.rowsPerSecond(),
            chosen.rates().size() == 1
                ? "seen once"
                : "the median of " + chosen.rates().size() + " runs")
        + (same.isEmpty()
            ? ""
            : "No difference is shown from "
                + same.stream().collect(Collectors.joining("; "))
                + ". ")
        + format(
            "%d ways were looked at in %.1f s and %d runs.",
            results.size(), took.toNanos() / 1e9, runs);
  }

  /** Rows/s, how long batches take and what the process took, against the batch size. */
  public BufferedImage batchSizeChart() {
    return TuningCharts.batchSizes(this);
  }

  /**
   * Rows/s against how long batches take: what no other one beats in both is joined by a line (the
   * Pareto front).
   */
  public BufferedImage paretoChart() {
    return TuningCharts.pareto(this);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @Override
  public String toString() {
    return tables().stream().map(Table::toString).collect(Collectors.joining("\n"));
  }
}
