package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What rows hold on their way is bounded in bytes, however large they are. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class MemoryBudgetTest {
  private static final int MEGABYTE = 1 << 20;

  private final AtomicInteger live = new AtomicInteger(); // large rows that are on their way
  private final AtomicInteger mostLive = new AtomicInteger();

  private byte[] large() {
    mostLive.accumulateAndGet(live.incrementAndGet(), Math::max);
    return new byte[MEGABYTE];
  }

  private Dataset<byte[]> large(int rows) {
    return Dataset.from(() -> IntStream.range(0, rows).mapToObj(i -> large()).iterator());
  }

  @Test
  void largeRowsOfASourceStayWithinTheBudget() {
    for (boolean ordered : List.of(true, false)) {
      live.set(0);
      mostLive.set(0);
      var dataset =
          large(300)
              .map(row -> row)
              .mapBatches(4, 2, batch -> List.copyOf(batch))
              .memory(24L * MEGABYTE);

      var stats = (ordered ? dataset : dataset.unordered()).forEach(row -> live.decrementAndGet());

      assertEquals(300, stats.rows());
      assertTrue(mostLive.get() <= 24 + 4, () -> mostLive + " MB were alive");
      // While a task runs, its rows are there and its results, which may be as large, are expected.
      assertTrue(
          stats.memory().rows() <= 2 * 28L * MEGABYTE,
          () -> stats.memory().rows() + " bytes were counted");
    }
  }

  @Test
  void rowsThatGrowOnTheWayStayWithinTheBudget() {
    var stats =
        Dataset.of(IntStream.range(0, 300).boxed().toList())
            .map(i -> large()) // as decoding does
            .mapBatches(4, 2, batch -> batch.stream().map(row -> row.length).toList())
            .memory(24L * MEGABYTE)
            .forEach(row -> live.decrementAndGet());

    assertEquals(300, stats.rows());
    // Nobody knows how large rows get before the first ones are there: one a thread and one more.
    int unknown = 2 * Runtime.getRuntime().availableProcessors();
    assertTrue(
        stats.memory().rows() <= (24L + 4 + unknown) * MEGABYTE,
        () -> stats.memory().rows() + " bytes were counted");
  }

  @Test
  void aBudgetSmallerThanABatchDelaysButDoesNotHang() {
    for (boolean ordered : List.of(true, false)) {
      var dataset =
          Dataset.of(IntStream.range(0, 100).boxed().toList())
              .map(i -> new byte[1000 + i])
              .filter(row -> row.length % 3 != 0)
              .mapBatches(8, 2, batch -> batch.stream().map(row -> row.length - 1000).toList())
              .flatMapBatches(3, batch -> batch)
              .memory(1);

      var run = (ordered ? dataset : dataset.unordered()).toList();

      assertEquals(
          IntStream.range(0, 100).filter(i -> (1000 + i) % 3 != 0).boxed().toList(),
          new ArrayList<>(run).stream().sorted().toList());
    }
  }

  @Test
  void noMemoryIsRefused() {
    var dataset = Dataset.of(List.of(1));

    assertThrows(IllegalArgumentException.class, () -> dataset.memory(0));
  }
}
