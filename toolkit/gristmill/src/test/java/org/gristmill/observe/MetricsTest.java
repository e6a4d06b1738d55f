package org.gristmill.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.ExecutionPlan.Measured;
import org.gristmill.GristmillException;
import org.gristmill.NothingLeft;
import org.gristmill.OnError;
import org.gristmill.RowFunction;
import org.gristmill.RunStats;
import org.gristmill.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@ExtendWith(NothingLeft.class)
class MetricsTest {
  private static final List<Integer> ROWS = IntStream.range(0, 500).boxed().toList();

  private final Session session = Session.start();
  private final Map<String, Double> before = scraped(); // the session's are of all tests

  @TempDir Path temporary;

  /** Values by series, such as {@code name{stage="0 of"}}. */
  private Map<String, Double> scraped() {
    return session
        .scrape()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .collect(
            Collectors.toMap(
                line -> line.substring(0, line.lastIndexOf(' ')),
                line -> Double.valueOf(line.substring(line.lastIndexOf(' ') + 1))));
  }

  private double since(String series) {
    return scraped().getOrDefault(series, 0.0) - before.getOrDefault(series, 0.0);
  }

  private static Measured stage(RunStats stats, int place) {
    return stats.plan().stages().get(place).measured().orElseThrow();
  }

  @Test
  void countersAreWhatTheStatsOfARunSay() {
    var stats =
        Dataset.of(ROWS)
            .mapBatches(16, ActorPool.of(2, device -> batch -> batch))
            .onError(OnError.setAside(temporary.resolve("failed.jsonl").toString()))
            .toList()
            .stats();

    var batches = stage(stats, 1);
    assertEquals(500, since("gristmill_output_rows_total"));
    assertEquals(500, since("gristmill_rows_total{stage=\"1 mapBatches\"}"));
    assertEquals(32, since("gristmill_batch_duration_seconds_count{stage=\"1 mapBatches\"}"));
    assertEquals(500, since("gristmill_batch_rows_sum{stage=\"1 mapBatches\"}"));
    assertEquals(32, since("gristmill_batch_rows_bucket{stage=\"1 mapBatches\",le=\"16.0\"}"));
    assertEquals(1, since("gristmill_batch_rows_bucket{stage=\"1 mapBatches\",le=\"4.0\"}"));
    assertEquals(
        batches.busy().toNanos() / 1e9,
        since("gristmill_stage_busy_seconds_total{stage=\"1 mapBatches\"}"),
        1e-9);
    assertEquals(
        batches.waitedForInput().toNanos() / 1e9,
        since("gristmill_stage_waited_seconds_total{reason=\"input\",stage=\"1 mapBatches\"}"),
        1e-9);
    assertEquals(1, since("gristmill_runs_total{state=\"ended\"}"));
    assertEquals(0, since("gristmill_rows_failed_total"));
  }

  @Test
  void failedRowsAndFailedRunsAreCounted() {
    RowFunction<Integer, Integer> picky =
        i -> {
          if (i % 5 == 0) {
            throw new IllegalArgumentException("not " + i);
          }
          return i;
        };
    var rows = Dataset.of(ROWS).map(picky);

    rows.onError(OnError.setAside(temporary.resolve("failed.jsonl").toString())).toList();

    assertEquals(100, since("gristmill_rows_failed_total"), "more than the stats show of them");
    assertEquals(400, since("gristmill_output_rows_total"));
    assertThrows(GristmillException.class, rows::toList);
    assertEquals(101, since("gristmill_rows_failed_total"));
    assertEquals(1, since("gristmill_runs_total{state=\"failed\"}"));
  }

