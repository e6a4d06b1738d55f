package org.gristmill.notebook;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.gristmill.ExecutionPlan;
import org.gristmill.RunStats;
import org.gristmill.Timeline;
import org.gristmill.observe.Snapshot;

/** How a made-up run stands: a source, and batches for some actors. */
record Snapshots(
    long id,
    double seconds,
    long rows,
    long setAside,
    OptionalLong total,
    int actors,
    String failure) {
  static final String STAGE = "mapBatches(16, 2 workers)";

  static Snapshots run(long id) {
    return new Snapshots(id, 0, 0, 0, OptionalLong.of(1000), 2, null);
  }

  Snapshots at(double seconds) {
    return new Snapshots(id, seconds, rows, setAside, total, actors, failure);
  }

  Snapshots rows(long rows, long setAside) {
    return new Snapshots(id, seconds, rows, setAside, total, actors, failure);
  }

  Snapshots unknownTotal() {
    return new Snapshots(id, seconds, rows, setAside, OptionalLong.empty(), actors, failure);
  }

  Snapshots actors(int actors) {
    return new Snapshots(id, seconds, rows, setAside, total, actors, failure);
  }

  Snapshot failed(String why) {
    return new Snapshots(id, seconds, rows, setAside, total, actors, why)
        .snapshot(Snapshot.State.FAILED, Optional.empty());
  }

  Snapshot ended() {
    return snapshot(Snapshot.State.ENDED, Optional.empty());
  }

  Snapshot running() {
    return snapshot(Snapshot.State.RUNNING, Optional.empty());
  }

  Snapshot running(double low, double high) {
    return snapshot(
        Snapshot.State.RUNNING,
        Optional.of(
            new Snapshot.Remaining(duration(low), duration((low + high) / 2), duration(high))));
  }

  private static Duration duration(double seconds) {
    return Duration.ofMillis(Math.round(1000 * seconds));
  }

  /** Each actor was busy for half of the time. */
  private Snapshot snapshot(Snapshot.State state, Optional<Snapshot.Remaining> remaining) {
    var each = new ArrayList<ExecutionPlan.Actor>();
    for (int i = 0; i < actors; i++) {
      each.add(
          new ExecutionPlan.Actor(
              i, "cpu (1 thread)", 10, rows / actors, duration(seconds / 2), Duration.ZERO));
    }
    var stages =
        List.of(
            new ExecutionPlan.Stage(
                "of(1000 rows)", "the caller's", Optional.of(measured(false, List.of()))),
            new ExecutionPlan.Stage(
                STAGE, String.valueOf(actors), Optional.of(measured(true, each))));
    var memory = new RunStats.Memory(50_000_000, 100_000_000, 1, 1, 700_000_000, -1);
    var stats =
        new RunStats(
            "of(1000 rows) > " + STAGE,
            rows,
            setAside,
            duration(seconds),
            Duration.ZERO,
            actors,
            Duration.ZERO,
            new TreeMap<>(),
            0,
            Map.of(),
            Duration.ZERO,
            Duration.ZERO,
            0,
            memory,
            new ExecutionPlan(stages, ""),
            new Timeline(List.of("of(1000 rows)", STAGE), List.of(), List.of(), List.of()),
            List.of(),
            List.of());
    return new Snapshot(
        id,
        Instant.EPOCH,
        state,
        Optional.ofNullable(failure),
        stats,
        total,
        false,
        remaining,
        List.of(new Snapshot.StageNow(0, 0, true), new Snapshot.StageNow(32, 4, false)),
        memory);
  }

  private ExecutionPlan.Measured measured(boolean batches, List<ExecutionPlan.Actor> each) {
    var zero = Duration.ZERO;
    return new ExecutionPlan.Measured(
        batches,
        actors,
        rows,
        rows,
        0,
        10,
        0,
        zero,
        zero,
        zero,
        zero,
        zero,
        zero,
        new ExecutionPlan.Percentiles(zero, zero, zero),
        new TreeMap<>(),
        0,
        0,
        zero,
        ExecutionPlan.Waste.NONE,
        each);
  }
}
