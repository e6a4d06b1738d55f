package org.gristmill.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.Run;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are killed (SIGKILL) or stopped (SIGSTOP) while they work on a batch. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledTest {
  private static final int ROWS = 400;

  @TempDir Path folder;

  /**
   * A hundred batches.
   *
   * @param millis of each: so many that those left when a process ends last until it is replaced
   */
  private Dataset<Integer> job(SparkCluster spark, int actors, int millis) {
    var pool = ActorPool.of(actors, new Workers(folder.resolve("log")).slow(millis)).on(spark);
    return Dataset.of(IntStream.range(0, ROWS).boxed().toList())
        .map(Workers::plusOne)
        .mapBatches(4, pool);
  }

  private static List<Integer> expected() {
    return IntStream.rangeClosed(1, ROWS).mapToObj(row -> 2 * row).toList();
  }

  private static <T> CompletableFuture<T> inBackground(Callable<T> task) {
    var result = new CompletableFuture<T>();
    new Thread(
            () -> {
              try {
                result.complete(task.call());
              } catch (Throwable failed) {
                result.completeExceptionally(failed);
              }
            })
        .start();
    return result;
  }

  private static <T> T await(Callable<Optional<T>> condition) throws Exception {
    for (long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        System.nanoTime() < until;
        TimeUnit.MILLISECONDS.sleep(5)) {
      var found = condition.call();
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new AssertionError("it did not come to that");
  }

  /** An actor that works on a batch, of a run of which some were done before. */
  private SparkCluster.Actor working(SparkCluster spark, CompletableFuture<?> run)
      throws Exception {
    Path log = folder.resolve("log");
    await(
        () -> Workers.log(log).size() >= 20 || run.isDone() ? Optional.of(true) : Optional.empty());
    assertFalse(run.isDone(), run::toString);
    return await(() -> spark.actors().stream().filter(SparkCluster.Actor::isWorking).findFirst());
  }

  private static boolean isGone(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
  }

  private static void signal(String name, long pid) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-" + name, "" + pid).start().waitFor());
  }

  private static void assertWhole(Run<Integer> run) {
    assertEquals(expected(), List.copyOf(run));
    var stage = run.stats().plan().stages().get(1).measured().orElseThrow();
    assertEquals(ROWS, stage.rows());
    assertTrue(
        stage.actors().stream().anyMatch(actor -> actor.device().contains(", then ")),
        () -> "none has moved: " + stage.actors());
  }

  @Test
  void anExecutorWithABatchInWorkIsKilledAndNothingIsLostOrDoneTwice() throws Exception {
    try (var spark = SparkCluster.start("local-cluster[2,1,512]")) {
      var run = inBackground(() -> job(spark, 2, 250).toList());
      var victim = working(spark, run);
      signal("KILL", victim.pid());
      System.out.printf("killed: %s, which was working: %s%n", victim, victim.isWorking());
      assertWhole(run.get());
      run.get()
          .stats()
          .plan()
          .stages()
          .get(1)
          .measured()
          .orElseThrow()
          .actors()
          .forEach(actor -> System.out.printf("after it: %s%n", actor));
    }
  }

  @Test
  void anExecutorTakesManyActorsWithIt() throws Exception {
    try (var spark = SparkCluster.start("local-cluster[2,5,512]")) {
      var run = inBackground(() -> job(spark, 10, 1200).toList());
      var victim = working(spark, run);
      long lost =
          spark.actors().stream()
              .filter(actor -> actor.pid() == victim.pid() && actor.isWorking())
              .count();
      signal("KILL", victim.pid());
      System.out.printf("killed: %s, in which %d actors were working%n", victim, lost);
      assertTrue(lost > 4, lost + " actors");
      assertWhole(run.get());
    }
  }

  @Test
  void anExecutorThatIsLostWithoutABatchFailsNothing() throws Exception {
    var spark = SparkCluster.start("local-cluster[2,1,512]");
    var pool = ActorPool.of(2, new Workers(folder.resolve("log"))).on(spark).keepWarm("idle");
    var rows = Dataset.of(IntStream.range(0, ROWS).boxed().toList());
    assertEquals(ROWS, rows.mapBatches(4, pool).toList().size());
    await(() -> spark.actors().size() == 2 ? Optional.of(true) : Optional.empty());
    signal("KILL", spark.actors().get(0).pid());
    assertEquals(ROWS, rows.mapBatches(4, pool).toList().size());
    spark.close(); // before the pool, as a cell that is run again does
    pool.close();
  }

  @Test
  void anExecutorThatStandsStillIsGivenUp() throws Exception {
    try (var spark = SparkCluster.start("local-cluster[2,1,512]")) {
      var run = inBackground(() -> job(spark, 2, 400).toList());
      var victim = working(spark, run);
      signal("STOP", victim.pid());
      System.out.printf("stopped: %s, which was working: %s%n", victim, victim.isWorking());
      assertWhole(run.get());
      await(() -> isGone(victim.pid()) ? Optional.of(true) : Optional.empty());
    }
  }

  @Test
  void aWholeMachineGoesAndItsActorsMove() throws Exception {
    try (var nodes = new Nodes(folder.resolve("spark"), 2, 2)) {
      try (var spark =
          SparkCluster.start(
              nodes.master(),
              Map.of(
                  "spark.executor.memory",
                  "512m",
                  "spark.executor.cores",
                  "1",
                  "spark.cores.max",
                  "2"))) {
        var run = inBackground(() -> job(spark, 2, 250).toList());
        var victim = working(spark, run);
        long worker = ProcessHandle.of(victim.pid()).orElseThrow().parent().orElseThrow().pid();
        List<Long> gone = nodes.kill(worker);
        System.out.printf(
            "killed: worker process %d with its executors %s, of which %s was working%n",
            worker, gone, victim);
        assertTrue(gone.contains(victim.pid()), "the actor's executor was not among them");
        assertWhole(run.get());
      }
    }
  }

  @Test
  void theDriverIsKilledAndTheJobGoneOnWith() throws Exception {
    Path out = folder.resolve("out");
    var driver = Jvm.start(folder, Driver.class.getName(), folder.toString(), out.toString());
    long done;
    List<Long> executors;
    try {
      await(() -> segments(out) >= 3 ? Optional.of(true) : Optional.empty());
      executors = driver.descendants().map(ProcessHandle::pid).toList();
      signal("KILL", driver.pid());
      driver.waitFor();
      done = segments(out);
    } finally {
      driver.destroyForcibly();
    }
    System.out.printf("killed: the driver, process %d, after %d segments%n", driver.pid(), done);
    for (long executor : executors) { // that have lost their driver
      await(() -> isGone(executor) ? Optional.of(true) : Optional.empty());
    }
    long before = Workers.log(folder.resolve("log")).size();
    try (var spark = SparkCluster.start("local-cluster[2,1,512]")) {
      job(spark, 2, 5).writeJsonLines(out.toString(), 16);
    }
    assertEquals(expected(), EngineSuite.written(out));
    long again = Workers.log(folder.resolve("log")).size() - before - 4; // made and closed
    assertTrue(again <= (ROWS - 16 * done) / 4 + 1, again + " batches after " + done + " segments");
  }

  private static long segments(Path out) throws IOException {
    if (!Files.isDirectory(out)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(out)) {
      return files.filter(it -> it.getFileName().toString().startsWith("segment-")).count();
    }
  }

  /** A process that writes the job to a folder. */
  static final class Driver {
    private Driver() {}

    public static void main(String[] folders) {
      var test = new KilledTest();
      test.folder = Path.of(folders[0]);
      try (var spark = SparkCluster.start("local-cluster[2,1,512]")) {
        test.job(spark, 2, 60).writeJsonLines(folders[1], 16);
      }
    }
  }
}
