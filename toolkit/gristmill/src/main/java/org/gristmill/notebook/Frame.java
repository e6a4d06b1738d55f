package org.gristmill.notebook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.gristmill.ExecutionPlan;
import org.gristmill.RunStats;
import org.gristmill.Timeline;
import org.gristmill.observe.Snapshot;

/**
 * What a tile shows at a time: tables that need no script and no style, and bring no colours.
 *
 * @param tables one below the other
 */
record Frame(List<Table> tables) {
  private static final int BAR = 30; // characters
  private static final int SHORT_BAR = 16;
  private static final int MOST_ACTORS = 8; // of a stage, with a line each
  private static final int MOST_DEVICES = 4; // of actors that share a line
  private static final int MOST_HEIGHTS = 32; // of actors that share a line
  private static final int LONGEST_STAGE = 48;
  private static final int SHORT_STAGE = 32;
  private static final int LONGEST_REASON = 400;

  Frame {
    tables = List.copyOf(tables);
  }

  String html() {
    return Html.tables(tables);
  }

  String text() {
    return tables.stream().map(Table::toString).collect(Collectors.joining("\n"));
  }

  /** How a run stands. */
  static Frame of(Snapshot run) {
    var tables = new ArrayList<>(List.of(about(run), stages(run)));
    var actors = actors(run);
    if (!actors.rows().isEmpty()) {
      tables.add(actors);
    }
    return new Frame(tables);
  }

