package org.gristmill;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.gristmill.tune.Result.Fate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NothingLeft.class)
@Timeout(120)
class TunerTest {
  private static final Duration SHORT = Duration.ofSeconds(2);

  @TempDir Path folder;
  private final Workers workers = new Workers();

  @AfterEach
  void everyWorkerIsClosed() {
    Session.start().close();
    assertEquals(workers.made.get(), workers.closed.get(), "workers made and closed");
  }

  private static Dataset<Integer> rows(int n) {
    return Dataset.of(IntStream.range(0, n).boxed().toList());
  }

  /** Takes so long for a batch, however many rows it has. */
  private BatchFunction<Integer, Integer> taking(long milliseconds) {
    return batch -> {
      Thread.sleep(milliseconds);
      return batch;
    };
  }

  private ActorPool<Integer, Integer> pool(BatchFunction<Integer, Integer> call) {
    return ActorPool.of(workers.factory(call));
  }

  @Test
  void largerBatchesAreTakenWhereABatchCostsTheSame() {
    var tuning = Tuner.of("pool", pool(taking(20))).budget(SHORT).tune(rows(2000));

    assertTrue(tuning.batchSize() >= 16, tuning::toString);
    assertEquals(tuning.chosen().contender().shape().actors(), tuning.pool().max());
    var run = rows(100).mapBatches(tuning.batchSize(), tuning.pool()).toList();
    assertEquals(100, run.size());
  }

  @Test
  void theFasterPoolIsTakenAndTheLineNamesIt() {
    var tuning =
        Tuner.of("slow", pool(taking(30)))
            .or("quick", pool(taking(5)))
            .budget(SHORT)
            .tune(rows(500));

    assertEquals("quick", tuning.chosen().contender().pool());
    var shape = tuning.chosen().contender().shape();
    assertEquals(
        "rows.mapBatches(%d, quick.size(%d).threadsPerActor(%d))"
            .formatted(tuning.batchSize(), shape.actors(), shape.threads()),
        tuning.line());
    assertTrue(tuning.toString().contains(tuning.line()), tuning::toString);
    assertEquals(shape.threads(), tuning.pool().devices(note -> {}).get(0).threads());
  }

  @Test
  void batchesKeepToTheLatency() {
    BatchFunction<Integer, Integer> call =
        batch -> {
          Thread.sleep(10 + 5L * batch.size());
          return batch;
        };

    var tuning =
        Tuner.of("pool", pool(call))
            .budget(SHORT)
            .latencyAtMost(Duration.ofMillis(70))
            .tune(rows(500));

    assertTrue(tuning.batchSize() <= 8, tuning::toString); // of 16 takes 90 ms
    assertTrue(tuning.chosen().latency().toMillis() <= 70, tuning::toString);
    assertTrue(
        tuning.results().stream()
            .filter(result -> result.batchSize() > 8)
            .allMatch(of -> of.fate() == Fate.TOO_LATE || of.fate() == Fate.NOT_TRIED),
        tuning::toString);
  }

  @Test
  void noBatchThatIsQuickEnoughIsAnErrorThatTellsTheQuickest() {
    var tuner =
        Tuner.of("pool", pool(taking(30))).budget(SHORT).latencyAtMost(Duration.ofMillis(10));

    var thrown = assertThrows(GristmillException.class, () -> tuner.tune(rows(100)));

    assertTrue(
        thrown
            .getMessage()
            .matches(
                "no batch ends in time: the quickest were pool, .* in batches of 1, of which 99 %"
                    + " take \\d+ ms or less. Allow more \\(Tuner.latencyAtMost\\), or .*"),
        thrown::getMessage);
  }

  @Test
  void batchesThatRunOutOfMemoryAreNotTaken() {
    BatchFunction<Integer, Integer> call =
        batch -> {
          if (batch.size() > 8) {
            throw new IllegalStateException("CUDA out of memory. Tried to allocate 2.00 GiB");
          }
          return taking(5).apply(batch);
        };

    var tuning = Tuner.of("pool", pool(call)).budget(SHORT).tune(rows(500));

    assertEquals(8, tuning.batchSize(), tuning::toString);
    var failed =
        tuning.results().stream().filter(result -> result.fate() == Fate.FAILED).findFirst();
    assertEquals(16, failed.orElseThrow().batchSize());
    assertTrue(failed.get().why().contains("ran out of memory with 16 rows at once"));
  }

