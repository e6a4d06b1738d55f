package org.gristmill;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.gristmill.notebook.Table;

/**
 * What a run is not to do, such as be slow: see {@link Run#check}. A run of which nothing came out
 * and nothing was set aside, since it was empty or an earlier one had done everything, is judged by
 * its memory, and by what its rules were given. Immutable.
 */
public final class Rule {
  private static final MathContext DIGITS = new MathContext(4); // of what is told

  private final String text;
  private final Function<RunStats, Optional<String>> found; // how it is broken

  private Rule(String text, Function<RunStats, Optional<String>> found) {
    this.text = text;
    this.found = found;
  }

  /**
   * Broken by a run whose rows came out slower than that, by wall time, model loads included.
   *
   * @param rowsPerSecond above 0
   */
  public static Rule throughputBelow(double rowsPerSecond) {
    require(
        rowsPerSecond > 0 && Double.isFinite(rowsPerSecond),
        "throughputBelow takes rows a second above 0, not " + rowsPerSecond);
    return new Rule(
        "throughput below %s rows/s".formatted(number(rowsPerSecond)),
        run ->
            hasRows(run) && run.rowsPerSecond() < rowsPerSecond
                ? Optional.of(
                    "%s rows/s, %d rows in %s"
                        .formatted(number(run.rowsPerSecond()), run.rows(), time(run.wall())))
                : Optional.empty());
  }

  /**
   * Broken by a run that set aside more than that share of its rows: of those that came out and
   * those that were set aside together. What steps dropped, such as a filter, counts for neither.
   *
   * @param share 0 to 1; 0 is broken by a single row
   */
  public static Rule errorShareAbove(double share) {
    require(share >= 0 && share <= 1, "errorShareAbove takes a share of 0 to 1, not " + share);
    return new Rule(
        "errors above %s %%".formatted(number(100 * share)),
        run -> {
          double all = run.rows() + run.setAside();
          return run.setAside() > share * all
              ? Optional.of(
                  "%s %%, %d of %.0f rows%s"
                      .formatted(
                          number(100 * run.setAside() / all), run.setAside(), all, first(run)))
              : Optional.empty();
        });
  }

  private static String first(RunStats run) {
    return run.failures().stream()
        .findFirst()
        .map(failure -> ", the first one: " + failure.message())
        .orElse("");
  }

  /**
   * Broken by a run of whose batches more than one in a hundred took longer than that, in its
   * slowest stage of batches; where there is none, of the chunks of rows of its slowest stage.
   * Known within 1 %.
   *
   * @param batch more than nothing
   */
  public static Rule p99Above(Duration batch) {
    require(
        !batch.isNegative() && !batch.isZero(), "p99Above takes more time than none, not " + batch);
    return new Rule(
        "p99 of a stage's tasks above %s".formatted(time(batch)),
        run ->
            slowest(run)
                .filter(stage -> p99(stage).compareTo(batch) > 0)
                .map(stage -> time(p99(stage)) + " in " + stage.name()));
  }

  private static Optional<ExecutionPlan.Stage> slowest(RunStats run) {
    var stages = measured(run, true);
    return (stages.isEmpty() ? measured(run, false) : stages)
        .stream().max(Comparator.comparing(Rule::p99));
  }

  private static List<ExecutionPlan.Stage> measured(RunStats run, boolean batches) {
    return run.plan().stages().stream()
        .filter(stage -> stage.measured().filter(it -> it.batches() == batches).isPresent())
        .toList();
  }

  private static Duration p99(ExecutionPlan.Stage stage) {
    return stage.measured().orElseThrow().duration().p99();
  }

  /**
   * Broken by a run while which the whole process, models and the JVM included, took more of the
   * machine's memory than that. It is looked at about twenty times a second.
   *
   * @param bytes above 0
   */
  public static Rule memoryAbove(long bytes) {
    return memory("memoryAbove", "memory of the process", bytes, RunStats.Memory::process);
  }

  /**
   * Broken by a run while which objects took more of the JVM's heap than that, dead ones included:
   * a large heap fills before anything is thrown away.
   *
   * @param bytes above 0
   */
  public static Rule heapAbove(long bytes) {
    return memory("heapAbove", "heap", bytes, RunStats.Memory::heap);
  }

  private static Rule memory(
      String verb, String what, long bytes, Function<RunStats.Memory, Long> most) {
    require(bytes > 0, verb + " takes bytes above 0, not " + bytes);
    return new Rule(
        what + " above " + Table.bytes(bytes),
        run ->
            Optional.of(most.apply(run.memory()))
                .filter(taken -> taken > bytes)
                .map(taken -> "%s at most".formatted(Table.bytes(taken))));
  }

  /**
   * Broken if what a run saw has drifted: see {@link Drift} for how often that is said of rows that
   * are like those of the reference.
   */
  public static Rule drift(Drift drift) {
    return new Rule(
        "drift from the reference",
        run -> drift.isFound() ? Optional.of(drift.found()) : Optional.empty());
  }

  /** Broken if one of a run's windows has drifted: see {@link Tracking}. */
  public static Rule drift(Tracking windows) {
    return new Rule(
        "drift from the reference in a window",
        run -> windows.firstDrift().map(row -> windows.found()));
  }

  /**
   * Broken if a model is surely less often right than that: if all of the interval is below. What
   * is expected is too high for pictures of what the model does not know: see {@link
   * Profile#expectedAccuracy}.
   *
   * @param share of the rows, 0 to 1
   */
  public static Rule expectedAccuracyBelow(double share, ExpectedAccuracy accuracy) {
    require(
        share >= 0 && share <= 1, "expectedAccuracyBelow takes a share of 0 to 1, not " + share);
    return new Rule(
        "expected accuracy below %s %%".formatted(number(100 * share)),
        run -> accuracy.high() < share ? Optional.of(accuracy.toString()) : Optional.empty());
  }

  /** Throws if a run broke one of them: {@link RunStats#check}. */
  static void check(RunStats run, Optional<Webhook> webhook, Rule... rules) {
    require(rules.length > 0, "check takes at least one rule");
    var broken = new ArrayList<String>();
    for (Rule rule : rules) {
      Objects.requireNonNull(rule, "rule");
      rule.found.apply(run).ifPresent(what -> broken.add(rule.text + ": it was " + what));
    }
    if (!broken.isEmpty()) {
      String message =
          "the run %s broke %d of %d rules: %s"
              .formatted(run.steps(), broken.size(), rules.length, String.join("; ", broken));
      throw new GristmillException(
          webhook
              .flatMap(hook -> hook.post(alert(message, run, broken)))
              .map(failed -> message + "; and " + failed)
              .orElse(message));
    }
  }

  private static JsonObject alert(String message, RunStats run, List<String> broken) {
    var json = new JsonObject();
    json.addProperty("text", message);
    json.addProperty("run", run.steps());
    json.addProperty("rows", run.rows());
    var rules = new JsonArray();
    broken.forEach(rules::add);
    json.add("broken", rules);
    return json;
  }

  private static boolean hasRows(RunStats run) {
    return run.rows() + run.setAside() > 0;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  private static String number(double value) {
    return new BigDecimal(value, DIGITS).stripTrailingZeros().toPlainString();
  }

  private static String time(Duration duration) {
    double seconds = duration.toNanos() / 1e9;
    return seconds < 1 ? number(1000 * seconds) + " ms" : number(seconds) + " s";
  }

  /** What breaks it. */
  @Override
  public String toString() {
    return text;
  }
}
