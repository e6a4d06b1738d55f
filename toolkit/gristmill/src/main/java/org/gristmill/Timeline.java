package org.gristmill;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;
import org.gristmill.trace.ChromeTrace;

/**
 * What every actor of a run did when, and how full everything was meanwhile. Its size is bounded
 * however long the run is: when there are too many spans, neighbours are merged in pairs, and of
 * samples every second one is dropped. Immutable.
 *
 * @param stages the names of the run's stages, from the source on
 * @param lanes the actors that did something, a stage after the other
 * @param spans what actors did, in the order in which it ended, a stage and actor after the other
 * @param samples how full everything was, in the order of time
 */
public record Timeline(
    List<String> stages, List<Lane> lanes, List<Span> spans, List<Sample> samples)
    implements Tabular {
  /**
   * An actor.
   *
   * @param stage its place among the stages
   * @param actor its number in its stage
   */
  public record Lane(int stage, int actor, String device) {}

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
   * @param busy what of the stretch was work: less than all of it in a merged span; more where a
   *     worker that is kept warm was begun to be made before the run
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
    lanes = List.copyOf(lanes);
    spans = List.copyOf(spans);
    samples = List.copyOf(samples);
  }

  /** How long the run took so far. */
  public Duration wall() {
    long last = samples.isEmpty() ? 0 : samples.get(samples.size() - 1).at();
    return Duration.ofNanos(Math.max(last, spans.stream().mapToLong(Span::to).max().orElse(0)));
  }

  /**
   * Writes the timeline as JSON in the Trace Event Format, which ui.perfetto.dev and
   * chrome://tracing open. The file appears when it is whole, in place of what was there.
   *
   * @throws GristmillException if it cannot be written
   */
  public void writeTo(String file) {
    ChromeTrace.write(this, Path.of(file));
  }

  /** A row a lane. */
  @Override
  public Table table() {
    double wall = Math.max(1, wall().toNanos());
    var rows = new ArrayList<List<String>>();
    for (Lane lane : lanes) {
      long tasks = 0;
      long done = 0;
      long busy = 0;
      long loading = 0;
      long failed = 0;
      for (Span span : spans) {
        if (span.stage() == lane.stage() && span.actor() == lane.actor()) {
          tasks += span.tasks();
          done += span.rows();
          busy += span.busy();
          loading += span.loading();
          failed += span.failed();
        }
      }
      rows.add(
          List.of(
              stages.get(lane.stage()),
              String.valueOf(lane.actor()),
              lane.device(),
              String.valueOf(tasks),
              String.valueOf(done),
              percent(busy / wall),
              percent(loading / wall),
              String.valueOf(failed)));
    }
    return new Table(
        List.of("stage", "actor", "device", "tasks", "rows", "busy", "loading", "failed"),
        rows,
        "of " + RunStats.time(wall()));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * Math.min(1, share));
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
