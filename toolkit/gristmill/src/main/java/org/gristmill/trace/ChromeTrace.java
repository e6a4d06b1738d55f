package org.gristmill.trace;

import com.google.gson.stream.JsonWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.gristmill.GristmillException;
import org.gristmill.Timeline;
import org.gristmill.Timeline.Kind;
import org.gristmill.Timeline.Lane;
import org.gristmill.Timeline.Sample;
import org.gristmill.Timeline.Span;
import org.gristmill.sink.Disk;

/**
 * A timeline in the Trace Event Format: the run is a process, each actor a thread of it, what it
 * did are slices with model loads within them, and how full everything was are counters. For the
 * thread that writes.
 *
 * @see <a
 *     href="https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU">the
 *     format</a>
 */
public final class ChromeTrace {
  private static final int RUN = 1; // the number of its process
  private static final int MICRO = 3; // decimals of a microsecond

  private final Timeline timeline;
  private final JsonWriter json;
  private final Map<Long, Integer> threads = new HashMap<>(); // from 1, by stage and actor

  private ChromeTrace(Timeline timeline, JsonWriter json) {
    this.timeline = timeline;
    this.json = json;
  }

  /**
   * Writes a file that appears when it is whole, in place of what was there.
   *
   * @throws GristmillException if it cannot be written
   */
  public static void write(Timeline timeline, Path file) {
    var bytes = new ByteArrayOutputStream(); // a few megabytes at most
    try {
      try (var json = new JsonWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8))) {
        new ChromeTrace(timeline, json).write();
      }
      Disk.place(file, bytes.toByteArray());
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot write the timeline to " + file + ": " + GristmillException.reason(failed),
          failed);
    }
  }

  private void write() throws IOException {
    json.beginObject();
    json.name("displayTimeUnit").value("ms");
    json.name("traceEvents").beginArray();
    about("process_name", 0, "name", "run: " + String.join(" > ", timeline.stages()));
    for (Lane lane : timeline.lanes()) {
      thread(lane);
    }
    for (Span span : timeline.spans()) {
      span(span);
    }
    for (Sample sample : timeline.samples()) {
      sample(sample);
    }
    json.endArray();
    json.endObject();
  }

  private static long key(int stage, int actor) {
    return (long) stage << Integer.SIZE | actor;
  }

  private void thread(Lane lane) throws IOException {
    int thread = threads.size() + 1;
    threads.put(key(lane.stage(), lane.actor()), thread);
    String stage = timeline.stages().get(lane.stage());
    about("thread_name", thread, "name", stage + " " + lane.actor() + ", " + lane.device());
    begin("thread_sort_index", "M", 0, thread).name("sort_index").value(thread);
    end();
  }

  private void about(String what, int thread, String name, String value) throws IOException {
    begin(what, "M", 0, thread).name(name).value(value);
    end();
  }

  private void span(Span span) throws IOException {
    int thread = threads.get(key(span.stage(), span.actor()));
    long length = span.to() - span.from();
    begin(name(span), "X", span.from(), length, thread);
    json.name("rows").value(span.rows());
    json.name("tasks").value(span.tasks());
    json.name("busy (ms)").value(decimal(span.busy(), 2 * MICRO));
    json.name("loading (ms)").value(decimal(span.loading(), 2 * MICRO));
    json.name("failed").value(span.failed());
    end();
    if (span.loading() > 0) {
      begin("load model", "X", span.from(), Math.min(length, span.loading()), thread);
      end();
    }
    if (span.failed() > 0) {
      begin("failed", "i", span.to(), thread);
      json.name("times").value(span.failed());
      end();
    }
  }

  private static String name(Span span) {
    if (span.kind() == Kind.MAKING) {
      return "make worker";
    }
    return span.tasks() == 1 ? "task" : span.tasks() + " tasks";
  }

  private void sample(Sample sample) throws IOException {
    for (int i = 0; i < Math.min(sample.queues().size(), timeline.stages().size()); i++) {
      String stage = "rows waiting for " + i + " " + timeline.stages().get(i);
      counter(stage, sample, "rows", sample.queues().get(i));
    }
    counter("rows out", sample, "rows", sample.rows());
    counter("memory: rows under way", sample, "bytes", sample.held());
    counter("memory: heap", sample, "bytes", sample.heap());
    counter("memory: direct", sample, "bytes", sample.direct());
    counter("memory: process", sample, "bytes", sample.process());
    counter("processors (%)", sample, "busy", Math.round(100 * sample.cpu()));
    counter("GPU (%)", sample, "busy", Math.round(100 * sample.gpu()));
    counter("memory: GPU", sample, "bytes", sample.gpuMemory());
  }

  private void counter(String name, Sample sample, String series, long value) throws IOException {
    if (value >= 0) { // it is known
      begin(name, "C", sample.at(), 0).name(series).value(value);
      end();
    }
  }

  private JsonWriter begin(String name, String phase, long at, int thread) throws IOException {
    return begin(name, phase, at, -1, thread);
  }

  /** An event up to its arguments. */
  private JsonWriter begin(String name, String phase, long at, long length, int thread)
      throws IOException {
    json.beginObject();
    json.name("name").value(name);
    json.name("ph").value(phase);
    json.name("pid").value(RUN);
    json.name("tid").value(thread);
    json.name("ts").value(decimal(at, MICRO));
    if (length >= 0) {
      json.name("dur").value(decimal(length, MICRO));
    }
    if (phase.equals("i")) {
      json.name("s").value("t"); // of its thread
    }
    return json.name("args").beginObject();
  }

  private void end() throws IOException {
    json.endObject();
    json.endObject();
  }

  /** Nanoseconds in a larger unit, without an exponent. */
  private static BigDecimal decimal(long nanos, int decimals) {
    return BigDecimal.valueOf(nanos, decimals);
  }
}
