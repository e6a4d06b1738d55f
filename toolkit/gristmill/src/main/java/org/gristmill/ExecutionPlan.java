package org.gristmill;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * The stages that carry out a dataset, after a run with what each did. Immutable.
 *
 * @param stages from the source on
 * @param options how they are run: order, errors, memory
 */
public record ExecutionPlan(List<Stage> stages, String options) implements Tabular {
  private static final List<String> MEASURED =
      List.of(
          "rows",
          "bytes",
          "tasks",
          "wall",
          "busy",
          "waited for input",
          "for room",
          "for memory",
          "a task: 50, 90, 99 %");

  /**
   * What rows go through together.
   *
   * @param name the steps of the dataset that it carries out
   * @param workers threads that it has; after a run, the most that it had
   * @param measured what it did, after a run
   */
  public record Stage(String name, String workers, Optional<Measured> measured) {}

  /**
   * What a stage did. Times are of all its workers together, but for the first.
   *
   * @param batches whether its tasks are batches for workers of a pool
   * @param workers threads that it had; of a pool that grew, the most
   * @param rowsIn rows of the tasks that have ended
   * @param rows rows that left it
   * @param bytes what those took in memory, roughly
   * @param tasks chunks of rows, or batches
   * @param failed how many times what an actor did failed, or had rows that did
   * @param wall from the beginning of the first task to the end of the last
   * @param busy working, which includes making workers and loading models
   * @param cpu of that, on a processor; what an engine's own threads use does not count
   * @param waitedForInput without rows to work on
   * @param waitedForRoom with rows to work on, but the stages behind it full
   * @param waitedForMemory with rows to work on, but the run's memory spent
   * @param duration of a task
   * @param sizes how many batches there were of each size
   * @param loads how often a model was loaded
   * @param loadsInTasks how many of these within a batch, and not when the worker was made
   * @param loading time that loading took
   * @param waste what of it all was in vain
   * @param actors what each of its actors did
   */
  public record Measured(
      boolean batches,
      int workers,
      long rowsIn,
      long rows,
      long bytes,
      long tasks,
      long failed,
      Duration wall,
      Duration busy,
      Duration cpu,
      Duration waitedForInput,
      Duration waitedForRoom,
      Duration waitedForMemory,
      Percentiles duration,
      SortedMap<Integer, Integer> sizes,
      int loads,
      int loadsInTasks,
      Duration loading,
      Waste waste,
      List<Actor> actors) {
    public Measured {
      sizes = Collections.unmodifiableSortedMap(new TreeMap<>(sizes));
      actors = List.copyOf(actors);
    }

    /** Whether any of its actors were in other processes. */
    public boolean isElsewhere() {
      return actors.stream().anyMatch(Actor::isElsewhere);
    }
  }

  /**
   * What of a stage's work was in vain. Times are of all its workers together.
   *
   * @param loadsAgain loads of a model that the same actor had loaded before
   * @param loadingAgain time that these took
   * @param padding time in which forward passes computed rows that only filled up a batch
   * @param failed time of batches that failed and of rows that did, without loads; rows of one task
   *     count the same
   * @param rowsAgain rows of batches that failed and were tried again
   * @param rowsGone rows that failed here for good
   */
  public record Waste(
      int loadsAgain,
      Duration loadingAgain,
      Duration padding,
      Duration failed,
      long rowsAgain,
      long rowsGone) {
    /** Nothing was. */
    public static final Waste NONE =
        new Waste(0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0, 0);
  }

  /** How long a task took: half of them at most the first, and so on; within 1 %. */
  public record Percentiles(Duration p50, Duration p90, Duration p99) {}

  /**
   * What an actor did.
   *
   * @param number its place in its pool, which another one takes when it has died
   * @param device that its worker was given; of an actor on a {@link Cluster} it says where that
   *     was, and all that there were, if it had to move
   * @param busy working, which includes making its worker
   * @param forward of that, in forward passes; zero for a worker that is no {@link ImageClassifier}
   */
  public record Actor(
      int number, String device, long tasks, long rows, Duration busy, Duration forward) {
    /** Whether its worker was in another process. */
    public boolean isElsewhere() {
      return device.contains(" on ");
    }
  }

  public ExecutionPlan {
    stages = List.copyOf(stages);
  }

  /** Whether any of its actors were in other processes. */
  public boolean isElsewhere() {
    return stages.stream()
        .flatMap(stage -> stage.measured().stream())
        .anyMatch(Measured::isElsewhere);
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
        cells.addAll(
            stage
                .measured()
                .map(ExecutionPlan::cells)
                .orElseGet(() -> Collections.nCopies(MEASURED.size(), "-")));
      }
      rows.add(cells);
    }
    var header = new ArrayList<>(List.of("stage", "workers"));
    if (ran) {
      header.addAll(MEASURED);
    }
    return new Table(header, rows, options);
  }

  private static List<String> cells(Measured measured) {
    var duration = measured.duration();
    return List.of(
        String.valueOf(measured.rows()),
        Table.bytes(measured.bytes()),
        String.valueOf(measured.tasks()),
        RunStats.time(measured.wall()),
        RunStats.time(measured.busy()),
        RunStats.time(measured.waitedForInput()),
        RunStats.time(measured.waitedForRoom()),
        RunStats.time(measured.waitedForMemory()),
        Stream.of(duration.p50(), duration.p90(), duration.p99())
            .map(RunStats::time)
            .collect(Collectors.joining(", ")));
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
