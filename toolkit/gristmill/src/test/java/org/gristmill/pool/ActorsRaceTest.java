package org.gristmill.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.gristmill.Cluster;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.NothingLeft;
import org.gristmill.observe.Work;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Actors alone, under orders in a random sequence: what was submitted is told exactly once, or at
 * most once if it was aborted; every worker that was made is closed, and no thread is left.
 */
@ExtendWith(NothingLeft.class)
@Timeout(120)
class ActorsRaceTest {
  private static final int SEEDS = 300;
  private static final int ORDERS = 120;
  private static final long LIMIT_NANOS = 3_000_000;

  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final List<Told> tasks = new ArrayList<>();

  /** A task, how often its outcome was told, and whether anybody waits for that. */
  private static final class Told {
    final AtomicInteger count = new AtomicInteger();
    final CountDownLatch once = new CountDownLatch(1);
    boolean aborted;

    void tell() {
      count.incrementAndGet();
      once.countDown();
    }
  }

  /** Something to close. */
  private final class Worker implements AutoCloseable {
    private boolean open = true;

    @Override
    public void close() {
      assertTrue(open, "closed once");
      open = false;
      closed.incrementAndGet();
    }
  }

  private Host.Maker<Worker> maker(long seed) {
    var random = new Random(seed);
    return device -> {
      int draw;
      synchronized (random) {
        draw = random.nextInt(200);
      }
      if (draw == 0) {
        throw new IOException("a worker that could not be made");
      }
      made.incrementAndGet();
      return new Worker();
    };
  }

  private static Integer work(int kind, Worker worker) throws Exception {
    assertTrue(worker.open, "a worker that is closed works no more");
    switch (kind) {
      case 0 -> throw new IOException("a failing task");
      case 1 -> throw new InternalError("a deadly task");
      case 2 -> new CountDownLatch(1).await(); // until an interrupt
      case 3 -> Thread.currentThread().interrupt(); // keeps its flag
      case 4 -> {
        long until = System.nanoTime() + 200_000;
        while (System.nanoTime() < until) {
          Thread.onSpinWait();
        }
      }
      default -> Thread.onSpinWait();
    }
    return kind;
  }

  private void submit(Actors<Worker> actors, int kind) {
    var told = new Told();
    tasks.add(told);
    actors.submit(worker -> work(kind, worker), outcome -> told.tell());
  }

  private void abort() {
    tasks.forEach(told -> told.aborted = true);
  }

