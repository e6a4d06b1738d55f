package org.gristmill.dashboard;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gristmill.ExecutionPlan;
import org.gristmill.RunStats;
import org.gristmill.Timeline;
import org.gristmill.Verdict;
import org.gristmill.Verdict.Bound;
import org.gristmill.observe.ProcessMemory;
import org.gristmill.observe.Snapshot;

/** Runs as the JSON that the page reads: times in seconds, memory in bytes. */
public final class SnapshotJson {
  private final JsonWriter out;

  private SnapshotJson(JsonWriter out) {
    this.out = out;
  }

  private interface Part {
    void write(SnapshotJson json) throws IOException;
  }

  /** The machine, and each run in a few figures. */
  public static String summaries(List<Snapshot> runs) {
    return text(json -> json.session(runs, json::summary));
  }

  /** The machine, and runs with everything that is known of them. */
  public static String whole(List<Snapshot> runs) {
    return text(json -> json.session(runs, json::run));
  }

  /** A run with everything that is known of it. */
  public static String whole(Snapshot run) {
    return text(
        json -> {
          json.out.beginObject();
          json.run(run);
          json.out.endObject();
        });
  }

  private static String text(Part part) {
    var text = new StringWriter();
    try (var out = new JsonWriter(text)) {
      part.write(new SnapshotJson(out));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // it is written to memory
    }
    return text.toString();
  }

  private interface Members {
    void write(Snapshot run) throws IOException;
  }

  private void session(List<Snapshot> runs, Members members) throws IOException {
    out.beginObject();
    out.name("now").value(System.currentTimeMillis());
    out.name("machine").beginObject();
    out.name("cpus").value(Runtime.getRuntime().availableProcessors());
    out.name("memory").value(ProcessMemory.limit());
    out.name("gpus").beginArray().endArray();
    out.endObject();
    out.name("runs").beginArray();
    for (Snapshot run : runs) {
      out.beginObject();
      members.write(run);
      out.endObject();
    }
    out.endArray();
    out.endObject();
  }

  private void summary(Snapshot run) throws IOException {
    var stats = run.stats();
    out.name("id").value(run.id());
    out.name("steps").value(stats.steps());
    out.name("began");
    if (run.began().equals(Instant.EPOCH)) {
      out.nullValue();
    } else {
      out.value(run.began().toEpochMilli());
    }
    out.name("state").value(run.state().name().toLowerCase(Locale.ROOT));
    out.name("rows").value(stats.rows());
    out.name("setAside").value(stats.setAside());
    seconds("elapsed", stats.wall());
    number("rate", stats.rowsPerSecond());
  }

  private void run(Snapshot run) throws IOException {
    summary(run);
    var stats = run.stats();
    out.name("options").value(stats.plan().options());
    text("failure", run.failure());
    out.name("total");
    if (run.total().isPresent()) {
      out.value(run.total().getAsLong());
    } else {
      out.nullValue();
    }
    out.name("totalIsEstimate").value(run.totalIsEstimate());
    out.name("remaining");
    if (run.remaining().isPresent()) {
      var remaining = run.remaining().get();
      out.beginObject();
      seconds("low", remaining.low());
      seconds("likely", remaining.likely());
      seconds("high", remaining.high());
      out.endObject();
    } else {
      out.nullValue();
    }
    out.name("verdict");
    if (run.state() == Snapshot.State.RUNNING) {
      out.nullValue(); // it is for the whole run, and takes too long for every second
    } else {
      verdict(stats.verdict());
    }
    out.name("notes").beginArray();
    for (String note : stats.notes()) {
      out.value(note);
    }
    out.endArray();
    out.name("stages").beginArray();
    for (int i = 0; i < stats.plan().stages().size(); i++) {
      var now = i < run.stages().size() ? run.stages().get(i) : new Snapshot.StageNow(0, 0, true);
      stage(stats.plan().stages().get(i), now);
    }
    out.endArray();
    out.name("memory");
    memory(run.memory());
    out.name("peak");
    memory(stats.memory());
    timeline(stats.timeline());
    failures(stats.failures());
  }

  private void verdict(Verdict verdict) throws IOException {
    out.beginObject();
    String bound = verdict.bound().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    out.name("bound").value(verdict.bound() == Bound.NOTHING ? "nothing stands out" : bound);
    out.name("sentence").value(verdict.evidence());
    out.name("evidence").beginArray();
    if (verdict.isRough() && !verdict.changes().isEmpty()) {
      out.value(
          String.format(
              Locale.ROOT,
              "The predictions are rough: the model accounts for %.0f %% of the measured time.",
              100 * verdict.modelled()));
    }
    out.endArray();
    out.name("changes").beginArray();
    for (Verdict.Change change : verdict.changes()) {
      out.beginObject();
      out.name("change").value(change.advice());
      number("rowsPerSecond", change.rowsPerSecond());
      number("gain", change.gain());
      out.endObject();
    }
    out.endArray();
    out.endObject();
  }

  private void stage(ExecutionPlan.Stage stage, Snapshot.StageNow now) throws IOException {
    out.beginObject();
    out.name("name").value(stage.name());
    out.name("queue").value(now.queue());
    out.name("running").value(now.running());
    out.name("ended").value(now.ended());
    if (stage.measured().isPresent()) {
      measured(stage.measured().get());
    }
    out.endObject();
  }

