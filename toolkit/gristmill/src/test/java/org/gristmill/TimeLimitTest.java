package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Batches that hang: those that answer an interrupt, and those that do not. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class TimeLimitTest {
  private static final Duration LIMIT = Duration.ofMillis(100);
  private static final Duration SECONDS = Duration.ofSeconds(20); // far less than a minute's wait

  @TempDir Path folder;
  private final Workers workers = new Workers();
  private final CountDownLatch began = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);
  private final Set<Thread> deaf = ConcurrentHashMap.newKeySet();

  /** Lets go of the threads that were left behind: they close their workers then. */
  @AfterEach
  void letGo() throws InterruptedException {
    end.countDown();
    for (Thread thread : deaf) {
      thread.join(30_000);
    }
    assertEquals(workers.made.get(), workers.closed.get(), "workers made and closed");
  }

  private static List<Integer> range(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  private Path file() {
    return folder.resolve("letters.jsonl");
  }

  private OnError setAside() {
    return OnError.setAside(file().toString());
  }

  private static void waitForEver() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  private void hearNothing() {
    deaf.add(Thread.currentThread());
    began.countDown();
    while (end.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  private ActorPool<Integer, Integer> waiting(int actors, Set<Integer> rows) {
    BatchFunction<Integer, Integer> call =
        batch -> {
          if (batch.stream().anyMatch(rows::contains)) {
            waitForEver();
          }
          return batch;
        };
    return ActorPool.of(actors, workers.factory(call)).timeLimit(LIMIT);
  }

  private ActorPool<Integer, Integer> deaf(int actors, Set<Integer> rows) {
    BatchFunction<Integer, Integer> call =
        batch -> {
          if (batch.stream().anyMatch(rows::contains)) {
            hearNothing();
          }
          return batch;
        };
    return ActorPool.of(actors, workers.factory(call)).timeLimit(LIMIT);
  }

  @Test
  void aBatchThatHangsFailsAndTheMessageSaysWhere() {
    var dataset = Dataset.of(range(20)).mapBatches(4, waiting(2, Set.of(9)));

    var failure = assertThrows(GristmillException.class, dataset::toList);

    String message = failure.getMessage();
    assertTrue(
        message.startsWith(
            "mapBatches(4, 2 workers) failed on a batch of 4, row 8 to row 11: TimedOut: not done"
                + " after 0.1s; it is at "),
        message);
    assertTrue(message.contains("CountDownLatch.await"), message);
    assertTrue(message.contains("TimeLimitTest.waitForEver"), message);
    assertEquals(2, workers.made.get(), "a worker that answers lives on");
  }

  @Test
  void theRowThatHangsIsSetAside() throws Exception {
    var dataset = Dataset.of(range(20)).mapBatches(4, waiting(2, Set.of(9))).onError(setAside());

    var run = dataset.toList();

    assertEquals(range(20).stream().filter(i -> i != 9).toList(), new ArrayList<>(run));
    assertEquals(List.of(9L), Letters.of(file()).rows());
    assertTrue(Letters.of(file()).get(0).cause().contains("TimeLimitTest.waitForEver"));
    assertEquals(2, workers.made.get());
  }

  @Test
  void aBatchThatHearsNothingEndsTheRunWithinSeconds() {
    var dataset = Dataset.of(range(20)).mapBatches(4, deaf(2, Set.of(9)));

    var failure =
        assertTimeout(SECONDS, () -> assertThrows(GristmillException.class, dataset::toList));

    String message = failure.getMessage();
    assertTrue(message.contains("not done after 0.1s, nor did it answer an interrupt"), message);
    assertTrue(message.contains("TimeLimitTest.hearNothing"), message);
  }

  @Test
  void severalThatHearNothingDoNotHoldUpTheEndEither() {
    var dataset = Dataset.of(range(80)).mapBatches(4, deaf(3, Set.copyOf(range(80))));

    assertTimeout(SECONDS, () -> assertThrows(GristmillException.class, dataset::toList));
  }

  @Test
  void theOthersComeOutAndANoteSaysWhichThreadWasLeftBehind() throws Exception {
    var dataset = Dataset.of(range(20)).mapBatches(4, deaf(2, Set.of(9))).onError(setAside());

    var run = assertTimeout(SECONDS, () -> dataset.toList());

    assertEquals(range(20).stream().filter(i -> i != 9).toList(), new ArrayList<>(run));
    assertEquals(List.of(9L), Letters.of(file()).rows());
    for (Thread thread : deaf) {
      String left = "left behind, as it does not end: " + thread.getName() + " at ";
      assertTrue(
          run.stats().notes().stream().anyMatch(note -> note.startsWith(left)),
          () -> left + " in " + run.stats().notes());
    }
    assertEquals(2, deaf.size(), "once with its batch, once alone");
  }

  @Test
  void aRunThatWantsNoMoreLeavesBehindWhoHearsNothing() {
    BatchFunction<Integer, Integer> call =
        batch -> {
          if (batch.contains(5)) {
            hearNothing();
          }
          assertTrue(began.await(30, TimeUnit.SECONDS));
          return batch;
        };
    var pool = ActorPool.of(2, workers.factory(call)).timeLimit(Duration.ofSeconds(3));
    var dataset = Dataset.of(range(8)).mapBatches(4, pool);

    var run = assertTimeout(SECONDS, () -> dataset.filter(i -> true).unordered().take(4));

    assertEquals(Set.copyOf(range(4)), Set.copyOf(run));
  }

  @Test
  void workersThatAllHangEndTheRun() {
    var dataset =
        Dataset.of(range(40)).mapBatches(4, deaf(2, Set.copyOf(range(40)))).onError(setAside());

    var failure =
        assertTimeout(SECONDS, () -> assertThrows(GristmillException.class, dataset::toList));

    assertTrue(
        failure.getMessage().contains("a worker hung, 4 times in a row: TimedOut"),
        failure.getMessage());
  }

  @Test
  void aLimitOfNoTimeIsRefused() {
    var pool = ActorPool.of(1, workers.factory(batch -> batch));

    assertThrows(IllegalArgumentException.class, () -> pool.timeLimit(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> pool.timeLimit(Duration.ofMillis(-1)));
  }
}
