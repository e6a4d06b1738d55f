package org.gristmill.diagnosis;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.gristmill.RunStats;
import org.gristmill.Verdict.Change;
import org.gristmill.Verdict.Kind;
import org.gristmill.dataset.Outline;
import org.gristmill.dataset.Outline.Part;
import org.gristmill.dataset.WhatIf;

/** What a user of the toolkit can change about what bounds a run; each with its prediction. */
final class Remedies {
  private static final double WORTH_IT = 1.05; // times as fast
  private static final double MORE_WORTH_IT = 1.1; // for a second change on top of the first
  private static final double AS_GOOD = 1.03; // of the shortest time, for fewer workers
  private static final int MOST_MODELS = 16; // workers that hold something
  private static final int MOST_THREADS = 32; // workers that hold nothing
  private static final int MORE_ROWS = 10; // times as many
  private static final double LONG_ROW = 50_000; // nanoseconds that make it worth a task of its own
  private static final Set<String> MOVABLE = Set.of("map", "filter"); // what a user wrote

  private final RunStats stats;
  private final Outline outline;
  private final Forecast forecast;

  Remedies(RunStats stats, Outline outline, Forecast forecast) {
    this.stats = stats;
    this.outline = outline;
    this.forecast = forecast;
  }

  /** Against what this part of the run, or the run as a whole, suffers from. */
  List<Change> against(Suspect suspect) {
    int place = suspect.place();
    var changes =
        switch (suspect.bound()) {
          case REPEATED_LOADS -> loadOnce(place);
          case INFERENCE -> moreWorkers(Kind.MORE_WORKERS, place, outline, "");
          case ROW_STEP -> moveStep(place);
          case SOURCE -> moveSource();
          case OUTPUT -> moveOutput();
          case MEMORY -> moreMemory();
          case START_UP -> startLess(suspect.without());
          case PROCESSORS, NOTHING -> List.<Change>of();
        };
    return changes.stream().filter(change -> change.gain() >= WORTH_IT).toList();
  }

  /** What a model that was just loaded does slowly at first is saved too, and not predicted. */
  private List<Change> loadOnce(int place) {
    Part part = outline.parts().get(place);
    Outline once = outline.with(place, Part::loadingOnce);
    String pool = "ActorPool.of(%d, …)".formatted(part.workers());
    String advice =
        part.kind() == Outline.Kind.BATCHES
            ? "Load it once an actor (%s)".formatted(pool)
            : "Load it once an actor (mapBatches(1, %s))".formatted(pool);
    var first = forecast.change(Kind.LOAD_ONCE, place, part.workers(), advice, once);
    var changes = new ArrayList<Change>();
    changes.add(first);
    moreWorkers(Kind.LOAD_ONCE, place, once, " that load it once").stream()
        .filter(change -> change.gain() >= MORE_WORTH_IT * first.gain())
        .forEach(changes::add);
    return changes;
  }

  private List<Change> moreWorkers(Kind kind, int place, Outline from, String which) {
    if (isOnGpu(place) || Evidence.isElsewhere(stats, place)) {
      return List.of(); // nobody knows what there is left
    }
    Part part = from.parts().get(place);
    int most = part.making() > 0 ? MOST_MODELS : MOST_THREADS;
    return withWorkers(
        kind,
        place,
        "With %d workers" + which,
        search(part.workers(), most, n -> from.with(place, stage -> stage.withWorkers(n))));
  }

  private boolean isOnGpu(int place) {
    return stats.plan().stages().get(place).measured().orElseThrow().actors().stream()
        .anyMatch(actor -> actor.device().startsWith("gpu"));
  }

  /** Threads of single rows are as many as processors; a step that waits can have more. */
  private List<Change> moveStep(int place) {
    Part part = outline.parts().get(place);
    var steps = List.of(part.name().split(" > "));
    if (part.row() < LONG_ROW || !MOVABLE.containsAll(steps)) {
      return List.of();
    }
    String verb =
        steps.contains("filter")
            ? "As flatMapBatches(1, ActorPool.of(%d, …))"
            : "As mapBatches(1, %d, …)";
    return withWorkers(
        Kind.MOVE_STEP,
        place,
        verb,
        search(part.workers(), MOST_THREADS, n -> outline.with(place, it -> it.inBatches(n))));
  }

