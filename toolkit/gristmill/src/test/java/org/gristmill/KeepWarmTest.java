package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.gristmill.observe.Work;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Workers that stay for the next run. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class KeepWarmTest {
  private final Workers workers = new Workers();
  private final CountDownLatch inside = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final BatchFunction<Integer, Integer> plain = batch -> batch;
  private final BatchFunction<Integer, Integer> waits =
      batch -> {
        inside.countDown();
        assertTrue(goOn.await(30, TimeUnit.SECONDS));
        return batch;
      };

  @AfterEach
  void everyWorkerIsClosed() {
    Session.start().close();
    assertEquals(List.of(), Session.start().pools());
    assertEquals(workers.made.get(), workers.closed.get(), "workers made and closed");
  }

  private static List<Integer> range(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  private static Dataset<Integer> rows(ActorPool<Integer, Integer> pool) {
    return Dataset.of(range(40)).mapBatches(4, pool);
  }

  private ActorPool<Integer, Integer> pool(int size, BatchFunction<Integer, Integer> call) {
    return ActorPool.of(size, workers.factory(call)).keepWarm("warm");
  }

  private static <T> FutureTask<T> start(Callable<T> run) {
    var task = new FutureTask<>(run);
    new Thread(task, "second cell").start();
    return task;
  }

  @Test
  void theSecondRunLoadsNothing() {
    Workers.Making loading = number -> Work.time(Work.Part.LOAD, () -> number);
    var both = new CountDownLatch(2);
    BatchFunction<Integer, Integer> call =
        batch -> {
          both.countDown();
          assertTrue(both.await(30, TimeUnit.SECONDS), "both actors work");
          return batch;
        };
    var pool = ActorPool.of(2, workers.factory(loading, call)).keepWarm("warm");

    var first = rows(pool).toList();
    var second = rows(pool).toList();

    assertEquals(range(40), new ArrayList<>(first));
    assertEquals(range(40), new ArrayList<>(second));
    assertEquals(2, workers.made.get());
    assertEquals(0, workers.closed.get());
    assertEquals(2, first.stats().modelLoads());
    assertEquals(0, second.stats().modelLoads());
    assertEquals(List.of("warm"), Session.start().pools());
  }

  @Test
  void everyLoadIsCountedHoweverSoonTheWorkerIsMade() {
    Workers.Making loading = number -> Work.time(Work.Part.LOAD, () -> number);

    for (int i = 0; i < 200; i++) {
      var pool = ActorPool.of(1, workers.factory(loading, plain));
      assertEquals(1, rows(pool).toList().stats().modelLoads());
    }
  }

  @Test
  void aPoolOfTheSameNameClosesItsPredecessor() {
    var first = pool(2, plain);
    rows(first).toList();

    var second = pool(1, plain);
    int before = workers.made.get(); // one of the two may not have been made in time
    assertEquals(before, workers.closed.get());
    rows(second).toList();

    var failure = assertThrows(GristmillException.class, () -> rows(first).toList());
    assertEquals(
        "the pool \"warm\" was closed, or its name given to another: make it again",
        failure.getMessage());
    assertEquals(before + 1, workers.made.get());
  }

  @Test
  void theSessionAndThePoolCloseTheWorkersOnce() {
    var pool = pool(2, plain);
    rows(pool).toList();
    pool.close();
    pool.close();
    assertEquals(workers.made.get(), workers.closed.get());

    rows(pool(2, plain)).toList();
    Session.start().close();
    Session.start().close();
    assertEquals(workers.made.get(), workers.closed.get());
    ActorPool.of(1, workers.factory(plain)).close(); // is not kept warm: nothing to close
  }

  @Test
  void aPoolThatAnotherRunUsesIsRefused() throws Exception {
    var pool = pool(1, waits);
    var other = start(() -> rows(pool).toList());
    assertTrue(inside.await(30, TimeUnit.SECONDS));

    var failure = assertThrows(GristmillException.class, () -> rows(pool).toList());

    assertEquals(
        "the pool \"warm\" is in use by another run: wait for it, or use a pool of its own",
        failure.getMessage());
    goOn.countDown();
    assertEquals(range(40), new ArrayList<>(other.get(30, TimeUnit.SECONDS)));
    assertEquals(range(40), new ArrayList<>(rows(pool).toList()));
    assertEquals(1, workers.made.get());
  }

  @Test
  void aRunThatFailsLeavesTheWorkersForTheNext() {
    var poison = new AtomicBoolean(true);
    var pool =
        pool(
            1,
            batch -> {
              if (batch.contains(6) && poison.get()) {
                throw new IOException("poison");
              }
              return batch;
            });

    for (int i = 0; i < 3; i++) {
      assertThrows(GristmillException.class, () -> rows(pool).toList());
    }
    poison.set(false);

    assertEquals(range(40), new ArrayList<>(rows(pool).toList()));
    assertEquals(1, workers.made.get());
  }

  @Test
  void aRunThatIsInterruptedLeavesTheWorkersForTheNext() throws Exception {
    var pool = pool(1, waits);
    var kept = new AtomicBoolean();
    Callable<GristmillException> interrupted =
        () -> {
          var failure = assertThrows(GristmillException.class, () -> rows(pool).toList());
          kept.set(Thread.currentThread().isInterrupted());
          return failure;
        };
    var task = new FutureTask<>(interrupted);
    var thread = new Thread(task, "cell");
    thread.start();
    assertTrue(inside.await(30, TimeUnit.SECONDS));
    thread.interrupt();

    assertEquals(
        "interrupted after 0 rows; everything was stopped",
        task.get(30, TimeUnit.SECONDS).getMessage());
    assertTrue(kept.get());
    goOn.countDown();
    assertEquals(range(40), new ArrayList<>(rows(pool).toList()));
    assertEquals(1, workers.made.get());
  }

  @Test
  void closingAPoolFailsTheRunThatUsesIt() throws Exception {
    for (boolean whileMaking : List.of(true, false)) {
      var there = new CountDownLatch(1);
      Workers.Making making =
          number -> {
            if (whileMaking) {
              there.countDown();
              new CountDownLatch(1).await();
            }
          };
      BatchFunction<Integer, Integer> call =
          batch -> {
            there.countDown();
            new CountDownLatch(1).await();
            return batch;
          };
      var pool = ActorPool.of(1, workers.factory(making, call)).keepWarm("warm");
      var run = start(() -> assertThrows(GristmillException.class, () -> rows(pool).toList()));
      assertTrue(there.await(30, TimeUnit.SECONDS));

      pool.close();

      assertEquals(
          "the pool \"warm\" was closed while a run used it",
          run.get(30, TimeUnit.SECONDS).getMessage());
      assertEquals(workers.made.get(), workers.closed.get());
    }
  }

  @Test
  void aPoolMayBeClosedByTheRunThatUsesIt() {
    var pool = pool(1, plain);
    var dataset = rows(pool);

    var failure =
        assertThrows(GristmillException.class, () -> dataset.forEach(row -> pool.close()));

    assertEquals("the pool \"warm\" was closed while a run used it", failure.getMessage());
    assertFalse(Session.start().pools().contains("warm"));
  }

  @Test
  void workersThatCouldNotBeMadeAreMadeAnewByTheNextRun() {
    var offline = new AtomicBoolean(true);
    Workers.Making making =
        number -> {
          if (offline.get()) {
            throw new IOException("no network");
          }
        };
    var pool = ActorPool.of(1, workers.factory(making, plain)).restarts(0).keepWarm("warm");

    assertThrows(GristmillException.class, () -> rows(pool).toList());
    offline.set(false);

    assertEquals(range(40), new ArrayList<>(rows(pool).toList()));
    assertEquals(range(40), new ArrayList<>(rows(pool).toList()));
    assertEquals(1, workers.made.get());
  }

  @Test
  void aWorkerThatFailsToBeMadeAfterTheRunIsNotForgotten() throws Exception {
    var late = new CompletableFuture<Thread>();
    Workers.Making making =
        number -> {
          if (number == 2) {
            late.complete(Thread.currentThread());
            assertTrue(goOn.await(30, TimeUnit.SECONDS));
            throw new GristmillException("too late");
          }
        };
    var pool = ActorPool.of(2, workers.factory(making, plain)).keepWarm("warm");
    rows(pool).toList(); // by the first worker, while the second is being made
    goOn.countDown();
    late.get(30, TimeUnit.SECONDS).join(30_000);

    for (int i = 0; i < 3; i++) {
      assertEquals(range(40), new ArrayList<>(rows(pool).toList()));
    }
    assertEquals(3, workers.made.get());
  }
}
