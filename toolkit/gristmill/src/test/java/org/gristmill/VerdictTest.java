package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gristmill.Verdict.Bound;
import org.gristmill.Verdict.Kind;
import org.gristmill.observe.Work;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Small runs, each bound by something else, which its verdict names. Work is a sleep, long enough
 * that a stall of the machine weighs little in it.
 */
@ExtendWith(NothingLeft.class)
class VerdictTest {
  private static Dataset<Integer> rows(int count) {
    return Dataset.of(IntStream.range(0, count).boxed().toList());
  }

  static <T> T after(int millis, T value) {
    try {
      Thread.sleep(millis);
      return value;
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  private static <T> T loadedAfter(int millis, T value) {
    try {
      return Work.time(Work.Part.LOAD, () -> after(millis, value));
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static RunStats loadedInEveryBatch() {
    return rows(60).mapBatches(4, 2, batch -> after(48, loadedAfter(72, batch))).toList().stats();
  }

  private static Verdict.Change advised(Verdict verdict) {
    return verdict.best().orElseThrow(() -> new AssertionError(verdict.toString()));
  }

  private static void assertSays(Bound bound, String begin, Verdict verdict) {
    assertEquals(bound, verdict.bound(), verdict.toString());
    assertTrue(verdict.toString().startsWith(begin), verdict.toString());
    assertFalse(verdict.isRough(), verdict.toString());
  }

  /** That it begins so, followed by a share of 90 % or more. */
  private static void assertSaysMost(Bound bound, String begin, Verdict verdict) {
    assertSays(bound, begin, verdict);
    String rest = verdict.toString().substring(begin.length());
    assertTrue(rest.matches("(9\\d|100) %.*"), verdict.toString());
  }

  @Test
  void aModelThatEveryBatchLoadsIsNamed() {
    var stats = loadedInEveryBatch();

    var verdict = onAnIdleMachine(stats);

    assertSays(
        Bound.REPEATED_LOADS,
        "Repeated loads bound this run: the model was loaded 15 times for 60 rows, ",
        verdict);
    var change = advised(verdict);
    assertEquals(Kind.LOAD_ONCE, change.kind());
    assertEquals("Load it once an actor (ActorPool.of(2, …))", change.advice());
    assertTrue(change.gain() > 1.6 && change.gain() < 2.4, change.toString());
    assertTrue(
        verdict.toString().contains(change.advice() + ": about "), "the advice is in the text");
  }

  @Test
  void aModelThatAStepOfSingleRowsLoadsIsNamed() {
    var verdict = rows(40).map(row -> after(10, loadedAfter(50, row))).toList().stats().verdict();

    assertSays(
        Bound.REPEATED_LOADS,
        "Repeated loads bound this run: the model was loaded 40 times for 40 rows, ",
        verdict);
    assertTrue(
        advised(verdict).advice().startsWith("Load it once an actor (mapBatches(1, ActorPool.of("),
        verdict.toString());
  }

  @Test
  void busyActorsThatOthersWaitForAreNamed() {
    var stats =
        rows(200)
            .map(row -> row)
            .mapBatches(4, ActorPool.of(1, device -> batch -> after(25, batch)))
            .toList()
            .stats();

    var verdict = onAnIdleMachine(stats);

    assertSaysMost(
        Bound.INFERENCE,
        "Inference bounds this run: the worker of mapBatches(4, 1 worker) was busy ",
        verdict);
    var change = advised(verdict);
    assertEquals(Kind.MORE_WORKERS, change.kind());
    assertTrue(change.amount() > 1, change.toString());
    assertTrue(change.gain() > 2, change.toString());
  }

  @Test
  void aStepOfSingleRowsThatWaitsIsToBecomeBatchesOfOne() {
    var stats =
        rows(80)
            .map(row -> after(24, row))
            .mapBatches(8, 1, batch -> after(12, batch))
            .toList()
            .stats();

    var verdict = onAnIdleMachine(stats);

    assertSays(Bound.ROW_STEP, "A step of single rows bounds this run: the ", verdict);
    var change = advised(verdict);
    assertEquals("As mapBatches(1, " + change.amount() + ", …)", change.advice());
    assertTrue(change.gain() > 1.5, change.toString());
  }

  @Test
  void aFilterThatWaitsIsToBecomeBatchesOfAnyNumberOfRows() {
    var verdict = rows(80).filter(row -> after(24, row) % 2 == 0).toList().stats().verdict();

    assertSays(Bound.ROW_STEP, "A step of single rows bounds this run: the ", verdict);
    assertTrue(
        advised(verdict).advice().startsWith("As flatMapBatches(1, ActorPool.of("),
        verdict.toString());
  }

  @Test
  void aSlowIteratorIsNamed() {
    Iterable<Integer> slow =
        () -> {
          Iterator<Integer> numbers = IntStream.range(0, 80).iterator();
          return Stream.generate(() -> after(20, numbers.next())).limit(80).iterator();
        };

    var verdict = Dataset.from(slow).mapBatches(4, 2, batch -> after(8, batch)).toList().stats();

    assertSaysMost(
        Bound.SOURCE, "The source bounds this run: from(iterable) was listing ", verdict.verdict());
    assertEquals(Kind.MOVE_SOURCE, advised(verdict.verdict()).kind());
  }

  @Test
  void aSlowActionIsNamed() {
    var verdict =
        rows(60)
            .mapBatches(4, 2, batch -> after(8, batch))
            .forEach(row -> after(20, row))
            .verdict();

    assertSaysMost(
        Bound.OUTPUT,
        "What the rows are handed to bounds this run: the action, or writing, took ",
        verdict);
    assertEquals(Kind.MOVE_OUTPUT, advised(verdict).kind());
  }

  @Test
  void aSmallBudgetIsNamed() {
    var verdict =
        rows(80)
            .memory(4_000_000)
            .map(row -> after(12, new byte[1_000_000]))
            .mapBatches(8, 2, batch -> after(90, batch.stream().map(bytes -> 1).toList()))
            .toList()
            .stats()
            .verdict();

    assertSays(Bound.MEMORY, "Memory bounds this run: map waited for it ", verdict);
    var change = advised(verdict);
    assertEquals(Kind.MORE_MEMORY, change.kind());
    assertTrue(change.amount() > 8_000_000, change.toString());
  }

  @Test
  void aConstructorThatFewRowsPayForIsNamed() {
    var pool =
        ActorPool.<Integer, Integer>of(
            2, device -> after(1_800, (BatchWorker<Integer, Integer>) batch -> after(15, batch)));

    var verdict = onAnIdleMachine(rows(16).mapBatches(4, pool).toList().stats());

    assertSaysMost(
        Bound.START_UP, "Starting bounds this run: the first of 16 rows came out after ", verdict);
    assertEquals(
        List.of(Kind.KEEP_WARM, Kind.MORE_ROWS),
        verdict.changes().stream().map(Verdict.Change::kind).toList());
    assertEquals(160, verdict.changes().get(1).amount());
    assertTrue(verdict.changes().get(1).gain() > 3, verdict.changes().toString());
  }

  @Test
  void aModelThatALazyWorkerLoadsInItsFirstBatchIsNotLoadedRepeatedly() {
    var verdict =
        rows(40)
            .mapBatches(
                4,
                ActorPool.of(
                    2,
                    device -> {
                      var calls = new AtomicInteger();
                      return batch ->
                          after(20, calls.getAndIncrement() == 0 ? loadedAfter(600, batch) : batch);
                    }))
            .toList()
            .stats()
            .verdict();

    assertEquals(Bound.START_UP, verdict.bound(), verdict.toString());
  }

  @Test
  void moreWorkersAreNotAdvisedWhereAllProcessorsAreBusy() {
    var stats =
        rows(80)
            .mapBatches(4, ActorPool.of(2, device -> batch -> after(60, batch)))
            .toList()
            .stats();
    assertEquals(Kind.MORE_WORKERS, advised(stats.verdict()).kind());
    int processors = Runtime.getRuntime().availableProcessors();

    var verdict = withCpu(stats, 0.97, 0.97).verdict();

    assertSays(
        Bound.PROCESSORS,
        "The processors bound this run: all " + processors + " were busy 97 % of the time, so more",
        verdict);
    assertEquals(List.of(), verdict.changes());
  }

  @Test
  void loadingOnceIsAdvisedThereAllTheSame() {
    var stats = loadedInEveryBatch();

    var verdict = withCpu(stats, 0.97, 0.97).verdict();

    assertEquals(Bound.REPEATED_LOADS, verdict.bound(), verdict.toString());
    assertEquals(1, verdict.changes().size(), "more workers would not help");
    assertTrue(advised(verdict).gain() < 2.4, verdict.toString());
  }

  /** What processors have left bounds what more workers bring. */
  @Test
  void moreWorkersBringNoMoreThanTheProcessorsHaveLeft() {
    var stats =
        rows(240)
            .mapBatches(4, ActorPool.of(1, device -> batch -> after(20, batch)))
            .toList()
            .stats();

    var change = advised(withCpu(stats, 0.5, 0.5).verdict());

    assertTrue(change.gain() > 1.7 && change.gain() <= 2, change.toString());
    assertEquals(2, change.amount());
  }

  @Test
  void whereOthersKeepTheProcessorsBusyMoreWorkersDoNotHelpEither() {
    var stats =
        rows(200)
            .mapBatches(4, ActorPool.of(1, device -> batch -> computed(10, batch)))
            .toList()
            .stats();

    var verdict = withCpu(stats, 0.3, 0.99).verdict();

    assertEquals(Bound.PROCESSORS, verdict.bound(), verdict.toString());
    assertTrue(verdict.toString().contains("other processes took 69 %"), verdict.toString());
    assertEquals(List.of(), verdict.changes());
  }

  @Test
  void workersThatOnlyWaitDoNotFeelThat() {
    var stats =
        rows(200)
            .mapBatches(4, ActorPool.of(1, device -> batch -> after(30, batch)))
            .toList()
            .stats();

    var verdict = withCpu(stats, 0.3, 0.99).verdict();

    assertEquals(Bound.INFERENCE, verdict.bound(), verdict.toString());
    assertEquals(Kind.MORE_WORKERS, advised(verdict).kind());
  }

  /** Rows after so many milliseconds in which a processor had work. */
  private static <T> T computed(long millis, T rows) {
    long until = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
    return rows;
  }

  /** The verdict of a run of parts that sleep, whatever else the test's machine did meanwhile. */
  private static Verdict onAnIdleMachine(RunStats stats) {
    return withCpu(stats, 0.1, 0.1).verdict();
  }

  private static RunStats withCpu(RunStats stats, double share, double load) {
    long all = stats.wall().toNanos() * Runtime.getRuntime().availableProcessors();
    return new RunStats(
        stats.steps(),
        stats.rows(),
        stats.setAside(),
        stats.wall(),
        stats.firstRow(),
        stats.workers(),
        stats.busy(),
        stats.batchSizes(),
        stats.modelLoads(),
        stats.time(),
        stats.output(),
        Duration.ofNanos(Math.round(share * all)),
        load,
        stats.memory(),
        stats.plan(),
        stats.timeline(),
        stats.failures(),
        stats.notes());
  }

  @Test
  void rowsThatTakeNothingAreSaidToBeHandedOn() {
    var verdict = rows(300_000).mapBatches(16, 2, batch -> batch).forEach(row -> {}).verdict();

    assertEquals(Bound.NOTHING, verdict.bound(), verdict.toString());
    assertEquals(List.of(), verdict.changes());
  }

  @Test
  void aRunThatDidNothingHasAVerdictToo(@TempDir Path folder) {
    String nothing = "Nothing can be told of this run: no rows came out.";
    String out = folder.resolve("out").toString();
    var whole = rows(8).map(row -> row);
    whole.writeJsonLines(out);

    assertEquals(nothing, rows(0).mapBatches(4, 2, b -> b).toList().stats().verdict().toString());
    assertEquals(nothing, rows(9).limit(0).toList().stats().verdict().toString());
    assertEquals(nothing, rows(9).filter(row -> false).toList().stats().verdict().toString());
    assertEquals(nothing, whole.writeJsonLines(out).verdict().toString(), "all was written");
    assertEquals(
        nothing,
        rows(4)
            .<Integer>map(
                row -> {
                  throw new IllegalStateException("bad");
                })
            .onError(OnError.setAside(folder.resolve("bad.jsonl").toString()))
            .toList()
            .stats()
            .verdict()
            .toString());
  }

  @Test
  void everyKindOfPlanHasAVerdict() {
    var runs = new ArrayList<RunStats>();
    runs.add(rows(9).toList().stats());
    runs.add(rows(9).map(row -> row).toList().stats());
    runs.add(
        rows(50).mapBatches(4, ActorPool.of(1, 3, device -> b -> after(3, b))).take(20).stats());
    runs.add(
        rows(50)
            .flatMapBatches(4, batch -> batch.subList(0, 2))
            .mapBatches(3, 1, batch -> after(3, batch))
            .toList()
            .stats());
    runs.add(
        rows(50)
            .flatMapBatches(4, batch -> Stream.concat(batch.stream(), batch.stream()).toList())
            .filter(row -> row % 3 == 0)
            .mapBatches(7, 1, batch -> after(3, batch))
            .unordered()
            .toList()
            .stats());
    runs.add(
        Dataset.from(() -> IntStream.iterate(0, i -> i + 1).iterator())
            .map(row -> after(1, row))
            .filter(row -> row % 3 == 0)
            .mapBatches(8, ActorPool.of(1, device -> batch -> after(5, batch)))
            .limit(30)
            .toList()
            .stats());

    for (RunStats run : runs) {
      var verdict = run.verdict();
      assertFalse(verdict.evidence().isBlank());
      verdict.changes().forEach(change -> assertTrue(change.gain() >= 1.05, change.toString()));
      assertTrue(verdict.table().toString().contains(verdict.evidence()));
    }
  }

  @Test
  void statsShowWhatEachStageDid() {
    var stats = rows(40).mapBatches(4, 1, batch -> after(5, batch)).toList().stats();

    assertTrue(stats.toString().contains(stats.plan().toString()), stats.toString());
    assertEquals(List.of(stats.table(), stats.plan().table()), stats.tables());
  }

  @Test
  void statsShowTheVerdict() {
    var stats = rows(40).mapBatches(4, 1, batch -> after(30, batch)).toList().stats();

    String verdict = stats.verdict().toString();

    assertEquals(verdict, stats.table().note());
    assertTrue(stats.toString().contains(verdict), stats.toString());
    assertTrue(verdict.startsWith("Inference bounds this run: "), verdict);
  }

  /** Only the first rows of a million are run in virtual time. */
  @Test
  void theVerdictOnAMillionRowsIsThereAtOnce() {
    var stats = rows(1_000_000).mapBatches(500, 2, batch -> after(3, batch)).forEach(row -> {});

    var thread = ManagementFactory.getThreadMXBean();
    long fastest = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long began = thread.getCurrentThreadCpuTime(); // others on the machine do not count
      assertEquals(Bound.INFERENCE, stats.verdict().bound(), stats.verdict().toString());
      fastest = Math.min(fastest, (thread.getCurrentThreadCpuTime() - began) / 2);
    }

    assertTrue(fastest < 100_000_000, fastest / 1_000_000 + " ms");
  }
}
