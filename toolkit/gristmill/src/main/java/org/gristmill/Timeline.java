package org.gristmill;

import java.util.List;

/**
 * What every actor of a run did when, and how full everything was meanwhile. Its size is bounded
 * however long the run is: when there are too many spans, neighbours are merged in pairs, and of
 * samples every second one is dropped. Immutable.
 *
 * @param stages the names of the run's stages, from the source on
 * @param spans what actors did, in the order in which it ended, a stage and actor after the other
 * @param samples how full everything was, in the order of time
 */
public record Timeline(List<String> stages, List<Span> spans, List<Sample> samples) {
  /** What an actor did. */
  public enum Kind {
    /** Making its worker. */
    MAKING,
    /** Tasks: chunks of rows, or batches. */
    TASKS
  }

  /**
   * A stretch of an actor's time. Nanoseconds; from the start of the run. Between spans an actor
   * waits.
   *
   * @param stage its place among the stages
   * @param actor its number in its stage
   * @param tasks how many tasks were merged into this span; 0 for making a worker
   * @param busy what of the stretch was work: less than all of it in a merged span
   * @param loading what of that went into loading models
   * @param failed how many of the tasks failed, or had rows that did
   */
  public record Span(
      int stage,
      int actor,
      Kind kind,
      long from,
      long to,
      int tasks,
      long rows,
      long busy,
      long loading,
      int failed) {}

  /**
   * How full everything was. Bytes; not known is -1.
   *
   * @param at nanoseconds from the start of the run
   * @param rows that had come out
   * @param queues rows that waited in front of each stage
   * @param held what rows on their way held
   * @param cpu the share of all processors, 0..1, that this process used since the sample before
   * @param gpu the share of time, 0..1, in which the busiest GPU had work
   */
  public record Sample(
      long at,
      long rows,
      List<Integer> queues,
      long held,
      long heap,
      long direct,
      long process,
      double cpu,
      double gpu,
      long gpuMemory) {
    public Sample {
      queues = List.copyOf(queues);
    }
  }

  public Timeline {
    stages = List.copyOf(stages);
    spans = List.copyOf(spans);
    samples = List.copyOf(samples);
  }
}
