package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The calling thread is interrupted, as a notebook does when a cell is stopped: whatever the run
 * waits for, it stops everything, waits for it, and keeps the flag.
 */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class InterruptTest {
  private final Workers workers = new Workers();
  private final CountDownLatch there = new CountDownLatch(1);

  @AfterEach
  void everyWorkerIsClosed() {
    Session.start().close();
    assertEquals(workers.made.get(), workers.closed.get(), "workers made and closed");
  }

  private static Dataset<Integer> rows() {
    return Dataset.of(IntStream.range(0, 100).boxed().toList());
  }

  /** Says that it is there, and waits for ever. */
  private void hang() throws InterruptedException {
    there.countDown();
    new CountDownLatch(1).await();
  }

  private ActorPool<Integer, Integer> hanging() {
    return ActorPool.of(
        2,
        workers.factory(
            batch -> {
              hang();
              return batch;
            }));
  }

  /** Runs it, interrupts it once it hangs, and gives what it threw. */
  private Throwable interrupted(Dataset<Integer> dataset, Consumer<Integer> action)
      throws Exception {
    var run =
        new FutureTask<>(
            () -> {
              Throwable thrown =
                  assertThrows(RuntimeException.class, () -> dataset.forEach(action));
              assertTrue(Thread.currentThread().isInterrupted(), "the flag is kept");
              var own = List.copyOf(Session.start().threads());
              assertTrue(
                  own.stream().allMatch(name -> name.contains("warm")), () -> own + " are left");
              return thrown;
            });
    var thread = new Thread(run, "cell");
    thread.start();
    assertTrue(there.await(30, TimeUnit.SECONDS));
    thread.interrupt();
    return run.get(30, TimeUnit.SECONDS);
  }

  private void assertStopped(Dataset<Integer> dataset) throws Exception {
    assertEquals(
        "interrupted after 0 rows; everything was stopped",
        interrupted(dataset, row -> {}).getMessage());
  }

  @Test
  void duringABatch() throws Exception {
    assertStopped(rows().mapBatches(4, hanging()));
  }

  @Test
  void duringABatchOfARunThatSetsRowsAside(@org.junit.jupiter.api.io.TempDir java.nio.file.Path dir)
      throws Exception {
    var file = dir.resolve("letters.jsonl");
    assertStopped(rows().mapBatches(4, hanging()).onError(OnError.setAside(file.toString())));
    assertEquals(List.of(), Letters.of(file).all());
  }

  @Test
  void duringAFunctionOfRows() throws Exception {
    assertStopped(
        rows()
            .map(
                i -> {
                  try {
                    hang();
                  } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                  }
                  return i;
                }));
  }

  @Test
  void duringAConstructor() throws Exception {
    var pool = ActorPool.of(2, workers.factory(number -> hang(), batch -> batch));

    assertStopped(rows().mapBatches(4, pool));
    assertEquals(0, workers.made.get());
  }

  @Test
  void duringTheConstructorsOfAWarmPool() throws Exception {
    var pool = ActorPool.of(2, workers.factory(number -> hang(), batch -> batch));

    assertStopped(rows().mapBatches(4, pool.keepWarm("warm")));
    assertEquals(List.of(), Session.start().threads(), "nobody waits for these in the background");
  }

  @Test
  void duringARunOfAWarmPool() throws Exception {
    assertStopped(rows().mapBatches(4, hanging().keepWarm("warm")));
  }

  @Test
  void betweenTwoAttemptsToMakeAWorker() throws Exception {
    Workers.Making making =
        number -> {
          if (number == 8) { // the pauses have become long
            there.countDown();
          }
          throw new java.io.IOException("no network");
        };
    var pool = ActorPool.of(2, workers.factory(making, batch -> batch)).restarts(1_000_000);

    assertStopped(rows().mapBatches(4, pool));
  }

  @Test
  void duringASlowSource() throws Exception {
    Iterator<Integer> slow =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            try {
              hang();
            } catch (InterruptedException stopped) {
              throw new IllegalStateException(stopped);
            }
            return false;
          }

          @Override
          public Integer next() {
            return 1;
          }
        };

    assertStopped(Dataset.from(() -> slow).mapBatches(4, 2, batch -> batch));
  }

  @Test
  void duringTheActionOfForEach() throws Exception {
    var dataset = rows().mapBatches(4, ActorPool.of(2, workers.factory(batch -> batch)));

    var thrown =
        interrupted(
            dataset,
            row -> {
              try {
                hang();
              } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt(); // as is usual
              }
            });

    assertEquals("interrupted after 1 rows; everything was stopped", thrown.getMessage());
  }

  @Test
  void anActionThatFailsWithTheInterruptIsHeard() throws Exception {
    var thrown =
        interrupted(
            rows().mapBatches(4, ActorPool.of(2, workers.factory(batch -> batch))),
            row -> {
              try {
                hang();
              } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("stopped", stopped);
              }
            });

    assertEquals("stopped", thrown.getMessage());
  }
}
