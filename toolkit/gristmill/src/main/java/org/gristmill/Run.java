package org.gristmill;

import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.RandomAccess;
import java.util.stream.Stream;
import org.dflib.DataFrame;
import org.gristmill.dataset.Row;
import org.gristmill.frame.RowFrame;

/**
 * The rows of a run that has ended, and how they came about. An unmodifiable list; a notebook shows
 * pictures and predictions as they are.
 */
public final class Run<T> extends AbstractList<T> implements RandomAccess {
  private final List<Row<T>> rows;
  private final RunStats stats;

  Run(List<Row<T>> rows, RunStats stats) {
    this.rows = rows;
    this.stats = stats;
  }

  @Override
  public T get(int index) {
    return rows.get(index).value();
  }

  @Override
  public int size() {
    return rows.size();
  }

  /** Where a row came from: a file's path, or whatever its source calls it. */
  public Optional<String> path(int index) {
    return Optional.ofNullable(rows.get(index).path());
  }

  /**
   * The rows as a data frame: see {@link Frames#of}; with the rows' paths as its first column,
   * {@code path}, if they have any and no such column of their own.
   */
  public DataFrame toDataFrame() {
    DataFrame frame = Frames.of(this);
    Object[] paths = rows.stream().map(Row::path).toArray();
    boolean hasPaths = Stream.of(paths).anyMatch(Objects::nonNull);
    return hasPaths && !frame.getColumnsIndex().contains("path")
        ? RowFrame.withFirst("path", paths, frame)
        : frame;
  }

  /** What the run did and what its time went into. */
  public RunStats stats() {
    return stats;
  }

  /**
   * Makes sure that it kept to these rules, so that a job or a cell whose run did not ends in a
   * failure.
   *
   * @return this run
   * @throws GristmillException naming every rule that was broken, what was measured and where
   */
  public Run<T> check(Rule... rules) {
    stats.check(rules);
    return this;
  }

  /** The same, and a webhook is told: see {@link RunStats#check(Webhook, Rule...)}. */
  public Run<T> check(Webhook webhook, Rule... rules) {
    stats.check(webhook, rules);
    return this;
  }

  /** What it costs: see {@link RunStats#cost}. */
  public Cost cost(Prices prices) {
    return stats.cost(prices);
  }

  /** What every actor did when. */
  public Timeline timeline() {
    return stats.timeline();
  }

  /** The stages that carried it out, and what each did. */
  public ExecutionPlan plan() {
    return stats.plan();
  }

  /**
   * Writes what the run did as a page to look at: see {@link RunStats#report}.
   *
   * @return the file's absolute path
   */
  public Path report(String file) {
    return stats.report(file);
  }

  /** The first rows with their paths, and what the run took. */
  @Override
  public String toString() {
    var lines = new ArrayList<String>();
    for (int i = 0; i < Math.min(10, size()); i++) {
      String value = String.valueOf(get(i));
      lines.add(
          value.contains("\n") ? value : path(i).map(path -> value + "  " + path).orElse(value));
    }
    if (size() > lines.size()) {
      lines.add("... " + (size() - lines.size()) + " more");
    }
    lines.add(summary());
    return String.join("\n", lines);
  }

  /** The run in one line. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%d rows in %.2f s%s",
        size(),
        stats.wall().toNanos() / 1e9,
        stats.workers() == 0
            ? ""
            : ", " + stats.batches() + " batches, " + stats.modelLoads() + " model loads");
  }
}
