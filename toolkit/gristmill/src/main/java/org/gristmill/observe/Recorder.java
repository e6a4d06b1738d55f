package org.gristmill.observe;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.gristmill.Timeline;
import org.gristmill.Timeline.Kind;
import org.gristmill.Timeline.Lane;
import org.gristmill.Timeline.Sample;
import org.gristmill.Timeline.Span;

/**
 * Writes down a run's {@link Timeline} within a bounded size. Owned by the thread that drives the
 * run.
 */
final class Recorder {
  private static final int MOST_SPANS = 10_000;
  private static final int MOST_SAMPLES = 600;
  private static final long FIRST_INTERVAL = 50_000_000; // nanoseconds between samples; doubles
  private static final Comparator<Actor> BY_PLACE =
      Comparator.comparingInt(Actor::stage).thenComparingInt(Actor::number);

  private record Actor(int stage, int number) {}

  /** What an actor did, in its order. */
  private static final class Track {
    private final List<Span> spans = new ArrayList<>();
    private String device; // the latest
  }

  private final Map<Actor, Track> tracks = new TreeMap<>(BY_PLACE);
  private final List<Sample> samples = new ArrayList<>();
  private long interval = FIRST_INTERVAL;
  private int count; // of spans

  void add(Span span, String device) {
    var track = tracks.computeIfAbsent(new Actor(span.stage(), span.actor()), it -> new Track());
    track.spans.add(span);
    track.device = device;
    count++;
    if (count > MOST_SPANS) {
      coarsen(false);
      if (count > MOST_SPANS / 4 * 3) { // workers are made again and again
        coarsen(true);
      }
    }
  }

  private void coarsen(boolean anyKinds) {
    count = 0;
    for (Track track : tracks.values()) {
      List<Span> lane = track.spans;
      var merged = new ArrayList<Span>(lane.size() / 2 + 1);
      for (int i = 0; i < lane.size(); i++) {
        Span span = lane.get(i);
        boolean pair = i + 1 < lane.size() && (anyKinds || span.kind() == lane.get(i + 1).kind());
        merged.add(pair ? merge(span, lane.get(++i)) : span);
      }
      lane.clear();
      lane.addAll(merged);
      count += merged.size();
    }
  }

  private static Span merge(Span a, Span b) {
    return new Span(
        a.stage(),
        a.actor(),
        a.kind() == b.kind() ? a.kind() : Kind.TASKS,
        a.from(),
        b.to(),
        a.tasks() + b.tasks(),
        a.rows() + b.rows(),
        a.busy() + b.busy(),
        a.loading() + b.loading(),
        a.failed() + b.failed());
  }

  /** Whether it is time for another sample. */
  boolean wantsSample(long at) {
    return samples.isEmpty() || at - samples.get(samples.size() - 1).at() >= interval;
  }

  void add(Sample sample) {
    samples.add(sample);
    if (samples.size() > MOST_SAMPLES) {
      interval *= 2;
      for (int i = samples.size() - 2; i > 0; i -= 2) {
        samples.remove(i);
      }
    }
  }

  Timeline timeline(List<String> stages) {
    var spans = new ArrayList<Span>(count);
    var lanes = new ArrayList<Lane>(tracks.size());
    tracks.forEach(
        (actor, track) -> {
          lanes.add(new Lane(actor.stage(), actor.number(), track.device));
          spans.addAll(track.spans);
        });
    return new Timeline(stages, lanes, spans, samples);
  }

  static Span making(int stage, Work work, long runBegan) {
    return span(stage, work, Kind.MAKING, runBegan, 0, 0, false);
  }

  static Span tasks(int stage, Work work, long runBegan, int tasks, long rows, boolean failed) {
    return span(stage, work, Kind.TASKS, runBegan, tasks, rows, failed);
  }

  private static Span span(
      int stage, Work work, Kind kind, long runBegan, int tasks, long rows, boolean failed) {
    return new Span(
        stage,
        work.actor(),
        kind,
        Math.max(0, work.began() - runBegan), // a warm worker was made before the run began
        Math.max(0, work.ended() - runBegan),
        tasks,
        rows,
        work.busy(),
        work.nanos().getOrDefault(Work.Part.LOAD, 0L),
        failed ? 1 : 0);
  }
}
