package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A pool that grows and shrinks, with real threads; the policy itself is tested in virtual time.
 */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class ElasticPoolTest {
  private final Workers workers = new Workers();
  private final CountDownLatch never = new CountDownLatch(1);

  /** Rows until something is so. */
  private static Dataset<Integer> rowsUntil(BooleanSupplier enough) {
    return Dataset.from(
        () ->
            new Iterator<>() {
              private int next;

              @Override
              public boolean hasNext() {
                return !enough.getAsBoolean();
              }

              @Override
              public Integer next() {
                return next++;
              }
            });
  }

  @Test
  void itGrowsUnderLoadAndEveryWorkerIsClosed() {
    BatchFunction<Integer, Integer> slow =
        batch -> {
          assertFalse(never.await(4, TimeUnit.MILLISECONDS)); // waits, as for a GPU
          return batch;
        };
    var pool = ActorPool.of(1, 3, workers.factory(slow));
    var next = new AtomicInteger();

    var stats =
        rowsUntil(() -> workers.made.get() >= 3)
            .mapBatches(2, pool)
            .forEach(row -> assertEquals(next.getAndIncrement(), row));

    assertEquals(3, stats.workers());
    assertEquals(workers.made.get(), workers.closed.get());
    assertTrue(stats.plan().toString().contains("3"), stats.plan().toString());
  }

  @Test
  void itShrinksWhileItsInputIsSlowAndGoesOn() {
    var grown = new AtomicInteger();
    BatchFunction<Integer, Integer> slow =
        batch -> {
          if (grown.get() == 0) {
            assertFalse(never.await(4, TimeUnit.MILLISECONDS));
          }
          return batch;
        };
    var pool = ActorPool.of(1, 2, workers.factory(slow));
    BooleanSupplier slowAfterGrowth =
        () -> {
          if (workers.made.get() < 2) {
            return false;
          }
          grown.set(1);
          try {
            never.await(4, TimeUnit.MILLISECONDS); // now the source is slow
          } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
          }
          return workers.closed.get() > 0; // one has left before the end
        };
    var next = new AtomicInteger();

    rowsUntil(slowAfterGrowth)
        .mapBatches(1, pool)
        .forEach(row -> assertEquals(next.getAndIncrement(), row));

    assertEquals(2, workers.made.get());
    assertEquals(2, workers.closed.get());
  }
}
