package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a run does when something in it fails, or it is interrupted. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class DatasetFaultsTest {
  private static List<Integer> range(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  private static <T> List<T> plain(Run<T> run) {
    return new ArrayList<>(run);
  }

  @Test
  void aFailingRowIsNamedWithItsCause() {
    var dataset =
        Dataset.of(range(100))
            .map(
                i -> {
                  if (i == 42) {
                    throw new IllegalStateException("no luck");
                  }
                  return i;
                });

    var failure = assertThrows(GristmillException.class, dataset::toList);

    assertEquals("map failed on row 42: IllegalStateException: no luck", failure.getMessage());
    assertEquals(42, failure.row().orElseThrow());
    assertEquals("map", failure.stage().orElseThrow());
  }

  @Test
  void theFirstFailingRowInOrderIsTheOneReported() {
    for (int repeat = 0; repeat < 20; repeat++) {
      var dataset =
          Dataset.of(range(100))
              .map(
                  i -> {
                    if (i >= 10) {
                      throw new IllegalStateException("row " + i);
                    }
                    return i;
                  });
      assertEquals(10, assertThrows(GristmillException.class, dataset::toList).row().orElseThrow());
    }
  }

  @Test
  void aFailingBatchIsNamedWithItsRows() {
    var dataset =
        Dataset.of(range(20))
            .mapBatches(
                8,
                2,
                batch -> {
                  if (batch.contains(17)) {
                    throw new java.io.IOException("disk on fire");
                  }
                  return batch;
                });

    var failure = assertThrows(GristmillException.class, dataset::toList);

    assertEquals(
        "mapBatches(8, 2 workers) failed on a batch of 4, row 16 to row 19: IOException: disk on"
            + " fire",
        failure.getMessage());
  }

  @Test
  void aWrongNumberOfResultsIsSaid() {
    var dataset = Dataset.of(range(8)).mapBatches(4, 1, batch -> batch.subList(0, 3));

    var failure = assertThrows(GristmillException.class, dataset::toList);

    assertEquals(
        "mapBatches(4, 1 worker) got 3 results for a batch of 4, row 0 to row 3: it takes one a"
            + " row; use flatMapBatches for another number",
        failure.getMessage());
  }

  @Test
  void nullsAreRefusedWithTheRow() {
    var fromMap = Dataset.of(range(3)).map(i -> i == 1 ? null : i);
    var fromBatch =
        Dataset.of(range(3)).mapBatches(3, 1, batch -> Collections.<Integer>nCopies(3, null));
    var noList = Dataset.of(range(3)).mapBatches(3, 1, batch -> (List<Integer>) null);

    assertTrue(
        assertThrows(GristmillException.class, fromMap::toList)
            .getMessage()
            .startsWith("map returned null for row 1"));
    assertTrue(
        assertThrows(GristmillException.class, fromBatch::toList)
            .getMessage()
            .contains("got null for a batch of 3, row 0 to row 2"));
    assertThrows(GristmillException.class, noList::toList);
  }

  @Test
  void aFailureInForEachStopsTheRun() {
    assertThrows(
        ArithmeticException.class,
        () ->
            Dataset.of(range(1000))
                .mapBatches(4, 2, batch -> batch)
                .forEach(
                    i -> {
                      throw new ArithmeticException();
                    }));
  }

  @Test
  void anInterruptStopsEverythingAndIsKept() throws Exception {
    var started = new CountDownLatch(1);
    var failure = new AtomicReference<Throwable>();
    var flag = new AtomicReference<Boolean>();
    var runner =
        new Thread(
            () -> {
              try {
                Dataset.of(range(10))
                    .mapBatches(
                        1,
                        2,
                        batch -> {
                          started.countDown();
                          new CountDownLatch(1).await();
                          return batch;
                        })
                    .toList();
              } catch (GristmillException stopped) {
                failure.set(stopped);
                flag.set(Thread.currentThread().isInterrupted());
              }
            });
    runner.start();
    assertTrue(started.await(30, TimeUnit.SECONDS));

    runner.interrupt();
    runner.join(30_000);

    assertFalse(runner.isAlive());
    assertEquals("interrupted after 0 rows; everything was stopped", failure.get().getMessage());
    assertEquals(true, flag.get());
  }

  @Test
  void anErrorIsReportedLikeAnException() {
    var dataset =
        Dataset.of(range(4))
            .mapBatches(
                2,
                1,
                batch -> {
                  throw new NoClassDefFoundError("javax/example/Missing");
                });

    var failure = assertThrows(GristmillException.class, dataset::toList);

    assertTrue(failure.getMessage().contains("NoClassDefFoundError: javax/example/Missing"));
  }

  @Test
  void aTaskThatKeepsItsInterruptFlagStopsNobody() {
    var run =
        Dataset.of(range(50))
            .map(
                i -> {
                  Thread.currentThread().interrupt();
                  return i;
                })
            .mapBatches(
                4,
                2,
                batch -> {
                  Thread.currentThread().interrupt();
                  return batch;
                })
            .toList();

    assertEquals(range(50), plain(run));
  }

  @Test
  void anExceptionThatCannotBePrintedIsStillReported() {
    class Hostile extends RuntimeException {
      private static final long serialVersionUID = 1L;

      @Override
      public String getMessage() {
        throw new IllegalStateException("no message");
      }
    }
    var cyclic = new RuntimeException("a");
    cyclic.initCause(new RuntimeException("b", cyclic));

    for (RuntimeException thrown : List.of(new Hostile(), cyclic)) {
      var dataset =
          Dataset.of(range(4))
              .mapBatches(
                  2,
                  1,
                  batch -> {
                    throw thrown;
                  });
      var failure = assertThrows(GristmillException.class, dataset::toList);
      assertTrue(failure.getMessage().startsWith("mapBatches(2, 1 worker) failed on"));
    }
  }

  @Test
  void anInterruptStopsARunWithoutThreadsOfItsOwn() {
    Thread.currentThread().interrupt();

    var failure =
        assertThrows(GristmillException.class, () -> Dataset.of(range(1000)).forEach(i -> {}));

    assertTrue(Thread.interrupted());
    assertEquals("interrupted after 0 rows; everything was stopped", failure.getMessage());
  }
}
