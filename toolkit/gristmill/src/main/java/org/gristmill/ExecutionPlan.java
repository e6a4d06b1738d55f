package org.gristmill;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * The stages that carry out a dataset, after a run with what each did. Immutable.
 *
 * @param stages from the source on
 * @param options how they are run: order, errors, memory
 */
public record ExecutionPlan(List<Stage> stages, String options) implements Tabular {
  /**
   * What rows go through together.
   *
   * @param name the steps of the dataset that it carries out
   * @param workers threads that it has; after a run, the most that it had
   * @param measured what it did, after a run
   */
  public record Stage(String name, String workers, Optional<Measured> measured) {}

  /**
   * What a stage did. Times are of all its workers together.
   *
   * @param rows rows that left it
   * @param bytes what those took in memory, roughly
   * @param tasks chunks of rows, or batches
   * @param busy working, which includes making workers and loading models
   * @param waitedForInput without rows to work on
   * @param waitedForRoom with rows to work on, but the stages behind it, or the run's memory, full
   */
  public record Measured(
      long rows,
      long bytes,
      long tasks,
      Duration busy,
      Duration waitedForInput,
      Duration waitedForRoom) {}

  public ExecutionPlan {
    stages = List.copyOf(stages);
  }

  /** A row a stage. */
  @Override
  public Table table() {
    boolean ran = stages.stream().anyMatch(stage -> stage.measured().isPresent());
    var rows = new ArrayList<List<String>>();
    for (int depth = 0; depth < stages.size(); depth++) {
      var stage = stages.get(depth);
      var cells = new ArrayList<String>();
      cells.add(depth == 0 ? stage.name() : "\u00a0\u00a0".repeat(depth - 1) + "└ " + stage.name());
      cells.add(stage.workers());
      if (ran) {
        cells.addAll(stage.measured().map(ExecutionPlan::cells).orElseGet(() -> blanks(6)));
      }
      rows.add(cells);
    }
    var header = new ArrayList<>(List.of("stage", "workers"));
    if (ran) {
      header.addAll(
          List.of("rows", "bytes", "tasks", "busy", "waited for input", "waited for room"));
    }
    return new Table(header, rows, options);
  }

  private static List<String> cells(Measured measured) {
    return List.of(
        String.valueOf(measured.rows()),
        Table.bytes(measured.bytes()),
        String.valueOf(measured.tasks()),
        RunStats.time(measured.busy()),
        RunStats.time(measured.waitedForInput()),
        RunStats.time(measured.waitedForRoom()));
  }

  private static List<String> blanks(int count) {
    return java.util.Collections.nCopies(count, "-");
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