  private void awaitTold(Actors<Worker> actors) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    for (Told told : tasks) {
      while (!told.aborted && !told.once.await(5, TimeUnit.MILLISECONDS)) {
        actors.enforce(LIMIT_NANOS);
        assertTrue(System.nanoTime() < deadline, "a task was forgotten");
      }
    }
  }

  private void order(Actors<Worker> actors, Random random) {
    switch (random.nextInt(20)) {
      case 0 -> {
        abort();
        actors.abort();
      }
      case 1, 2 -> actors.resize(1 + random.nextInt(4));
      case 3, 4 -> actors.enforce(LIMIT_NANOS);
      default -> submit(actors, random.nextInt(12));
    }
  }

  @Test
  void everyOutcomeIsToldOnceAndNothingIsLeft() throws Exception {
    List<Device> devices = Collections.nCopies(4, Device.cpu());
    for (int seed = 0; seed < SEEDS; seed++) {
      var random = new Random(seed);
      tasks.clear();
      var givenBack = new AtomicInteger();
      boolean kept = random.nextBoolean();
      var actors =
          kept
              ? Actors.kept("race", devices, 2, maker(seed), 1_000_000, givenBack::incrementAndGet)
              : new Actors<>("race", devices, 2, maker(seed), 1_000_000);
      int runs = kept ? 3 : 1;
      for (int run = 0; run < runs; run++) {
        actors.lend(new Silent());
        for (int i = 0; i < ORDERS / runs; i++) {
          order(actors, random);
        }
        if (random.nextBoolean()) {
          awaitTold(actors);
        }
        abort();
        if (!kept && random.nextBoolean()) {
          actors.cancel();
        } else {
          actors.release();
        }
        assertEquals(kept ? run + 1 : 0, givenBack.get());
      }
      actors.dismiss();
      actors.dismiss();

      assertTrue(tasks.stream().allMatch(told -> told.count.get() <= 1), "seed " + seed);
      assertEquals(made.get(), closed.get(), "workers made and closed, seed " + seed);
      assertEquals(List.of(), actors.leftBehind());
    }
  }

  @Test
  void anActorThatIsStillMakingItsWorkerKeepsNobodyFromEnding() throws Exception {
    var making = new CountDownLatch(1);
    var interrupted = new CountDownLatch(1);
    var first = new AtomicBoolean(true);
    var actors =
        new Actors<Worker>(
            "race",
            List.of(Device.cpu(), Device.cpu()),
            1,
            device -> {
              if (!first.getAndSet(false)) {
                making.countDown();
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException over) {
                  interrupted.countDown();
                  throw over;
                }
              }
              made.incrementAndGet();
              return new Worker();
            },
            0);
    actors.lend(new Silent());
    while (actors.making() > 0) {
      Thread.onSpinWait();
    }
    actors.resize(2);
    making.await();
    actors.close();
    assertEquals(0, interrupted.getCount());
    assertEquals(1, closed.get());
  }

  /** A cluster that has room for two workers, and then, as they die, for none. */
  @Test
  void actorsThatAClusterHasNoRoomForLeave() throws Exception {
    var room = new AtomicInteger(2);
    var devices = List.of(Device.cpu(), Device.cpu(), Device.cpu());
    var actors =
        new Actors<Worker>(
            "race",
            devices,
            2,
            device -> {
              if (room.getAndDecrement() <= 0) {
                throw new Cluster.NoRoom("full");
              }
              made.incrementAndGet();
              return new Worker();
            },
            3);
    var left = new LinkedBlockingQueue<Supplier<Optional<String>>>();
    var broken = new CountDownLatch(1);
    actors.lend(
        new Silent() {
          @Override
          public void left(Supplier<Optional<String>> settle) {
            left.add(settle);
          }

          @Override
          public void broken(GristmillException why) {
            assertEquals("race: full", why.getMessage());
            broken.countDown();
          }
        });
    while (actors.making() > 0) {
      Thread.onSpinWait();
    }
    actors.resize(3);
    assertEquals(Optional.of("goes on with 2 workers: full"), left.take().get());
    assertEquals(2, actors.size());
    Crew.Call<Worker, Integer> dies =
        worker -> {
          throw new StackOverflowError();
        };
    actors.submit(dies, outcome -> {});
    assertEquals(Optional.of("goes on with 1 workers: full"), left.take().get());
    assertEquals(1, actors.size());
    actors.submit(dies, outcome -> {});
    assertEquals(Optional.empty(), left.take().get()); // nobody is left to go on
    assertTrue(broken.await(30, TimeUnit.SECONDS));
    actors.close();
    assertEquals(made.get(), closed.get());
  }

  /** A run that hears nothing; that it breaks would be wrong here. */
  private static class Silent implements Crew.Listener {
    @Override
    public void made(Work work) {}

    @Override
    public void broken(GristmillException why) {
      throw why;
    }

    @Override
    public void left(Supplier<Optional<String>> settle) {
      throw new IllegalStateException("an actor has left");
    }
  }

  @Test
  void aTaskThatWasAbortedBetweenTheQueueAndItsBeginDoesNotBegin() throws Exception {
    var actors = Actors.kept("race", List.of(Device.cpu()), 1, maker(1), 0, () -> {});
    var begun = new AtomicInteger();
    actors.lend(new Silent());
    int round = actors.round.get();
    actors.abort();
    Crew.Call<Worker, Integer> late = worker -> begun.incrementAndGet();
    actors.queue.add(new Actors.Task<>(late, outcome -> {}, false, round, new AtomicBoolean()));

    submit(actors, 9);

    assertTrue(tasks.get(0).once.await(30, TimeUnit.SECONDS));
    assertEquals(0, begun.get());
    actors.dismiss();
  }

  @Test
  void actorsThatBreakTellEveryTaskAndTheRunFirst() throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      tasks.clear();
      var broken = new AtomicInteger();
      var early = new AtomicInteger();
      var actors =
          new Actors<Worker>(
              "race",
              List.of(Device.cpu()),
              2,
              device -> {
                throw new GristmillException("no such model");
              },
              0);
      actors.lend(
          new Silent() {
            @Override
            public void broken(GristmillException why) {
              broken.incrementAndGet();
            }
          });
      for (int i = 0; i < 50; i++) {
        var told = new Told();
        tasks.add(told);
        actors.submit(
            worker -> null,
            outcome -> {
              early.addAndGet(broken.get() == 0 ? 1 : 0);
              told.tell();
            });
      }
      for (Told told : tasks) {
        assertTrue(told.once.await(30, TimeUnit.SECONDS), "a task was forgotten, seed " + seed);
        assertEquals(1, told.count.get());
      }
      assertEquals(0, early.get(), "rows were blamed before the run knew, seed " + seed);
      actors.cancel();
    }
  }
}
