package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Workers that die, in their constructors or in a call, are made anew; but not for ever. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class RestartsTest {
  @TempDir Path folder;
  private final Workers workers = new Workers();

  @AfterEach
  void everyWorkerIsClosed() {
    assertEquals(workers.made.get(), workers.closed.get(), "workers made and closed");
  }

  private static List<Integer> range(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  private Path file() {
    return folder.resolve("letters.jsonl");
  }

  private static Workers.Making failingUntil(int attempt) {
    return number -> {
      if (number < attempt) {
        throw new IOException("attempt " + number);
      }
    };
  }

  @Test
  void aConstructorMayFailTwice() {
    var pool = ActorPool.of(1, workers.factory(failingUntil(3), batch -> batch));

    var run = Dataset.of(range(50)).mapBatches(8, pool).toList();

    assertEquals(range(50), new ArrayList<>(run));
    assertEquals(3, workers.attempts.get());
    assertEquals(1, workers.made.get());
  }

  @Test
  void aConstructorThatAlwaysFailsEndsTheRunAndTheOthersAreClosed() throws Exception {
    var first = new CountDownLatch(1); // the others fail once one is there
    Workers.Making making =
        number -> {
          if (number > 1) {
            assertTrue(first.await(30, TimeUnit.SECONDS));
            throw new IOException("no weights");
          }
          first.countDown();
        };
    var pool = ActorPool.of(3, workers.factory(making, batch -> batch)).restarts(5);
    var dataset = Dataset.of(range(50)).mapBatches(8, pool).onError(OnError.setAside(file() + ""));

    var failure = assertThrows(GristmillException.class, dataset::toList);

    assertEquals(
        "mapBatches(8, 3 workers): a worker could not be made on "
            + pool.devices(note -> {}).get(0)
            + ": IOException: no weights",
        failure.getMessage().replaceFirst(", \\d+ times in a row", ""));
    assertEquals(1, workers.made.get());
    assertEquals(List.of(), Letters.of(file()).all(), "no row is guilty of that");
  }

  @Test
  void anAnswerOfOurOwnIsNotTriedAgain() {
    Workers.Making making =
        number -> {
          throw new GristmillException("no such model: resnet19");
        };
    var pool = ActorPool.of(1, workers.factory(making, batch -> batch));

    var failure =
        assertThrows(
            GristmillException.class, () -> Dataset.of(range(5)).mapBatches(2, pool).toList());

    assertEquals(
        "mapBatches(2, 1 worker): a worker could not be made on "
            + pool.devices(note -> {}).get(0)
            + ": no such model: resnet19",
        failure.getMessage());
    assertEquals(1, workers.attempts.get());
  }

  @Test
  void aWorkerThatDiesInACallIsClosedAndItsBatchTriedAgain() {
    var died = new AtomicBoolean();
    BatchFunction<Integer, Integer> call =
        batch -> {
          if (batch.contains(20) && !died.getAndSet(true)) {
            throw new InternalError("a bad pointer");
          }
          return batch;
        };

    var run = Dataset.of(range(100)).mapBatches(8, ActorPool.of(2, workers.factory(call))).toList();

    assertEquals(range(100), new ArrayList<>(run));
    assertEquals(3, workers.made.get());
    assertEquals(13 + 1, workers.calls.get());
  }

  @Test
  void noRestartsMeansNone() {
    BatchFunction<Integer, Integer> call =
        batch -> {
          throw new InternalError("a bad pointer");
        };
    var pool = ActorPool.of(1, workers.factory(call)).restarts(0);

    var failure =
        assertThrows(
            GristmillException.class, () -> Dataset.of(range(5)).mapBatches(2, pool).toList());

    assertEquals(
        "mapBatches(2, 1 worker): a worker died: InternalError: a bad pointer",
        failure.getMessage());
    assertEquals(1, workers.made.get());
    assertEquals(1, workers.calls.get());
    assertThrows(IllegalArgumentException.class, () -> pool.restarts(-1));
  }

  @Test
  void aRowThatKillsItsWorkerIsSetAside() throws Exception {
    BatchFunction<Integer, Integer> call =
        batch -> {
          if (batch.contains(21) || batch.contains(70)) {
            overflow(0);
          }
          return batch;
        };
    var pool = ActorPool.of(2, workers.factory(call));

    var run =
        Dataset.of(range(100))
            .mapBatches(16, pool)
            .onError(OnError.setAside(file().toString()))
            .toList();

    assertEquals(
        range(100).stream().filter(i -> i != 21 && i != 70).toList(), new ArrayList<>(run));
    assertEquals(List.of(21L, 70L), Letters.of(file()).rows());
    assertTrue(Letters.of(file()).get(0).cause().endsWith("row 21: StackOverflowError"));
    assertTrue( // the last one to die may not be made anew, as the run ends
        workers.made.get() >= 2 + 2 * 5 && workers.made.get() <= 2 + 2 * 6,
        () -> workers.made + " made: a batch of 16 dies twice and is halved four times");
  }

  @Test
  void severalRowsOfABatchThatKillTheirWorkersAreSetAside() throws Exception {
    BatchFunction<Integer, Integer> call =
        batch -> {
          if (batch.stream().anyMatch(i -> i >= 16 && i < 24)) {
            throw new StackOverflowError();
          }
          return batch;
        };

    var run =
        Dataset.of(range(100))
            .mapBatches(16, ActorPool.of(1, workers.factory(call)))
            .onError(OnError.setAside(file().toString()))
            .toList();

    assertEquals(92, run.size());
    assertEquals(8, Letters.of(file()).rows().size());
  }

  private static int overflow(int depth) {
    return depth < 0 ? 0 : 1 + overflow(depth + 1);
  }

  @Test
  void workersThatDieWithEveryBatchEndTheRun() throws Exception {
    BatchFunction<Integer, Integer> call =
        batch -> {
          if (batch.get(0) >= 32) {
            throw new StackOverflowError();
          }
          return batch;
        };
    var seen = new ArrayList<Integer>();
    var dataset =
        Dataset.of(range(1000))
            .mapBatches(8, ActorPool.of(1, workers.factory(call)).restarts(4))
            .onError(OnError.setAside(file().toString()));

    var failure = assertThrows(GristmillException.class, () -> dataset.forEach(seen::add));

    assertEquals(
        "mapBatches(8, 1 worker): a worker died, 5 times in a row: StackOverflowError",
        failure.getMessage());
    assertEquals(range(seen.size()), seen);
  }

  /** The first one dies in its call, and fails to close. */
  private record Fragile(boolean bad) implements BatchWorker<Integer, Integer> {
    @Override
    public List<Integer> apply(List<Integer> batch) {
      if (bad) {
        throw new InternalError("a bad pointer");
      }
      return batch;
    }

    @Override
    public void close() throws IOException {
      if (bad) {
        throw new IOException("freed twice");
      }
    }
  }

  @Test
  void aDeadWorkerThatCannotBeClosedLosesNothing() {
    var made = new AtomicInteger();
    var pool =
        ActorPool.<Integer, Integer>of(1, device -> new Fragile(made.incrementAndGet() == 1));

    assertEquals(range(9), new ArrayList<>(Dataset.of(range(9)).mapBatches(2, pool).toList()));
    assertEquals(2, made.get());
  }
}
