package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.gristmill.Timeline.Span;
import org.gristmill.observe.Work;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NothingLeft.class)
class TimelineTest {
  @TempDir Path folder;

  private static Dataset<Integer> numbers(int rows) {
    return Dataset.of(IntStream.range(0, rows).boxed().toList());
  }

  private static long sum(Run<?> run, int stage, ToLongFunction<Span> value) {
    return run.timeline().spans().stream()
        .filter(span -> span.stage() == stage)
        .mapToLong(value)
        .sum();
  }

  /** What was merged adds up to what the stages have measured. */
  private static void assertNothingIsLost(Run<?> run) {
    var stages = run.plan().stages();
    for (int i = 1; i < stages.size(); i++) { // behind the source
      var measured = stages.get(i).measured().orElseThrow();
      assertEquals(measured.tasks(), sum(run, i, Span::tasks), "tasks of " + stages.get(i));
      assertEquals(measured.rowsIn(), sum(run, i, Span::rows), "rows of " + stages.get(i));
      assertEquals(measured.busy().toNanos(), sum(run, i, Span::busy), "busy " + stages.get(i));
      assertEquals(measured.loading().toNanos(), sum(run, i, Span::loading), "loading");
      assertEquals(measured.failed(), sum(run, i, Span::failed), "failed of " + stages.get(i));
      int stage = i;
      measured
          .actors()
          .forEach(
              actor ->
                  assertEquals(
                      actor.busy().toNanos(),
                      sum(run, stage, s -> s.actor() == actor.number() ? s.busy() : 0)));
    }
  }

  @Test
  void aMillionRowsAreTenThousandSpansOfWhichNothingIsLost() throws IOException {
    var run = numbers(1_000_000).map(i -> i + 1).mapBatches(10, 4, batch -> batch).toList();

    assertEquals(1_000_000, run.size());
    int spans = run.timeline().spans().size();
    assertTrue(spans <= 10_000, () -> spans + " spans");
    assertTrue(run.timeline().samples().size() <= 600);
    assertNothingIsLost(run);
    var file = folder.resolve("trace.json");
    run.timeline().writeTo(file.toString());
    long bytes = Files.size(file);
    assertTrue(bytes < 4_000_000, () -> bytes + " bytes");
    events(file);
  }

  @Test
  void loadsAndFailuresAreNotLostEither() throws IOException {
    var run = busyRun();

    assertNothingIsLost(run);
    assertTrue(sum(run, 2, Span::loading) > 0);
    assertTrue(sum(run, 2, Span::failed) > 0);
    assertTrue(run.timeline().table().toString().contains("mapBatches(8, 3 workers)"));
  }

  /** Workers that load something as they are made, and rows that fail. */
  private Run<Integer> busyRun() {
    BatchWorker.Factory<Integer, Integer> factory =
        device -> {
          Work.time(
              Work.Part.LOAD,
              () -> {
                Thread.sleep(20);
                return null;
              });
          return batch -> {
            Thread.sleep(2);
            for (int row : batch) {
              if (row % 50 == 7) {
                throw new IllegalStateException("row " + row);
              }
            }
            return batch;
          };
        };
    return numbers(400)
        .filter(i -> i % 4 != 0)
        .mapBatches(8, ActorPool.of(3, factory))
        .onError(OnError.setAside(folder.resolve("aside.jsonl").toString()))
        .toList();
  }

  @Test
  void theTraceHasAThreadForEachActorWithSlicesThatNest() throws IOException {
    var run = busyRun();
    var file = folder.resolve("trace.json");
    Files.writeString(file, "what was there before");

    run.timeline().writeTo(file.toString());

    try (var left = Files.list(folder)) {
      assertEquals(List.of(), left.filter(path -> path.toString().endsWith("partial")).toList());
    }
    var events = events(file);
    var names = new HashMap<Integer, String>();
    of(events, "M").stream()
        .filter(event -> event.get("name").getAsString().equals("thread_name"))
        .forEach(
            event -> names.put(event.get("tid").getAsInt(), args(event).get("name").getAsString()));
    assertEquals(run.timeline().lanes().size(), names.size());
    assertTrue(names.containsValue("mapBatches(8, 3 workers) 2, cpu (1 thread)"), names.toString());
    long rows = 0;
    for (JsonObject event : of(events, "X")) {
      boolean isBatch = names.get(event.get("tid").getAsInt()).startsWith("mapBatches");
      rows += isBatch && args(event).has("rows") ? args(event).get("rows").getAsLong() : 0;
    }
    assertEquals(run.plan().stages().get(2).measured().orElseThrow().rowsIn(), rows);
    assertEquals(3, count(events, "load model"));
    assertEquals(3, count(events, "make worker"));
    assertTrue(of(events, "i").size() >= 6, "failures");
    assertTrue(of(events, "C").stream().anyMatch(e -> name(e).equals("memory: process")));
    assertTrue(of(events, "C").stream().anyMatch(e -> name(e).contains("waiting for 2 mapBatch")));
    names.keySet().forEach(thread -> assertNested(events, thread));
  }

  /** Slices of a thread follow each other in time, or lie one within the other. */
  private static void assertNested(List<JsonObject> events, int thread) {
    double end = 0; // of the latest slice that is not within another
    double begin = 0;
    for (JsonObject event : of(events, "X")) {
      if (event.get("tid").getAsInt() == thread) {
        double from = event.get("ts").getAsDouble();
        double to = from + event.get("dur").getAsDouble();
        boolean within = name(event).equals("load model");
        assertTrue(
            within ? from >= begin && to <= end + 1e-3 : from >= end - 1e-3, event::toString);
        begin = within ? begin : from;
        end = within ? end : to;
      }
    }
  }

  @Test
  void aTraceThatCannotBeWrittenIsNotHalfThere() {
    var timeline = numbers(10).map(i -> i).toList().timeline();
    var file = folder.resolve("missing").resolve("trace.json");

    var failed = assertThrows(GristmillException.class, () -> timeline.writeTo(file.toString()));

    assertTrue(failed.getMessage().startsWith("cannot write the timeline to " + file));
  }

  private static List<JsonObject> events(Path file) throws IOException {
    var root = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    JsonArray array = root.getAsJsonArray("traceEvents");
    var events = new ArrayList<JsonObject>();
    array.forEach(event -> events.add(event.getAsJsonObject()));
    for (JsonObject event : events) {
      assertEquals(1, event.get("pid").getAsInt());
      assertTrue(event.get("ts").getAsDouble() >= 0);
      assertTrue(event.has("tid") && event.has("name"));
    }
    return events;
  }

  private static List<JsonObject> of(List<JsonObject> events, String phase) {
    return events.stream().filter(e -> e.get("ph").getAsString().equals(phase)).toList();
  }

  private static String name(JsonObject event) {
    return event.get("name").getAsString();
  }

  private static JsonObject args(JsonObject event) {
    return event.getAsJsonObject("args");
  }

  private static long count(List<JsonObject> events, String name) {
    return events.stream().filter(event -> name(event).equals(name)).count();
  }
}
