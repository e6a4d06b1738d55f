package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How many threads decode, and whether stages work at the same time. */
@ExtendWith(NothingLeft.class)
class TurnsTest {
  private static final List<Integer> NUMBERS = IntStream.range(0, 100).boxed().toList();

  @Test
  void stepsRunOnAsManyThreadsAsAreAskedFor() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    var gate = new CountDownLatch(3); // three rows are worked on at once, or it is never passed

    var run =
        Dataset.of(NUMBERS)
            .threads(3)
            .map(
                i -> {
                  threads.add(Thread.currentThread());
                  if (i > 0) { // the first row goes alone
                    gate.countDown();
                    await(gate);
                  }
                  return i;
                })
            .toList();

    assertEquals(NUMBERS, run);
    assertEquals(3, threads.size());
    assertTrue(run.plan().toString().contains("3 "), run.plan().toString());
  }

  private static void await(CountDownLatch gate) {
    try {
      assertTrue(gate.await(20, TimeUnit.SECONDS), "three threads");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aStepNeedsAThread() {
    assertThrows(IllegalArgumentException.class, () -> Dataset.of(NUMBERS).threads(0));
  }

  @Test
  void stagesWithoutOverlapTakeTurns() {
    var steps = new AtomicInteger(); // that are being carried out
    var batches = new AtomicInteger();
    var met = new AtomicBoolean();

    var run =
        Dataset.of(NUMBERS)
            .map(
                i -> {
                  steps.incrementAndGet();
                  met.compareAndSet(false, batches.get() > 0);
                  Thread.onSpinWait();
                  steps.decrementAndGet();
                  return i;
                })
            .mapBatches(
                4,
                2,
                (List<Integer> batch) -> {
                  batches.incrementAndGet();
                  met.compareAndSet(false, steps.get() > 0);
                  TimeUnit.MILLISECONDS.sleep(2);
                  met.compareAndSet(false, steps.get() > 0);
                  batches.decrementAndGet();
                  return batch;
                })
            .withoutOverlap()
            .toList();

    assertEquals(NUMBERS, run);
    assertFalse(met.get(), "a row was worked on during a batch");
    assertTrue(run.plan().toString().contains("one stage at a time"), run.plan().toString());
  }

  @Test
  void stagesOverlapOtherwise() throws Exception {
    var working = new CountDownLatch(1);
    var rowsBehind = new CountDownLatch(1);

    var run =
        Dataset.of(NUMBERS)
            .map(
                i -> {
                  if (i >= 8) {
                    rowsBehind.countDown();
                  }
                  return i;
                })
            .mapBatches(
                4,
                1,
                (List<Integer> batch) -> {
                  working.countDown();
                  assertTrue(rowsBehind.await(20, TimeUnit.SECONDS), "rows go on during a batch");
                  return batch;
                })
            .toList();

    assertEquals(NUMBERS, run);
    assertEquals(0, working.getCount());
  }

  @Test
  void turnsEndWithAFailureToo() {
    var rows =
        Dataset.of(NUMBERS)
            .map(i -> i)
            .mapBatches(4, 2, (List<Integer> batch) -> List.of(1 / (batch.get(0) - 40), 1, 1, 1))
            .withoutOverlap();

    var failed = assertThrows(GristmillException.class, rows::toList);

    assertTrue(failed.getMessage().contains("row 40"), failed.getMessage());
  }

  @Test
  void aPoolHasAnActorAProcessorWhereNobodySaysOtherwise() {
    ActorPool<Integer, Device> pool =
        ActorPool.of(device -> batch -> java.util.Collections.nCopies(batch.size(), device));

    var run = Dataset.of(NUMBERS).mapBatches(2, pool).toList();

    int processors = Runtime.getRuntime().availableProcessors();
    assertEquals(processors, run.stats().workers());
    assertTrue(run.stream().allMatch(device -> device.threads() == 1), run.toString());
  }
}