  @Test
  void runsThatGoOnAreSeenAndRunsThatAreOverHoldNothing() throws Exception {
    var reached = new CountDownLatch(2);
    var goOn = new CountDownLatch(1);
    var runs = new ArrayList<Callable<RunStats>>();
    for (int i = 0; i < 2; i++) {
      runs.add(
          () ->
              Dataset.of(ROWS)
                  .mapBatches(
                      10,
                      1,
                      batch -> {
                        if (batch.get(0) == 100) {
                          reached.countDown();
                          goOn.await();
                        }
                        return batch;
                      })
                  .toList()
                  .stats());
    }
    var threads = Executors.newFixedThreadPool(2);
    try {
      var results = runs.stream().map(threads::submit).toList();
      reached.await();
      until(() -> since("gristmill_run_active") == 2);
      until(() -> since("gristmill_stage_workers{stage=\"1 mapBatches\"}") == 2);
      until(() -> since("gristmill_queue_rows{stage=\"1 mapBatches\"}") > 0);
      assertTrue(since("gristmill_memory_budget_bytes") > 0);
      double soFar = since("gristmill_rows_total{stage=\"1 mapBatches\"}");
      assertTrue(soFar <= 200, "of each at most what went before the batch that waits: " + soFar);
      goOn.countDown();
      double busy = 0;
      for (var result : results) {
        busy += stage(result.get(), 1).busy().toNanos() / 1e9;
      }
      assertEquals(1000, since("gristmill_output_rows_total"));
      assertEquals(100, since("gristmill_batch_rows_count{stage=\"1 mapBatches\"}"));
      assertEquals(busy, since("gristmill_stage_busy_seconds_total{stage=\"1 mapBatches\"}"), 1e-9);
      assertEquals(2, since("gristmill_runs_total{state=\"ended\"}"));
    } finally {
      goOn.countDown();
      threads.shutdown();
      assertTrue(threads.awaitTermination(30, TimeUnit.SECONDS));
    }
    assertEquals(0, since("gristmill_run_active"));
    assertEquals(0, since("gristmill_stage_workers{stage=\"1 mapBatches\"}"));
    assertEquals(0, since("gristmill_queue_rows{stage=\"1 mapBatches\"}"));
    assertEquals(0, since("gristmill_memory_held_bytes"));
  }

  /** Runs are told of five times a second. */
  private static void until(Callable<Boolean> holds) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!holds.call()) {
      assertTrue(System.nanoTime() < deadline, "it never held");
      new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
    }
  }

  @Test
  void countersNeverGoDownWhileARunGoesOn() {
    var seen = new ArrayList<Map<String, Double>>();
    Dataset.of(IntStream.range(0, 60).boxed().toList())
        .mapBatches(1, ActorPool.of(2, device -> MetricsTest::rest))
        .forEach(row -> seen.add(scraped()));

    assertEquals(60, seen.size());
    for (int i = 1; i < seen.size(); i++) {
      for (var series : seen.get(i - 1).entrySet()) {
        boolean counts = series.getKey().matches(".*(_total|_count|_bucket|_sum)(\\{.*)?");
        if (counts) {
          double later = seen.get(i).get(series.getKey());
          assertTrue(later >= series.getValue(), series + " went down to " + later);
        }
      }
    }
  }

  private static List<Integer> rest(List<Integer> batch) throws InterruptedException {
    new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
    return batch;
  }

  @Test
  void everyBatchIsToldWithItsOwnSizeAlsoIfSeveralWereHandedOverTogether() {
    Dataset.of(IntStream.range(0, 10_001).boxed().toList())
        .flatMapBatches(3, ActorPool.of(1, device -> batch -> batch))
        .toList();

    assertEquals(3334, since("gristmill_batch_rows_count{stage=\"1 flatMapBatches\"}"));
    assertEquals(10_001, since("gristmill_batch_rows_sum{stage=\"1 flatMapBatches\"}"));
  }

  @Test
  void aUsersOwnMetricIsScrapedToo() {
    session.metrics().counter("test.own", "what", "this one").increment(2);

    assertEquals(2, since("test_own_total{what=\"this one\"}"));
    assertSame(session.metrics(), session.metrics());
  }

  @Test
  void theProcessIsSeenUnderTheUsualNames() {
    var now = scraped();

    assertEquals(
        (double) ProcessMemory.resident(), now.get("process_resident_memory_bytes"), 200e6);
    assertTrue(now.get("process_cpu_seconds_total") > 0.1);
    assertTrue(now.keySet().stream().anyMatch(name -> name.startsWith("jvm_memory_used_bytes{")));
  }

  @Test
  void aStageIsCalledByItsPlaceAndVerbAndNoParameterOfIt() {
    var labels = new StageLabel();

    assertEquals("0 readImages", labels.of(0, "readImages(/home/(me)/a > b)"));
    assertEquals("1 decode", labels.of(1, "decode > map > filter"));
    assertEquals("2 step", labels.of(2, "(nameless)"));
  }

  @Test
  void labelsStayFewWhateverStagesAreCalled() {
    var labels = new StageLabel();
    var all =
        IntStream.range(0, 200).mapToObj(i -> labels.of(i, "map")).collect(Collectors.toSet());

    assertEquals(51, all.size());
    assertTrue(all.contains(StageLabel.OTHER));
    assertEquals("0 map", labels.of(0, "map"), "the first ones keep theirs");
  }
}