  private static Table about(Snapshot run) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("steps", run.stats().steps()));
    rows.add(List.of("state", state(run)));
    rows.add(List.of("rows", rows(run)));
    rows.add(List.of("rate", Progress.rate(run)));
    if (run.state() == Snapshot.State.RUNNING) {
      rows.add(List.of("time left", Progress.left(run).orElse("not known yet")));
    }
    if (run.stats().setAside() > 0) {
      rows.add(List.of("set aside", rowCount(run.stats().setAside())));
    }
    rows.add(List.of("memory", memory(run)));
    return new Table(List.of("", ""), rows);
  }

  /** In a word, and for how long. */
  static String state(Snapshot run) {
    String time = Progress.time(run.stats().wall());
    return switch (run.state()) {
      case RUNNING -> "running for " + time;
      case ENDED -> "ended after " + time;
      case FAILED ->
          "failed after "
              + time
              + ": "
              + Progress.shortened(run.failure().orElse("no reason given"), LONGEST_REASON);
    };
  }

  /** A bar, if it is known how many there will be, and in numbers. */
  static String rows(Snapshot run) {
    return Progress.share(run)
        .map(share -> Bar.of(share, BAR) + percent(share) + ", ")
        .orElse("")
        .concat(Progress.rows(run));
  }

  private static String rowCount(long rows) {
    return rows == 1 ? "1 row" : rows + " rows";
  }

  private static String memory(Snapshot run) {
    RunStats.Memory memory = run.memory();
    if (run.state() != Snapshot.State.RUNNING) { // nothing is held any more: what it took
      memory = run.stats().memory();
    }
    double share = memory.rows() / (double) Math.max(1, memory.budget());
    return (run.state() == Snapshot.State.RUNNING ? "rows " : "at most: rows ")
        + Bar.of(share, SHORT_BAR)
        + " "
        + Table.bytes(memory.rows())
        + " of "
        + Table.bytes(memory.budget())
        + ", process "
        + Table.bytes(memory.process())
        + (memory.gpu() < 0 ? "" : ", GPU " + Table.bytes(memory.gpu()));
  }

  private static Table stages(Snapshot run) {
    List<ExecutionPlan.Stage> plan = run.stats().plan().stages();
    boolean known = plan.size() == run.stages().size(); // not if the run failed as it began
    var rows = new ArrayList<List<String>>();
    for (int i = 0; i < plan.size(); i++) {
      var stage = plan.get(i);
      var now = known ? run.stages().get(i) : null;
      rows.add(
          List.of(
              Progress.shortened(stage.name(), LONGEST_STAGE),
              stage.workers(),
              now == null ? "-" : String.valueOf(now.queue()),
              now == null ? "-" : String.valueOf(now.running()),
              stage.measured().map(measured -> String.valueOf(measured.rows())).orElse("-")));
    }
    return new Table(
        List.of("stage", "workers", "rows waiting", "tasks running", "rows out"), rows);
  }

  /** How busy the actors of batch stages were since their stage began. */
  private static Table actors(Snapshot run) {
    List<ExecutionPlan.Stage> plan = run.stats().plan().stages();
    boolean several = plan.stream().filter(Frame::isBatches).count() > 1;
    var rows = new ArrayList<List<String>>();
    for (int i = 0; i < plan.size(); i++) {
      var measured = plan.get(i).measured().filter(ExecutionPlan.Measured::batches);
      String stage = several ? Progress.shortened(plan.get(i).name(), SHORT_STAGE) + " " : "";
      if (measured.isPresent()) {
        double wall = nanosSinceBegun(run, i);
        var actors = measured.get().actors();
        if (actors.size() <= MOST_ACTORS) {
          actors.forEach(actor -> rows.add(actor(stage, actor, wall)));
        } else {
          rows.add(together(stage, actors, wall));
        }
      }
    }
    return new Table(List.of("actor", "device", "busy", "batches", "rows"), rows);
  }

  private static boolean isBatches(ExecutionPlan.Stage stage) {
    return stage.measured().filter(ExecutionPlan.Measured::batches).isPresent();
  }

  private static double nanosSinceBegun(Snapshot run, int stage) {
    long began =
        run.stats().timeline().spans().stream()
            .filter(span -> span.stage() == stage)
            .mapToLong(Timeline.Span::from)
            .min()
            .orElse(0);
    return Math.max(1, run.stats().wall().minus(Duration.ofNanos(began)).toNanos());
  }

  private static List<String> actor(String stage, ExecutionPlan.Actor actor, double wall) {
    double share = share(List.of(actor), wall);
    return List.of(
        stage + actor.number(),
        actor.device(),
        Bar.of(share, SHORT_BAR) + percent(share),
        String.valueOf(actor.tasks()),
        String.valueOf(actor.rows()));
  }

  private static List<String> together(
      String stage, List<ExecutionPlan.Actor> actors, double wall) {
    var bars = new StringBuilder();
    int each = (actors.size() + MOST_HEIGHTS - 1) / MOST_HEIGHTS; // that are drawn as one
    for (int i = 0; i < actors.size(); i += each) {
      var some = actors.subList(i, Math.min(actors.size(), i + each));
      bars.append(Bar.height(share(some, wall)));
    }
    return List.of(
        stage + actors.get(0).number() + " to " + actors.get(actors.size() - 1).number(),
        devices(actors),
        bars + percent(share(actors, wall)),
        String.valueOf(actors.stream().mapToLong(ExecutionPlan.Actor::tasks).sum()),
        String.valueOf(actors.stream().mapToLong(ExecutionPlan.Actor::rows).sum()));
  }

  private static String devices(List<ExecutionPlan.Actor> actors) {
    var devices = actors.stream().map(ExecutionPlan.Actor::device).distinct().toList();
    return devices.size() <= MOST_DEVICES
        ? String.join(", ", devices)
        : "%s and %d others".formatted(devices.get(0), devices.size() - 1);
  }

  /** The share of the time, 0..1, in which they were busy on average. */
  private static double share(List<ExecutionPlan.Actor> actors, double wall) {
    return actors.stream()
        .mapToDouble(actor -> Math.min(1, actor.busy().toNanos() / wall))
        .average()
        .orElse(0);
  }

  /** Not more than it is: 100 only if that is all. */
  private static String percent(double share) {
    return "\u00a0" + (int) Math.floor(100 * share + 1e-9) + "\u00a0%";
  }
}