  /** Its workers take 2 MB of a heap of 64 MB for each row of a batch. */
  static final class Small {
    private Small() {}

    public static void main(String[] arguments) {
      ActorPool<Integer, Integer> pool =
          ActorPool.of(
              device ->
                  batch -> {
                    byte[] tensor = new byte[batch.size() * 2_000_000];
                    Thread.sleep(10);
                    return tensor.length > 0 ? batch : List.of();
                  });
      var tuning = Tuner.of("pool", pool).budget(SHORT).tune(rows(1000));
      System.out.println(tuning.batchSize());
    }
  }

  @Test
  void aHeapThatIsTooSmallForLargeBatchesEndsNothing() throws Exception {
    var child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                Small.class.getName())
            .start();
    String told = new String(child.getInputStream().readAllBytes(), UTF_8);
    String errors = new String(child.getErrorStream().readAllBytes(), UTF_8);
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, child.exitValue(), told + errors);

    int batchSize = Integer.parseInt(told.lines().reduce((first, last) -> last).orElse("").strip());
    assertTrue(batchSize >= 1 && batchSize <= 32, told + errors);
  }

  @Test
  void aRowThatFailsIsNamed() {
    BatchFunction<Integer, Integer> call =
        batch -> {
          throw new IllegalStateException("bad weights");
        };

    var thrown =
        assertThrows(
            GristmillException.class,
            () -> Tuner.of("pool", pool(call)).budget(SHORT).tune(rows(100)));

    assertTrue(thrown.getMessage().startsWith("nothing could be run: "), thrown::getMessage);
    assertTrue(thrown.getMessage().contains("bad weights"), thrown::getMessage);
  }

  @Test
  void rowsThatAreSetAsideAreLeftOutAndTheirFileIsNotTouched() throws Exception {
    Path letters = folder.resolve("letters.jsonl");
    Files.writeString(letters, "of another run\n");
    var rows =
        rows(300)
            .map(
                row -> {
                  if (row % 10 == 3) {
                    throw new IllegalStateException("row " + row);
                  }
                  return row;
                })
            .onError(OnError.setAside(letters.toString()));

    var tuning = Tuner.of("pool", pool(taking(5))).budget(SHORT).tune(rows);

    assertTrue(tuning.batchSize() > 1, tuning::toString);
    assertEquals("of another run\n", Files.readString(letters));
  }

  @Test
  void aRowThatFailsBeforeTheBatchesEndsItHoweverFarItIs() {
    var rows =
        rows(300)
            .map(
                row -> {
                  if (row == 50) {
                    throw new IllegalStateException("cut off");
                  }
                  return row;
                });

    var thrown =
        assertThrows(
            GristmillException.class,
            () -> Tuner.of("pool", pool(taking(5))).budget(SHORT).tune(rows));

    assertEquals("map failed on row 50: IllegalStateException: cut off", thrown.getMessage());
  }

  @Test
  void aPoolAllOfWhoseRowsAreSetAsideIsNotTakenForFast() {
    BatchFunction<Integer, Integer> broken =
        batch -> {
          throw new IllegalStateException("wrong input");
        };
    var rows = rows(300).onError(OnError.setAside(folder.resolve("letters.jsonl").toString()));

    var tuning =
        Tuner.of("broken", pool(broken)).or("good", pool(taking(5))).budget(SHORT).tune(rows);

    assertEquals("good", tuning.chosen().contender().pool(), tuning::toString);
    assertTrue(
        tuning.results().get(0).why().startsWith("all its rows were set aside"), tuning::toString);
  }

  @Test
  void nothingToTuneOnSaysWhatToGive() {
    var tuner = Tuner.of("pool", pool(taking(20)));

    assertEquals(
        "nothing could be run: the dataset has only 0 rows. Tune on more rows, or for longer (Tuner.budget).",
        assertThrows(GristmillException.class, () -> tuner.budget(SHORT).tune(rows(0)))
            .getMessage());
    assertEquals(
        "nothing could be run: no time was left to look at it. Tune on more rows, or for longer (Tuner.budget).",
        assertThrows(
                GristmillException.class, () -> tuner.budget(Duration.ofMillis(1)).tune(rows(100)))
            .getMessage());
  }

  @Test
  void twoMayTuneAtOnce() throws Exception {
    var working = new CyclicBarrier(2);
    var cells = new ArrayList<FutureTask<Integer>>();
    for (int i = 0; i < 2; i++) {
      var met = new AtomicBoolean();
      BatchFunction<Integer, Integer> call =
          batch -> {
            if (!met.getAndSet(true)) {
              working.await(30, TimeUnit.SECONDS);
            }
            return taking(5).apply(batch);
          };
      var tuner = Tuner.of("pool", pool(call)).budget(SHORT);
      cells.add(new FutureTask<>(() -> tuner.tune(rows(500)).batchSize()));
      new Thread(cells.get(i), "cell " + i).start();
    }

    for (var cell : cells) {
      assertTrue(cell.get(60, TimeUnit.SECONDS) > 1);
    }
  }

  @Test
  void modelsOfTheSameFileNameInTwoFoldersAreTwo() throws Exception {
    Path one = model("one");
    Path other = model("other");

    var thrown =
        assertThrows(
            GristmillException.class,
            () -> Tuner.ofModels(one.toString(), other.toString()).budget(SHORT).tune(pictures()));

    assertTrue(thrown.getMessage().contains(one.toString()), thrown::getMessage);
    assertThrows(GristmillException.class, () -> Tuner.ofModels("/"));
  }

  /** A file that no engine loads, beside what says how it wants its pictures. */
  private Path model(String name) throws Exception {
    Path model = Files.createDirectory(folder.resolve(name)).resolve("model.onnx");
    Files.writeString(
        model.resolveSibling("model.json"),
        """
        {"resize_short_side": 8, "interpolation": "bilinear", "center_crop": 8,
         "mean": [0, 0, 0], "std": [1, 1, 1]}
        """);
    return Files.writeString(model, "no model");
  }

  private static Dataset<Image> pictures() {
    return Dataset.of(List.of(Image.of(8, 8, Image.Mode.RGB, new byte[192], null)));
  }

  @Test
  void theSessionForgetsItsRuns() {
    Tuner.of("pool", pool(taking(5))).budget(Duration.ofMillis(500)).tune(rows(100));

    var run = rows(3).mapBatches(1, pool(taking(1))).toList();

    assertTrue(Session.runOf(run.stats()).isPresent());
    assertEquals(1, run.stats().batchSizes().firstKey());
    assertEquals(List.of(), Session.start().pools());
  }

  @Test
  void anInterruptEndsIt() throws Exception {
    var working = new CountDownLatch(3);
    BatchFunction<Integer, Integer> call =
        batch -> {
          working.countDown();
          return taking(20).apply(batch);
        };
    var tuner = Tuner.of("pool", pool(call)).budget(Duration.ofMinutes(1));
    var cell =
        new FutureTask<>(
            () -> {
              var thrown = assertThrows(GristmillException.class, () -> tuner.tune(rows(1000)));
              assertTrue(Thread.currentThread().isInterrupted(), "the flag is kept");
              return thrown.getMessage();
            });
    var thread = new Thread(cell, "cell");
    thread.start();
    assertTrue(working.await(30, TimeUnit.SECONDS));
    thread.interrupt();

    assertTrue(cell.get(30, TimeUnit.SECONDS).contains("interrupted"));
  }

  @Test
  void theFiguresAreDrawn() {
    var tuning = Tuner.of("pool", pool(taking(10))).budget(SHORT).tune(rows(300));

    assertEquals(860, tuning.batchSizeChart().getWidth());
    assertEquals(860, tuning.paretoChart().getWidth());
    assertFalse(tuning.summary().isBlank());
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    var tuner = Tuner.of("pool", pool(taking(1)));

    assertThrows(IllegalArgumentException.class, () -> tuner.budget(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> tuner.latencyAtMost(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> tuner.or("pool", pool(taking(1))));
    assertThrows(IllegalArgumentException.class, () -> Tuner.ofModels());
    assertThrows(IllegalArgumentException.class, () -> pool(taking(1)).size(0));
    assertThrows(IllegalArgumentException.class, () -> pool(taking(1)).threadsPerActor(0));
  }
}
