package org.gristmill.observe;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.gristmill.RunStats;

/**
 * How a run stands, or how it ended. Immutable, made by the thread that drives the run.
 *
 * @param id its number in this process, from 1
 * @param failure why it failed, if it did
 * @param stats what it did so far
 * @param total how many rows there will be, if that can be told
 * @param totalIsEstimate whether that goes by the share of rows that steps let through so far
 * @param remaining how long the rest may take
 * @param stages how each stage of the plan stands, from the source on
 * @param memory what it takes now
 */
public record Snapshot(
    long id,
    Instant began,
    State state,
    Optional<String> failure,
    RunStats stats,
    OptionalLong total,
    boolean totalIsEstimate,
    Optional<Remaining> remaining,
    List<StageNow> stages,
    RunStats.Memory memory) {
  /** Whether it goes on. */
  public enum State {
    RUNNING,
    ENDED,
    FAILED
  }

  /** How long the rest may take: at least, likely, and at most, as {@link Pace} sees it. */
  public record Remaining(Duration low, Duration likely, Duration high) {}

  /**
   * How a stage stands.
   *
   * @param queue rows that wait for their turn
   * @param running tasks that are worked on, or wait for an actor
   * @param ended whether it has nothing more to do
   */
  public record StageNow(int queue, int running, boolean ended) {}

  public Snapshot {
    stages = List.copyOf(stages);
  }

  /** A run that has ended and of which nothing but this is known any more: number 0, no time. */
  public static Snapshot of(RunStats stats) {
    return new Snapshot(
        0,
        Instant.EPOCH,
        State.ENDED,
        Optional.empty(),
        stats,
        OptionalLong.empty(),
        false,
        Optional.empty(),
        List.of(),
        stats.memory());
  }

  /** The same with stats that know more, such as notes. */
  public Snapshot with(RunStats more) {
    return new Snapshot(
        id, began, state, failure, more, total, totalIsEstimate, remaining, stages, memory);
  }
}
