package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.gristmill.model.Engines;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
@Timeout(60)
class ActorPoolTest {
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> strays = new ConcurrentLinkedQueue<>();

  /** Adds one to each row, and notes a call that is not on the thread that made it. */
  private final class Worker implements BatchWorker<Integer, Integer> {
    private final Thread home = Thread.currentThread();
    private final Device device;

    Worker(Device device) {
      this.device = device;
      made.incrementAndGet();
    }

    @Override
    public List<Integer> apply(List<Integer> batch) {
      note("apply");
      if (batch.contains(-1)) {
        throw new IllegalArgumentException("minus one");
      }
      return batch.stream().map(i -> i + 1).toList();
    }

    @Override
    public void close() {
      note("close");
      closed.incrementAndGet();
    }

    private void note(String call) {
      if (!Thread.currentThread().equals(home) || !device.equals(Device.current())) {
        strays.add(call);
      }
    }
  }

  private static Dataset<Integer> rows(int n) {
    return Dataset.of(IntStream.range(0, n).boxed().toList());
  }

  @Test
  void eachActorIsMadeOnceUsedOnItsOwnThreadAndClosed() {
    var run = rows(1000).mapBatches(16, ActorPool.of(3, Worker::new)).toList();

    assertEquals(IntStream.rangeClosed(1, 1000).boxed().toList(), List.copyOf(run));
    assertEquals(3, made.get());
    assertEquals(3, closed.get());
    assertEquals(List.of(), List.copyOf(strays));
    assertEquals(3, run.stats().workers());
  }

  @Test
  void aPoolServesManyRunsEachWithItsOwnActors() {
    var pool = ActorPool.of(2, Worker::new);

    rows(10).mapBatches(4, pool).toList();
    rows(10).mapBatches(4, pool).take(1);

    assertEquals(4, made.get());
    assertEquals(4, closed.get());
  }

  @Test
  void actorsAreClosedWhenABatchFails() {
    var dataset = Dataset.of(List.of(1, 2, -1, 3)).mapBatches(2, ActorPool.of(2, Worker::new));

    var failure = assertThrows(GristmillException.class, dataset::toList);

    assertEquals(
        "mapBatches(2, 2 workers) failed on a batch of 2, row 2 to row 3: IllegalArgumentException:"
            + " minus one",
        failure.getMessage());
    assertEquals(made.get(), closed.get());
  }

  @Test
  void aWorkerThatCannotBeMadeEndsTheRunAndTheOthersAreClosed() {
    var attempts = new AtomicInteger();
    var pool =
        ActorPool.<Integer, Integer>of(
            3,
            device -> {
              if (attempts.incrementAndGet() >= 2) {
                throw new java.io.FileNotFoundException("weights.pt");
              }
              return new Worker(device);
            });

    var failure =
        assertThrows(GristmillException.class, () -> rows(1).mapBatches(1, pool).toList());

    assertTrue(
        failure.getMessage().contains("a worker could not be made on cpu"), failure.getMessage());
    assertTrue(
        failure.getMessage().contains("FileNotFoundException: weights.pt"), failure.getMessage());
    assertEquals(made.get(), closed.get());
  }

  @Test
  void noRowsNeedNoWorkers() {
    assertEquals(0, rows(10).mapBatches(4, ActorPool.of(2, Worker::new)).take(0).size());
    assertEquals(0, made.get());
  }

  @Test
  void wholeActorsFitOnAGpu() {
    Assumptions.assumeTrue(Engines.gpuCount() == 0, "this machine has a GPU");
    var notes = new java.util.ArrayList<String>();

    ActorPool.of(3, Worker::new).gpusPerActor(0.6).devices(notes::add);
    ActorPool.of(3, Worker::new).gpusPerActor(0.5).devices(notes::add);

    assertTrue(notes.get(0).startsWith("asked for 3 GPUs (3 actors, 0.6 each)"), notes.get(0));
    assertTrue(notes.get(1).startsWith("asked for 2 GPUs (3 actors, 0.5 each)"), notes.get(1));
  }

  @Test
  void aFactoryThatReturnsNullIsSaid() {
    var pool = ActorPool.<Integer, Integer>of(1, device -> null);

    var failure =
        assertThrows(GristmillException.class, () -> rows(4).mapBatches(2, pool).toList());

    assertTrue(failure.getMessage().contains("the factory returned null"), failure.getMessage());
  }

  @Test
  void aFailingCloseIsSaid() {
    var pool =
        ActorPool.<Integer, Integer>of(
            1,
            device ->
                new BatchWorker<>() {
                  @Override
                  public List<Integer> apply(List<Integer> batch) {
                    return batch;
                  }

                  @Override
                  public void close() throws Exception {
                    throw new java.io.IOException("still in use");
                  }
                });

    var failure =
        assertThrows(GristmillException.class, () -> rows(4).mapBatches(2, pool).toList());

    assertEquals(
        "mapBatches(2, 1 worker): closing a worker failed: IOException: still in use",
        failure.getMessage());
  }

  @Test
  void actorsShareTheProcessors() {
    int processors = Runtime.getRuntime().availableProcessors();

    var devices = ActorPool.of(2, Worker::new).devices(note -> {});

    assertEquals(
        List.of(Device.cpu().withThreads(Math.max(1, processors / 2))), devices.subList(1, 2));
    assertEquals(2, devices.size());
  }

  @Test
  void missingGpusAreSaidAndTheRunGoesOnOnTheCpu() {
    Assumptions.assumeTrue(Engines.gpuCount() == 0, "this machine has a GPU");
    var printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      var pool = ActorPool.of(2, Worker::new).gpusPerActor(1);
      for (int repeat = 0; repeat < 2; repeat++) {
        var run = rows(4).mapBatches(2, pool).toList();
        assertEquals(4, run.size());
        assertTrue(run.stats().notes().get(0).startsWith("asked for 2 GPUs"));
      }
    } finally {
      System.setOut(out);
    }

    assertEquals(
        "note: asked for 2 GPUs (2 actors, 1 each), this machine has none that PyTorch can use; the"
            + " actors run on the CPU.\n",
        printed.toString(StandardCharsets.UTF_8));
  }

  @Test
  void strictGpusFailBeforeAnythingRuns() {
    Assumptions.assumeTrue(Engines.gpuCount() == 0, "this machine has a GPU");
    var pool = ActorPool.of(2, Worker::new).gpusPerActor(0.5).strictGpus();

    var failure =
        assertThrows(GristmillException.class, () -> rows(4).mapBatches(2, pool).toList());

    assertEquals(
        "asked for 1 GPU (2 actors, 0.5 each), this machine has none that PyTorch can use: use"
            + " gpusPerActor(0), or leave out strictGpus() to go on on the CPU.",
        failure.getMessage());
    assertEquals(0, made.get());
  }

  @Test
  void badArgumentsAreRefused() {
    var pool = ActorPool.of(1, Worker::new);

    assertThrows(IllegalArgumentException.class, () -> ActorPool.of(0, Worker::new));
    assertThrows(IllegalArgumentException.class, () -> pool.gpusPerActor(2));
    assertThrows(IllegalArgumentException.class, () -> pool.gpusPerActor(Double.NaN));
  }
}