  private void measured(ExecutionPlan.Measured did) throws IOException {
    out.name("workers").value(did.workers());
    out.name("batches").value(did.batches());
    out.name("rows").value(did.rows());
    out.name("bytes").value(did.bytes());
    out.name("tasks").value(did.tasks());
    out.name("errors").value(did.failed());
    seconds("wall", did.wall());
    seconds("busy", did.busy());
    seconds("waitedForInput", did.waitedForInput());
    seconds("waitedForRoom", did.waitedForRoom());
    seconds("waitedForMemory", did.waitedForMemory());
    seconds("p50", did.duration().p50());
    seconds("p90", did.duration().p90());
    seconds("p99", did.duration().p99());
    out.name("sizes").beginObject();
    for (var size : did.sizes().entrySet()) {
      out.name(String.valueOf(size.getKey())).value(size.getValue());
    }
    out.endObject();
    out.name("loads").value(did.loads());
    seconds("loading", did.loading());
    out.name("actors").beginArray();
    for (ExecutionPlan.Actor actor : did.actors()) {
      out.beginObject();
      out.name("number").value(actor.number());
      out.name("device").value(actor.device());
      out.name("tasks").value(actor.tasks());
      out.name("rows").value(actor.rows());
      seconds("busy", actor.busy());
      out.endObject();
    }
    out.endArray();
  }

  private void memory(RunStats.Memory memory) throws IOException {
    out.beginObject();
    out.name("rows").value(memory.rows());
    out.name("budget").value(memory.budget());
    out.name("process").value(memory.process());
    out.name("limit").value(ProcessMemory.limit());
    out.name("heap").value(memory.heap());
    out.name("direct").value(memory.direct());
    out.name("gpu");
    known(memory.gpu());
    out.endObject();
  }

  private void timeline(Timeline timeline) throws IOException {
    out.name("timeline").beginObject();
    out.name("spans").beginArray();
    for (Timeline.Span span : timeline.spans()) {
      out.beginArray();
      out.value(span.stage()).value(span.actor());
      out.value(span.kind() == Timeline.Kind.MAKING ? 0 : 1);
      seconds(span.from()).seconds(span.to());
      out.value(span.tasks()).value(span.rows());
      seconds(span.busy()).seconds(span.loading());
      out.value(span.failed());
      out.endArray();
    }
    out.endArray();
    samples(timeline.samples(), timeline.stages().size());
    out.endObject();
  }

  private interface Figure {
    void write(Timeline.Sample sample) throws IOException;
  }

  private void samples(List<Timeline.Sample> samples, int stages) throws IOException {
    out.name("samples").beginObject();
    column("at", samples, sample -> seconds(sample.at()));
    column("rows", samples, sample -> out.value(sample.rows()));
    out.name("queues").beginArray();
    for (int i = 0; i < stages; i++) {
      int stage = i;
      column(samples, sample -> out.value(sample.queues().get(stage)));
    }
    out.endArray();
    column("held", samples, sample -> out.value(sample.held()));
    column("process", samples, sample -> known(sample.process()));
    column("heap", samples, sample -> known(sample.heap()));
    column("direct", samples, sample -> known(sample.direct()));
    column("cpu", samples, sample -> share(sample.cpu()));
    boolean gpu = samples.stream().anyMatch(sample -> sample.gpu() >= 0);
    column("gpu", gpu ? samples : null, sample -> share(sample.gpu()));
    boolean gpuMemory = samples.stream().anyMatch(sample -> sample.gpuMemory() >= 0);
    column("gpuMemory", gpuMemory ? samples : null, sample -> known(sample.gpuMemory()));
    out.endObject();
  }

  private void column(String name, List<Timeline.Sample> samples, Figure figure)
      throws IOException {
    out.name(name);
    column(samples, figure);
  }

  /**
   * @param samples null if none has the figure
   */
  private void column(List<Timeline.Sample> samples, Figure figure) throws IOException {
    if (samples == null) {
      out.nullValue();
      return;
    }
    out.beginArray();
    for (Timeline.Sample sample : samples) {
      figure.write(sample);
    }
    out.endArray();
  }

  private void failures(List<RunStats.Failure> failures) throws IOException {
    out.name("errors").beginArray();
    for (RunStats.Failure failure : failures) {
      out.beginObject();
      out.name("row").value(failure.row());
      text("path", failure.path());
      out.name("stage").value(failure.stage());
      out.name("message").value(failure.message());
      text("picture", failure.picture().map(picture -> picture.dataUri()));
      out.endObject();
    }
    out.endArray();
  }

  private void text(String name, Optional<String> value) throws IOException {
    out.name(name).value(value.orElse(null));
  }

  private void seconds(String name, Duration duration) throws IOException {
    out.name(name);
    seconds(duration.toNanos());
  }

  /** Microseconds are exact enough, and half as long to send. */
  private SnapshotJson seconds(long nanos) throws IOException {
    out.value(Math.round(nanos / 1e3) / 1e6);
    return this;
  }

  private void number(String name, double value) throws IOException {
    out.name(name).value(Double.isFinite(value) ? value : 0);
  }

  private void known(long value) throws IOException {
    if (value < 0) {
      out.nullValue();
    } else {
      out.value(value);
    }
  }

  private void share(double value) throws IOException {
    if (value >= 0) {
      out.value(Math.round(value * 1e4) / 1e4);
    } else {
      out.nullValue();
    }
  }
}
