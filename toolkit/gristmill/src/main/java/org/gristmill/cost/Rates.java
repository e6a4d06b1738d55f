package org.gristmill.cost;

import java.time.Duration;
import java.util.Optional;
import org.gristmill.Cost.Basis;
import org.gristmill.Cost.Rate;
import org.gristmill.ExecutionPlan.Measured;
import org.gristmill.Prices.Machine;
import org.gristmill.RunStats;
import org.gristmill.dataset.Outline;
import org.gristmill.dataset.Outline.Kind;
import org.gristmill.dataset.Outline.Part;
import org.gristmill.dataset.WhatIf;

/**
 * How long a row takes on each type of machine, once workers are made. Here that is measured. On
 * another machine the run's {@link Outline} is carried out in virtual time with as many more
 * workers as there are processors, and as much faster as these are said to be; what that takes by
 * what the outline takes as it was is by how much the measured time changes, and no row takes less
 * than its processor time on all processors. Seconds.
 */
public final class Rates {
  private static final double FULL = 0.95; // of the processors' time is the most that a run gets
  private static final double BUSY = 0.85; // with which more workers are in vain
  private static final long ROWS = 100_000; // in virtual time, of which few are really run

  private final RunStats stats;
  private final Machine here;
  private final Optional<Outline> outline; // without what is only at the start
  private final double start;
  private final double perRow;
  private final double use; // of the processors here, 0..1
  private final double modelled; // nanoseconds that the outline takes in virtual time

  public Rates(RunStats stats, Machine here) {
    this.stats = stats;
    this.here = here;
    var whole = Outline.of(stats);
    double wall = stats.wall().toNanos() / 1e9;
    this.start = whole.map(this::start).orElse(0.0);
    this.perRow = (wall - start) / Math.max(1, stats.rows());
    this.use = Math.min(1, stats.cpu().toNanos() / 1e9 / Math.max(1e-9, wall * here.processors()));
    this.outline = whole.map(this::steady);
    this.modelled = outline.map(it -> WhatIf.of(it).nanos()).orElse(0.0);
  }

  private Measured measured(int place) {
    return stats.plan().stages().get(place).measured().orElseThrow();
  }

  /** Making a worker, and what its first load takes longer than later ones if there are any. */
  private double start(Outline whole) {
    double longest = 0;
    for (int place = 0; place < whole.parts().size(); place++) {
      Part part = whole.parts().get(place);
      var measured = measured(place);
      var waste = measured.waste();
      int first = Math.max(0, measured.loadsInTasks() - waste.loadsAgain());
      double again = (double) waste.loadingAgain().toNanos() / Math.max(1, waste.loadsAgain());
      double loading = part.load() * measured.loadsInTasks() - waste.loadingAgain().toNanos();
      double more = Math.max(0, loading - first * again) / Math.max(1, first);
      longest = Math.max(longest, part.making() + more);
    }
    return Math.min(longest, (double) stats.firstRow().toNanos()) / 1e9;
  }

  /** Workers are there, and what loads they repeat is put down to rows. */
  private Outline steady(Outline whole) {
    Outline changed = whole.withRows(ROWS);
    for (int place = 0; place < whole.parts().size(); place++) {
      boolean repeats = measured(place).waste().loadsAgain() > 0;
      changed = changed.with(place, part -> with(part, part.workers(), repeats, 1));
    }
    return changed;
  }

  /**
   * A part with other workers.
   *
   * @param repeats whether its loads belong to its rows
   * @param times as long as it takes
   */
  private static Part with(Part part, int workers, boolean repeats, double times) {
    double loading = repeats ? part.loads() * part.load() / part.size() : 0;
    return new Part(
        part.name(),
        part.kind(),
        workers,
        part.size(),
        0,
        (part.row() + loading) * times,
        0,
        0,
        part.out(),
        part.bytes(),
        part.pattern());
  }

  /** Processor time of a row, of the whole process. */
  private double processorTime() {
    return use * here.processors() * perRow;
  }

  /** What a machine of that type does. */
  public Rate of(Machine machine) {
    if (stats.plan().isElsewhere()) {
      return unknown(machine, "the run was on a cluster, whose machines are not this one");
    }
    if (machine.equals(here)) {
      return stats.rows() == 0
          ? unknown(machine, "no rows came out of this run")
          : rate(machine, Basis.MEASURED, start, perRow, outline, use >= BUSY);
    }
    if (machine.rowsPerSecond().isPresent()) {
      double given = machine.rowsPerSecond().getAsDouble();
      return new Rate(machine, Basis.GIVEN, seconds(start), given, 0, "", "");
    }
    if (outline.isEmpty()) {
      return unknown(machine, "no rows came out of this run");
    }
    if (!Accounts.gpuIdle(stats).isEmpty()) {
      return unknown(machine, "measure it there: a run on a GPU tells nothing of other machines");
    }
    if (machine.gpus() > 0) {
      return unknown(machine, "measure it there: a run on processors tells nothing of a GPU");
    }
    return predicted(machine, outline.get());
  }

  private Rate predicted(Machine machine, Outline steady) {
    double times = (double) machine.processors() / here.processors();
    Outline there = steady.withMemory(Math.round(steady.memory() * Math.max(1, times)));
    for (int place = 0; place < steady.parts().size(); place++) {
      var measured = measured(place);
      there = there.with(place, part -> on(machine, part, measured, times));
    }
    double simulated = perRow * WhatIf.of(there).nanos() / Math.max(1, modelled);
    double least = processorTime() / (machine.processors() * machine.speed() * Math.max(FULL, use));
    double row = Math.max(simulated, least);
    boolean processors = least >= BUSY * row;
    return rate(
        machine, Basis.PREDICTED, start / machine.speed(), row, Optional.of(there), processors);
  }

  private static Rate rate(
      Machine machine,
      Basis basis,
      double start,
      double perRow,
      Optional<Outline> outline,
      boolean processors) {
    String bound = processors ? "processors" : outline.map(Rates::busiest).orElse("");
    return new Rate(machine, basis, seconds(start), 1 / perRow, workers(outline), bound, "");
  }

  private static Rate unknown(Machine machine, String why) {
    return new Rate(machine, Basis.UNKNOWN, Duration.ZERO, 0, 0, "", why);
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  /** Only the share of its time in which a thread computes is shorter on a faster processor. */
  private static Part on(Machine machine, Part part, Measured measured, double times) {
    double busy = Math.max(1.0, (double) measured.busy().toNanos());
    double computing = Math.min(1, measured.cpu().toNanos() / busy);
    int workers =
        part.kind() == Kind.SOURCE
            ? part.workers()
            : (int) Math.max(1, Math.round(part.workers() * times));
    return with(part, workers, false, computing / machine.speed() + 1 - computing);
  }

  /** The part whose workers have the most to do. */
  private static String busiest(Outline steady) {
    record Load(String name, double nanos) {}
    double rowsIn = 1;
    var most = new Load("output", steady.output());
    for (Part part : steady.parts()) {
      var load = new Load(part.name(), rowsIn * part.row() / Math.max(1, part.workers()));
      most = load.nanos > most.nanos ? load : most;
      rowsIn *= part.out();
    }
    return most.name;
  }

  private static int workers(Optional<Outline> outline) {
    return outline.stream()
        .flatMap(it -> it.parts().stream())
        .filter(part -> part.kind() == Kind.BATCHES)
        .mapToInt(Part::workers)
        .sum();
  }
}