  private List<Change> moveSource() {
    Part source = outline.parts().get(0);
    if (source.row() < LONG_ROW || !source.name().equals("from(iterable)")) {
      return List.of();
    }
    Outline without = outline.with(0, it -> it.withRow(0));
    Part making = Part.ofRows(source.row(), source.bytes());
    return withWorkers(
        Kind.MOVE_SOURCE,
        0,
        "Let the iterator only name its elements, and make them in mapBatches(1, %d, …)",
        search(0, MOST_THREADS, n -> without.plus(1, making.withWorkers(n))));
  }

  private List<Change> moveOutput() {
    if (outline.output() < LONG_ROW) {
      return List.of();
    }
    Outline without = outline.withoutOutput();
    int end = outline.parts().size();
    Part before = outline.parts().get(end - 1);
    Part taking = Part.ofRows(outline.output(), before.bytes());
    return withWorkers(
        Kind.MOVE_OUTPUT,
        -1,
        "If it is an action, do its work in a step before it, mapBatches(1, %d, …)",
        search(0, MOST_THREADS, n -> without.plus(end, taking.withWorkers(n))));
  }

  private List<Change> moreMemory() {
    long wanted = WhatIf.of(outline.withMemory(Long.MAX_VALUE)).held();
    long most = Runtime.getRuntime().maxMemory() / 2;
    long bytes = Math.min(most, roundedUp(wanted + wanted / 10));
    return bytes <= outline.memory()
        ? List.of()
        : List.of(
            forecast.change(
                Kind.MORE_MEMORY,
                -1,
                bytes,
                "With Dataset.memory(%,d)".formatted(bytes).replace(',', '_'),
                outline.withMemory(bytes)));
  }

  /** To two digits. */
  private static long roundedUp(long bytes) {
    long unit = 1;
    while (bytes / unit >= 100) {
      unit *= 10;
    }
    return (bytes + unit - 1) / unit * unit;
  }

  private List<Change> startLess(Outline made) {
    var more = outline.withAll(Part::loadingOnce).withRows(MORE_ROWS * outline.rows());
    return List.of(
        forecast.change(
            Kind.KEEP_WARM,
            -1,
            0,
            "With a pool whose workers are kept for the next run (keepWarm)",
            made),
        forecast.change(
            Kind.MORE_ROWS,
            -1,
            MORE_ROWS * stats.rows(),
            "With %d times the rows".formatted(MORE_ROWS),
            more));
  }

  /**
   * The change to the workers that were found.
   *
   * @param advice with a place for their number
   */
  private List<Change> withWorkers(Kind kind, int place, String advice, Optional<Found> found) {
    return found
        .map(
            it ->
                forecast.change(kind, place, it.workers, advice.formatted(it.workers), it.outline))
        .stream()
        .toList();
  }

  /** A number of workers, and the run with them. */
  private record Found(int workers, double nanos, Outline outline) {}

  /** The fewest workers with which it is about as fast as with any number. */
  private Optional<Found> search(int have, int most, IntFunction<Outline> with) {
    var tried = new ArrayList<Found>();
    double best = Double.MAX_VALUE;
    int vain = 0;
    for (int n = have + 1; n <= most && vain < 2; n = n < have + 3 ? n + 1 : n + n / 2) {
      Outline changed = with.apply(n);
      var found = new Found(n, forecast.nanos(changed), changed);
      tried.add(found);
      vain = found.nanos > best / 1.01 ? vain + 1 : 0;
      best = Math.min(best, found.nanos);
    }
    double enough = AS_GOOD * best;
    return tried.stream().filter(found -> found.nanos <= enough).findFirst();
  }
}
