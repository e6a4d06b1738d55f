package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
@Timeout(60)
class DatasetTest {
  private static List<Integer> range(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  private static <T> List<T> plain(Run<T> run) {
    return new ArrayList<>(run);
  }

  @Test
  void rowsKeepTheirOrderThroughEveryStep() {
    var expected =
        range(1000).stream().map(i -> i * 3).filter(i -> i % 2 == 0).map(i -> "row " + i).toList();

    var run =
        Dataset.of(range(1000))
            .map(i -> i * 3)
            .filter(i -> i % 2 == 0)
            .mapBatches(7, 3, batch -> batch.stream().map(i -> "row " + i).toList())
            .toList();

    assertEquals(expected, plain(run));
  }

  @Test
  void buildingRunsNothing() {
    var calls = new AtomicInteger();

    Dataset.of(range(10)).map(i -> calls.incrementAndGet()).limit(5);

    assertEquals(0, calls.get());
  }

  @Test
  void takeTouchesOnlyTheRowsItNeeds() {
    var touched = new ConcurrentSkipListSet<Integer>();
    var dataset =
        Dataset.of(range(1000))
            .map(
                i -> {
                  touched.add(i);
                  return i;
                });

    assertEquals(List.of(0, 1, 2), plain(dataset.take(3)));
    assertEquals(3, touched.size());

    touched.clear();
    var run = dataset.limit(100).mapBatches(16, 2, batch -> batch).take(20);
    assertEquals(range(20), plain(run));
    assertEquals(32, touched.size(), "two whole batches of 16");
    assertEquals("{16=2}", run.stats().batchSizes().toString());
  }

  @Test
  void takeStopsASourceBehindAFilter() {
    var touched = new AtomicInteger();

    var run =
        Dataset.of(range(100_000))
            .map(
                i -> {
                  touched.incrementAndGet();
                  return i;
                })
            .filter(i -> i % 2 == 1)
            .mapBatches(4, 1, batch -> batch)
            .take(8);

    assertEquals(List.of(1, 3, 5, 7, 9, 11, 13, 15), plain(run));
    assertTrue(touched.get() < 1000, () -> touched + " rows were touched");
  }

  @Test
  void limitOfALimitIsTheSmaller() {
    assertEquals(3, Dataset.of(range(10)).limit(5).limit(3).count());
    assertEquals(3, Dataset.of(range(10)).limit(3).limit(5).count());
    assertEquals(0, Dataset.of(range(10)).limit(0).count());
    assertEquals(10, Dataset.of(range(10)).limit(50).count());
  }

  @Test
  void limitAfterAFilterCountsWhatIsLeft() {
    assertEquals(List.of(0, 2, 4), plain(Dataset.of(range(10)).filter(i -> i % 2 == 0).take(3)));
  }

  @Test
  void batchesHaveTheSizeAskedForExceptTheLast() {
    var sizes = new ConcurrentLinkedQueue<Integer>();

    var run =
        Dataset.of(range(50))
            .filter(i -> i % 7 != 0)
            .mapBatches(
                8,
                2,
                batch -> {
                  sizes.add(batch.size());
                  return batch;
                })
            .toList();

    assertEquals(42, run.size());
    assertEquals("{2=1, 8=5}", run.stats().batchSizes().toString());
    assertEquals(42, sizes.stream().mapToInt(Integer::intValue).sum());
  }

  @Test
  void countListsButDoesNotRunStepsThatKeepEveryRow() {
    var calls = new AtomicInteger();
    var dataset =
        Dataset.of(range(100)).map(i -> calls.incrementAndGet()).mapBatches(9, 2, batch -> batch);

    assertEquals(100, dataset.count());
    assertEquals(17, dataset.limit(17).count());
    assertEquals(0, calls.get());
    assertEquals(50, Dataset.of(range(100)).filter(i -> i % 2 == 0).count());
  }

  @Test
  void aDatasetRunsAnewEachTime() {
    var dataset = Dataset.of(range(20)).map(i -> i + 1).mapBatches(3, 2, batch -> batch);

    assertEquals(plain(dataset.toList()), plain(dataset.toList()));
  }

  @Test
  void anEmptyDatasetIsAnEmptyRunButNoBatchToLookAt() {
    var empty = Dataset.of(List.<Integer>of()).mapBatches(4, 2, batch -> batch);

    assertEquals(0, empty.toList().size());
    assertEquals(0, empty.count());
    assertThrows(GristmillException.class, () -> empty.takeBatch(3));
  }

  @Test
  void flatMapBatchesMakesAnyNumberOfRows() {
    var words =
        Dataset.of(List.of("a b", "", "c d e"))
            .flatMapBatches(
                1,
                batch ->
                    List.of(batch.get(0).split(" ")).stream()
                        .filter(word -> !word.isEmpty())
                        .collect(Collectors.toList()));

    assertEquals(List.of("a", "b", "c", "d", "e"), plain(words.toList()));
    assertEquals(List.of("a", "b", "c"), plain(words.take(3)));
  }

  @Test
  void forEachSeesEveryRowInOrderOnTheCallingThread() {
    var seen = new ArrayList<Integer>();
    var thread = new AtomicReference<Thread>();

    var stats =
        Dataset.of(range(100))
            .map(i -> i)
            .forEach(
                i -> {
                  seen.add(i);
                  thread.set(Thread.currentThread());
                });

    assertEquals(range(100), seen);
    assertEquals(Thread.currentThread(), thread.get());
    assertEquals(100, stats.rows());
  }

  @Test
  void batchesAreWorkedOnAtTheSameTime() {
    var together = new CountDownLatch(3);

    var run =
        Dataset.of(range(3))
            .mapBatches(
                1,
                3,
                batch -> {
                  together.countDown();
                  assertTrue(together.await(30, TimeUnit.SECONDS), "three at once");
                  return batch;
                })
            .toList();

    assertEquals(3, run.size());
  }

  @Test
  void badArgumentsAreRefusedWhileBuilding() {
    var dataset = Dataset.of(range(4));

    assertThrows(IllegalArgumentException.class, () -> dataset.limit(-1));
    assertThrows(IllegalArgumentException.class, () -> dataset.mapBatches(0, 1, batch -> batch));
    assertThrows(IllegalArgumentException.class, () -> dataset.mapBatches(1, 0, batch -> batch));
    assertThrows(NullPointerException.class, () -> dataset.map(null));
    assertThrows(NullPointerException.class, () -> Dataset.of(java.util.Arrays.asList(1, null)));
  }

  @Test
  void aWorkerMayRunADatasetItself() {
    var run =
        Dataset.of(range(6))
            .mapBatches(2, 2, batch -> List.copyOf(Dataset.of(batch).map(i -> i * 10).toList()))
            .toList();

    assertEquals(List.of(0, 10, 20, 30, 40, 50), plain(run));
  }

  @Test
  void statsCannotBeChanged() {
    var stats = Dataset.of(range(6)).mapBatches(2, 2, batch -> batch).toList().stats();

    assertEquals(3, stats.batches());
    assertThrows(UnsupportedOperationException.class, () -> stats.batchSizes().clear());
    assertThrows(UnsupportedOperationException.class, () -> stats.time().clear());
  }
}
