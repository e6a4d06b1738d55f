package org.gristmill.observe;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.micrometer.core.instrument.Counter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.ExecutionPlan;
import org.gristmill.GristmillException;
import org.gristmill.OnError;
import org.gristmill.RunStats;
import org.gristmill.Session;

/**
 * For {@code ci/check_metrics.py}: runs that end well, with rows set aside, and not at all. Prints
 * what they did, by their own stats, as a line of JSON, and the metrics. Argument: an empty folder.
 */
final class Scrape {
  private Scrape() {}

  public static void main(String[] arguments) {
    var session = Session.start();
    Counter.builder("users.own")
        .description("What a user counts")
        .tag("of", "a \"quoted\"\nlabel")
        .register(session.metrics())
        .increment(3);
    var failures = Path.of(arguments[0]).resolve("failed.jsonl").toString();
    var rows = IntStream.range(0, 1000).boxed().toList();
    var aside =
        Dataset.of(rows)
            .map(i -> 100 / (i % 100 == 7 ? 0 : 1) + i)
            .mapBatches(16, ActorPool.of(2, device -> batch -> batch))
            .onError(OnError.setAside(failures))
            .toList()
            .stats();
    var well =
        Dataset.of(rows).flatMapBatches(64, ActorPool.of(1, device -> b -> b)).toList().stats();
    try {
      Dataset.of(rows).mapBatches(16, 1, Scrape::fail).toList();
      throw new AssertionError("it should have failed");
    } catch (GristmillException expected) {
      // counted
    }
    System.out.println("[" + json(aside) + ", " + json(well) + "]");
    System.out.print(session.scrape());
  }

  private static List<Integer> fail(List<Integer> batch) {
    throw new IllegalStateException("no");
  }

  private static JsonObject json(RunStats stats) {
    var json = new JsonObject();
    json.addProperty("rows", stats.rows());
    json.addProperty("set_aside", stats.setAside());
    var stages = new JsonArray();
    for (ExecutionPlan.Stage stage : stats.plan().stages()) {
      var measured = stage.measured().orElseThrow();
      var one = new JsonObject();
      one.addProperty("name", stage.name());
      one.addProperty("batches", measured.batches());
      one.addProperty("rows", measured.rows());
      one.addProperty("rows_in", measured.rowsIn());
      one.addProperty("tasks", measured.tasks());
      one.addProperty("busy", measured.busy().toNanos() / 1e9);
      stages.add(one);
    }
    json.add("stages", stages);
    return json;
  }
}
