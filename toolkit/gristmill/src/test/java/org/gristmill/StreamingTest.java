package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rows flow one by one, from sources that never end or are slow, and nothing runs ahead. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class StreamingTest {
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final Semaphore permits = new Semaphore(0);

  /** Counts up for ever; if it is slow, each number needs a permit. */
  private final class Endless implements Iterator<Integer>, AutoCloseable {
    private final boolean slow;

    Endless(boolean slow) {
      this.slow = slow;
    }

    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public Integer next() {
      if (slow) {
        try {
          assertTrue(permits.tryAcquire(30, TimeUnit.SECONDS), "a permit for the next element");
        } catch (InterruptedException stopped) {
          throw new IllegalStateException(stopped);
        }
      }
      return asked.getAndIncrement();
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private Dataset<Integer> endless() {
    return Dataset.from(() -> new Endless(false));
  }

  private Dataset<Integer> slow() {
    return Dataset.from(() -> new Endless(true));
  }

  private static List<Integer> range(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  @Test
  void anEndlessSourceIsReadNoFurtherThanNeeded() {
    assertEquals(range(5), new ArrayList<>(endless().map(i -> i).take(5)));
    assertEquals(5, asked.get());
    assertEquals(1, closed.get());

    var dataset = endless().filter(i -> i % 2 == 0).mapBatches(4, 2, batch -> batch);
    assertEquals(List.of(6, 8, 10), new ArrayList<>(dataset.take(3)));
    assertTrue(asked.get() < 10_000, () -> asked + " rows were read");
    assertEquals(2, closed.get());
  }

  @Test
  void aSlowSourceHandsOnEachRowAtOnce() {
    var next = new AtomicInteger();
    permits.release();

    slow()
        .map(i -> i)
        .mapBatches(1, 2, batch -> batch)
        .limit(300)
        .forEach(
            row -> {
              assertEquals(next.getAndIncrement(), row);
              permits.release(); // the next one is there once this one has come out
            });

    assertEquals(300, next.get());
  }

  @Test
  void rowsOfABurstDoNotWaitForTheNextBurst() {
    var next = new AtomicInteger();
    int burst = 777;
    permits.release(burst);

    slow()
        .map(i -> i)
        .limit(3L * burst)
        .forEach(
            row -> {
              if (next.incrementAndGet() % burst == 0) {
                permits.release(burst); // only once the whole burst has come out
              }
            });

    assertEquals(3 * burst, next.get());
  }

  @Test
  void theIteratorIsClosedWhateverHappens() {
    assertThrows(
        GristmillException.class, () -> endless().map(i -> 10 / (i - 50)).forEach(i -> {}));
    assertEquals(1, closed.get());

    assertThrows(
        ArithmeticException.class,
        () ->
            endless()
                .forEach(
                    i -> {
                      throw new ArithmeticException();
                    }));
    assertEquals(2, closed.get());

    assertThrows(
        GristmillException.class,
        () ->
            endless()
                .mapBatches(
                    4,
                    ActorPool.<Integer, Integer>of(
                            1,
                            device -> {
                              throw new java.io.IOException("no weights");
                            })
                        .restarts(0))
                .take(1));
    assertEquals(3, closed.get());
  }

  @Test
  void takeStopsWhatIsUnderWay() throws Exception {
    var hanging = new CountDownLatch(1);
    var interrupted = new CountDownLatch(1);

    var run =
        endless()
            .mapBatches(
                1,
                2,
                batch -> {
                  if (batch.get(0) == 0) {
                    assertTrue(hanging.await(30, TimeUnit.SECONDS));
                  } else {
                    hanging.countDown();
                    try {
                      new CountDownLatch(1).await();
                    } catch (InterruptedException stopped) {
                      interrupted.countDown();
                      throw stopped;
                    }
                  }
                  return batch;
                })
            .filter(i -> true) // so that the limit cannot move before the batches
            .take(1);

    assertEquals(List.of(0), new ArrayList<>(run));
    assertEquals(0, interrupted.getCount(), "interrupted and waited for");
  }

  @Test
  void anUnorderedRunGivesTheSameRows() {
    var run =
        Dataset.of(range(5000))
            .map(i -> i + 1)
            .filter(i -> i % 3 != 0)
            .mapBatches(7, 3, batch -> batch.stream().map(i -> i - 1).toList())
            .unordered()
            .toList();

    assertEquals(
        range(5000).stream().filter(i -> (i + 1) % 3 != 0).toList(),
        run.stream().sorted().toList());
  }

  @Test
  void aSlowRowHoldsUpNobodyInAnUnorderedRun() {
    var others = new CountDownLatch(999);
    var seen = new ArrayList<Integer>();

    Dataset.of(range(1000))
        .mapBatches(
            1,
            2,
            batch -> {
              if (batch.get(0) == 0) {
                assertTrue(others.await(30, TimeUnit.SECONDS), "all others come out before");
              }
              return batch;
            })
        .unordered()
        .forEach(
            row -> {
              seen.add(row);
              others.countDown();
            });

    assertEquals(0, seen.get(999));
    assertEquals(range(1000), seen.stream().sorted().toList());
  }

  @Test
  void aSlowReaderHoldsUpTheSourceInOrderOrNot() {
    for (boolean ordered : List.of(true, false)) {
      asked.set(0);
      var ahead = new AtomicInteger();
      var read = new AtomicInteger();
      var dataset = endless().mapBatches(1, 2, batch -> batch).limit(20_000);

      (ordered ? dataset : dataset.unordered())
          .forEach(row -> ahead.accumulateAndGet(asked.get() - read.incrementAndGet(), Math::max));

      assertTrue(ahead.get() < 12_000, () -> ahead + " rows ahead, ordered: " + ordered);
    }
  }
}
