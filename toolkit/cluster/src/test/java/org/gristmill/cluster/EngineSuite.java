package org.gristmill.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.OnError;
import org.gristmill.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What holds of a run wherever its actors are: in this process, or on executors. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class EngineSuite {
  @TempDir Path folder;

  /** The same pool, whose actors run where this suite wants them. */
  abstract <T, R> ActorPool<T, R> placed(ActorPool<T, R> pool);

  @AfterEach
  void nothingIsLeft() {
    var left = new ArrayList<>(Session.start().threads());
    left.remove("gristmill cluster door"); // which is the cluster's
    assertEquals(List.of(), left, "threads left running");
  }

  private Path log() {
    return folder.resolve("log");
  }

  private ActorPool<Integer, Integer> pool(int actors, BatchWorker.Factory<Integer, Integer> how) {
    return placed(ActorPool.of(actors, how));
  }

  private ActorPool<Integer, Integer> pool() {
    return pool(2, new Workers(log()));
  }

  private static Dataset<Integer> rows(int n) {
    return Dataset.of(IntStream.range(0, n).boxed().toList());
  }

  /** The same with one of them replaced. */
  private static Dataset<Integer> rows(int n, int place, int row) {
    var rows = new ArrayList<>(IntStream.range(0, n).boxed().toList());
    rows.set(place, row);
    return Dataset.of(rows);
  }

  private static List<Integer> doubled(int n) {
    return IntStream.range(0, n).mapToObj(row -> 2 * row).toList();
  }

  private long count(String line) {
    return Workers.log(log()).stream().filter(line::equals).count();
  }

  private OnError aside() {
    return OnError.setAside(folder.resolve("failed.jsonl").toString());
  }

  private List<String> deadLetters() throws IOException {
    return Files.readAllLines(folder.resolve("failed.jsonl"));
  }

  @Test
  void rowsKeepTheirOrder() {
    assertEquals(doubled(1000), List.copyOf(rows(1000).mapBatches(7, pool()).toList()));
  }

  @Test
  void unorderedRowsAllComeOut() {
    var out = new ArrayList<>(rows(500).mapBatches(7, pool()).unordered().toList());
    Collections.sort(out);
    assertEquals(doubled(500), out);
  }

  @Test
  void batchesAreExact() {
    var run = rows(100).mapBatches(16, pool()).toList();
    var sizes = run.stats().plan().stages().get(1).measured().orElseThrow().sizes();
    assertEquals("{4=1, 16=6}", sizes.toString());
    assertEquals(6, count("batch 16"));
  }

  @Test
  void eachActorMakesItsWorkerOnceAndClosesIt() {
    rows(400).mapBatches(4, pool(2, new Workers(log()).slow(5))).toList();
    assertEquals(2, count("made"));
    assertEquals(2, count("closed"));
  }

  @Test
  void stepsOfSingleRowsComeBeforeBatches() {
    var run = rows(50).map(Workers::plusOne).map(row -> row - 1).mapBatches(8, pool()).toList();
    assertEquals(doubled(50), List.copyOf(run));
  }

  @Test
  void batchesAreWholeBehindAFilter() {
    var even = rows(100).filter(row -> row % 2 == 0).map(row -> row / 2);
    var run = even.mapBatches(10, pool()).toList();
    assertEquals(doubled(50), List.copyOf(run));
    assertEquals(5, count("batch 10"));
  }

  @Test
  void aBatchMayGiveAnyNumberOfRows() {
    ActorPool<Integer, Integer> pool =
        placed(ActorPool.of(2, device -> batch -> List.of(batch.size(), batch.get(0))));
    assertEquals(List.of(4, 0, 4, 4, 2, 8), List.copyOf(rows(10).flatMapBatches(4, pool).toList()));
  }

  @Test
  void rowsMayBeOfAnyTypeThatCanBeSerialized() {
    ActorPool<Workers.Point, Workers.Point> pool =
        placed(
            ActorPool.of(
                1,
                device ->
                    batch -> batch.stream().map(p -> new Workers.Point(p.y(), p.x())).toList()));
    var run = Dataset.of(List.of(new Workers.Point(1, 2))).mapBatches(4, pool).toList();
    assertEquals(List.of(new Workers.Point(2, 1)), List.copyOf(run));
  }

  @Test
  void takeStopsWhatIsUnderWay() {
    var run = rows(1_000_000).mapBatches(8, pool(2, new Workers(log()).slow(5))).take(20);
    assertEquals(doubled(20), List.copyOf(run));
    assertTrue(Workers.log(log()).size() < 100, Workers.log(log()).size() + " lines");
  }

  @Test
  void aBadRowEndsTheRunAndIsNamed() {
    var job = rows(40, 21, Workers.BAD).mapBatches(8, pool());
    var failure = assertThrows(GristmillException.class, job::toList);
    assertTrue(
        failure.getMessage().contains("a batch of 8, row 16 to row 23"), failure::getMessage);
    assertTrue(failure.getMessage().contains("cannot double -13"), failure::getMessage);
  }

  @Test
  void aBadRowIsSetAsideAndNothingElseIsLost() throws IOException {
    var run = rows(40, 21, Workers.BAD).mapBatches(8, pool()).onError(aside()).toList();
    var expected = new ArrayList<>(doubled(40));
    expected.remove(21);
    assertEquals(expected, List.copyOf(run));
    assertEquals(1, deadLetters().size());
    assertTrue(deadLetters().get(0).contains("\"row\":21"), deadLetters().get(0));
  }

  @Test
  void aRowThatAStepFailsOnIsSetAside() throws IOException {
    var plus = rows(40, 21, Workers.BAD).map(Workers::plusOne);
    var run = plus.mapBatches(8, pool()).onError(aside()).toList();
    var expected = new ArrayList<>(IntStream.rangeClosed(1, 40).mapToObj(n -> 2 * n).toList());
    expected.remove(21);
    assertEquals(expected, List.copyOf(run));
    assertEquals(1, deadLetters().size());
    assertTrue(deadLetters().get(0).contains("\"stage\":\"map\""), deadLetters().get(0));
    assertTrue(deadLetters().get(0).contains("no successor of -13"), deadLetters().get(0));
  }

  @Test
  void aRowThatAStepFailsOnEndsTheRun() {
    var job = rows(40, 21, Workers.BAD).map(Workers::plusOne).mapBatches(8, pool());
    var failure = assertThrows(GristmillException.class, job::toList);
    assertEquals(21, failure.row().orElseThrow());
    assertEquals("map", failure.stage().orElseThrow());
  }

  @Test
  void rowsThatAreSetAsideAreDoneOnceMore() {
    var job = rows(40, 21, Workers.BAD);
    job.mapBatches(8, pool()).onError(aside()).toList();
    ActorPool<Integer, Integer> mended = placed(ActorPool.of(1, device -> batch -> batch));
    String file = folder.resolve("failed.jsonl").toString();
    var again = job.redrive(file).mapBatches(8, mended).toList();
    assertEquals(List.of(Workers.BAD), List.copyOf(again));
  }

  @Test
  void aWorkerThatDiesIsMadeAnewAndOnlyItsRowIsSetAside() throws IOException {
    var run =
        rows(40).mapBatches(8, pool(2, new Workers(log()).dyingOf(21))).onError(aside()).toList();
    var expected = new ArrayList<>(doubled(40));
    expected.remove(21);
    assertEquals(expected, List.copyOf(run));
    assertEquals(1, deadLetters().size());
    assertTrue(count("made") > 2, count("made") + " workers");
    assertEquals(count("made"), count("closed"));
  }

  @Test
  void batchesShrinkWhereMemoryIsNotEnough() {
    var run = rows(64).mapBatches(16, pool(2, new Workers(log()).withMemoryFor(5))).toList();
    assertEquals(doubled(64), List.copyOf(run));
    assertTrue(run.stats().notes().toString().contains("16 rows at once"), run.stats()::toString);
  }

  @Test
  void aBatchThatTakesTooLongIsInterruptedAndItsRowSetAside() throws IOException {
    var pool = pool(2, new Workers(log())).timeLimit(Duration.ofSeconds(2));
    var run = rows(12, 5, Workers.SLEEPY).mapBatches(4, pool).onError(aside()).toList();
    var expected = new ArrayList<>(doubled(12));
    expected.remove(5);
    assertEquals(expected, List.copyOf(run));
    assertTrue(deadLetters().get(0).contains("\"row\":5"), deadLetters().get(0));
  }

  @Test
  void aWorkerMayTakeItsTimeToClose() {
    rows(8).mapBatches(4, pool(1, new Workers(log()).closingFor(5_000))).toList();
    assertEquals(1, count("closed"));
  }

  @Test
  void anInterruptStopsEverything() throws InterruptedException {
    var failure = new AtomicReference<Throwable>();
    var working = new CountDownLatch(1);
    var job = rows(100_000).mapBatches(4, pool(2, new Workers(log()).slow(20)));
    var thread =
        new Thread(
            () -> {
              try {
                job.forEach(row -> working.countDown());
              } catch (Throwable thrown) {
                failure.set(thrown);
              }
            });
    thread.start();
    assertTrue(working.await(60, TimeUnit.SECONDS));
    thread.interrupt();
    thread.join(30_000);
    assertFalse(thread.isAlive());
    assertInstanceOf(GristmillException.class, failure.get());
    assertEquals(count("made"), count("closed"));
  }

  @Test
  void aFactoryThatFailsEndsTheRun() {
    BatchWorker.Factory<Integer, Integer> broken =
        device -> {
          throw new IllegalStateException("no model here");
        };
    var job = rows(10).mapBatches(4, pool(1, broken).restarts(1));
    var failure = assertThrows(GristmillException.class, job::toList);
    assertTrue(failure.getMessage().contains("no model here"), failure::getMessage);
    assertTrue(failure.getMessage().contains("2 times in a row"), failure::getMessage);
  }

  @Test
  void aWorkerOwesAResultForEachRow() {
    var job = rows(10).mapBatches(4, pool(1, device -> batch -> List.of(1)));
    var failure = assertThrows(GristmillException.class, job::toList);
    assertTrue(failure.getMessage().contains("got 1 results for"), failure::getMessage);
    assertTrue(failure.getMessage().contains("use flatMapBatches"), failure::getMessage);
  }

  @Test
  void workersThatAreKeptWarmServeTheNextRun() {
    var pool = pool(2, new Workers(log())).keepWarm("suite");
    try {
      assertEquals(doubled(100), List.copyOf(rows(100).mapBatches(8, pool).toList()));
      assertEquals(
          doubled(100), List.copyOf(rows(100).map(row -> row + 0).mapBatches(4, pool).toList()));
      assertEquals(2, count("made"));
      assertEquals(0, count("closed"));
    } finally {
      pool.close();
    }
    assertEquals(2, count("closed"));
  }

  @Test
  void aPoolGrowsWhileThatHelps() {
    var pool = placed(ActorPool.of(1, 2, new Workers(log()).slow(30)));
    assertEquals(doubled(2400), List.copyOf(rows(2400).mapBatches(4, pool).toList()));
    assertEquals(2, count("made"));
  }

  @Test
  void aWrittenFolderIsGoneOnWith() throws IOException {
    Path out = folder.resolve("out");
    var job = rows(200, 150, Workers.BAD).mapBatches(8, pool());
    assertThrows(GristmillException.class, () -> job.writeJsonLines(out.toString(), 16));
    long before = count("batch 8");
    var whole = rows(200).mapBatches(8, pool());
    whole.writeJsonLines(out.toString(), 16);
    assertEquals(doubled(200), written(out));
    assertTrue(count("batch 8") - before < 25, (count("batch 8") - before) + " batches");
  }

  static List<Integer> written(Path folder) throws IOException {
    var rows = new ArrayList<Integer>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file :
          files
              .filter(it -> it.getFileName().toString().startsWith("segment-"))
              .sorted()
              .toList()) {
        Files.readAllLines(file)
            .forEach(line -> rows.add(Integer.valueOf(line.replaceAll("\\D", ""))));
      }
    }
    return rows;
  }
}
