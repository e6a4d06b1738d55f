package org.gristmill;

import static org.gristmill.Written.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A run that ended in the middle is run again: no row is lost, none is there twice. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class ResumeTest {
  private static final int ROWS = 100;
  private static final int GUILTY = 61;

  @TempDir Path temporary;
  private Path folder;
  private Path peaceful;

  @BeforeEach
  void setUp() {
    folder = temporary.resolve("out");
    peaceful = temporary.resolve("peaceful");
  }

  /** Pipelines of a function that fails, or waits, on one of the rows. */
  enum Pipeline {
    BATCHES {
      @Override
      Dataset<?> on(Dataset<Integer> rows, BatchFunction<Integer, Integer> function) {
        return rows.mapBatches(4, 2, function);
      }
    },
    MAP_AFTER_BATCHES {
      @Override
      Dataset<?> on(Dataset<Integer> rows, BatchFunction<Integer, Integer> function) {
        return rows.mapBatches(4, 2, function).map(i -> Map.of("n", i));
      }
    },
    FILTER_AFTER_BATCHES {
      @Override
      Dataset<?> on(Dataset<Integer> rows, BatchFunction<Integer, Integer> function) {
        return rows.mapBatches(4, 2, function).filter(i -> i % 3 != 0);
      }
    },
    FILTER_BEFORE_BATCHES {
      @Override
      Dataset<?> on(Dataset<Integer> rows, BatchFunction<Integer, Integer> function) {
        return rows.filter(i -> i % 3 != 0).mapBatches(4, 2, function);
      }
    },
    FLAT_BATCHES {
      @Override
      Dataset<?> on(Dataset<Integer> rows, BatchFunction<Integer, Integer> function) {
        return rows.flatMapBatches(
            4,
            batch ->
                function.apply(batch).stream()
                    .flatMap(i -> Stream.of(i, -i).limit(i % 3))
                    .toList());
      }
    },
    LIMIT_BEFORE_BATCHES {
      @Override
      Dataset<?> on(Dataset<Integer> rows, BatchFunction<Integer, Integer> function) {
        return rows.filter(i -> i % 2 == 1).limit(41).mapBatches(4, 2, function);
      }
    },
    LIMIT_AFTER_BATCHES {
      @Override
      Dataset<?> on(Dataset<Integer> rows, BatchFunction<Integer, Integer> function) {
        return rows.mapBatches(4, 2, function).filter(i -> i % 2 == 0).limit(39);
      }
    },
    TWO_SIZES_OF_BATCHES {
      @Override
      Dataset<?> on(Dataset<Integer> rows, BatchFunction<Integer, Integer> function) {
        return rows.mapBatches(4, 2, function).mapBatches(6, 2, batch -> batch);
      }
    },
    NO_BATCHES {
      @Override
      Dataset<?> on(Dataset<Integer> rows, BatchFunction<Integer, Integer> function) {
        return rows.map(
            i -> {
              try {
                return function.apply(List.of(i)).get(0);
              } catch (Exception failed) {
                throw new IllegalStateException(failed);
              }
            });
      }
    };

    abstract Dataset<?> on(Dataset<Integer> rows, BatchFunction<Integer, Integer> function);
  }

  private static List<Integer> fail(List<Integer> batch) {
    if (batch.contains(GUILTY)) {
      throw new IllegalStateException("not yet");
    }
    return batch;
  }

  private void assertRunsAgain(Pipeline pipeline) throws Exception {
    var whole = pipeline.on(numbers(ROWS), batch -> batch);
    long before = Written.lines(folder).size();
    assertTrue(before > 0, "something was committed");

    var stats = whole.writeJsonLines(folder.toString(), 8);
    whole.writeJsonLines(peaceful.toString(), 8);

    assertEquals(Written.segments(peaceful), Written.segments(folder));
    assertEquals(whole.count(), before + stats.rows());
    assertEquals(
        List.of(folder + ": went on after " + before + " rows that an earlier run had written"),
        stats.notes());
  }

  @ParameterizedTest
  @EnumSource
  void aRunThatFailedGoesOnWhenItIsMended(Pipeline pipeline) throws Exception {
    var failing = pipeline.on(numbers(ROWS), ResumeTest::fail);

    for (int again = 0; again < 3; again++) {
      var failure =
          assertThrows(
              GristmillException.class, () -> failing.writeJsonLines(folder.toString(), 8));
      assertTrue(failure.getMessage().contains("not yet"), failure.getMessage());
    }

    assertRunsAgain(pipeline);
  }

  @ParameterizedTest
  @EnumSource
  void aRunThatWasInterruptedGoesOn(Pipeline pipeline) throws Exception {
    var reached = new CountDownLatch(1);
    var never = new CountDownLatch(1);
    var waiting =
        pipeline.on(
            numbers(ROWS),
            batch -> {
              if (batch.contains(GUILTY)) {
                reached.countDown();
                never.await();
              }
              return batch;
            });
    var committed = new CountDownLatch(1); // the rows before come out while the guilty one waits
    var told = new AtomicReference<GristmillException>();
    var thread =
        new Thread(
            () ->
                told.set(
                    assertThrows(
                        GristmillException.class,
                        () -> waiting.writeJsonLines(folder.toString(), 8))));
    thread.start();
    assertTrue(reached.await(30, TimeUnit.SECONDS));
    while (!folder.resolve("segment-000000.jsonl").toFile().exists()) {
      assertFalse(committed.await(5, TimeUnit.MILLISECONDS));
    }
    thread.interrupt();
    thread.join(30_000);

    assertFalse(thread.isAlive());
    assertTrue(told.get().getMessage().startsWith("interrupted after "), told.get().getMessage());
    assertTrue(Written.names(folder).stream().noneMatch(name -> name.endsWith(".partial")));
    assertRunsAgain(pipeline);
  }

  @Test
  void theNumberOfActorsDoesNotMatter() throws Exception {
    assertThrows(
        GristmillException.class,
        () ->
            numbers(ROWS).mapBatches(4, 3, ResumeTest::fail).writeJsonLines(folder.toString(), 8));

    assertRunsAgain(Pipeline.BATCHES);
  }

  @Test
  void aRunThatIsCompleteIsNotRunAgain() throws Exception {
    Path letters = temporary.resolve("letters.jsonl");
    var rows = numbers(20).onError(OnError.setAside(letters.toString()));
    rows.mapBatches(4, 2, batch -> fail(batch)).writeJsonLines(folder.toString(), 8);
    var files = Written.segments(folder);
    Files.writeString(letters, "noted by the user");

    var stats =
        rows.mapBatches(
                4,
                ActorPool.<Integer, Integer>of(
                    2,
                    device -> {
                      throw new IllegalStateException("no worker is needed");
                    }))
            .writeJsonLines(folder.toString(), 8);

    assertEquals(0, stats.rows());
    assertEquals(List.of(folder + " is complete: 20 rows, nothing was left to do"), stats.notes());
    assertEquals(files, Written.segments(folder));
    assertEquals("noted by the user", Files.readString(letters));
  }

  @Test
  void csvGoesOnWithTheColumnsOfItsFirstRow() throws Exception {
    Path letters = temporary.resolve("letters.jsonl");
    var torn = cells(8).onError(OnError.setAside(letters.toString()));
    var whole = cells(20).onError(OnError.setAside(letters.toString()));

    assertThrows(GristmillException.class, () -> torn.writeCsv(folder.toString(), 4));
    assertEquals(2, Written.segments(folder).size());

    assertEquals(1, whole.writeCsv(folder.toString(), 4).setAside());
    assertEquals(1, whole.writeCsv(peaceful.toString(), 4).setAside());
    assertEquals(Written.segments(peaceful), Written.segments(folder));
  }

  /**
   * Rows of two columns; row 8 has another one, and those behind it have them in another order.
   *
   * @param end where the source fails, if it has not ended at 20
   */
  private static Dataset<Map<String, Object>> cells(int end) {
    return Dataset.from(
            () ->
                Stream.iterate(0, i -> i < 20, i -> i + 1)
                    .peek(
                        i -> {
                          if (i == end) {
                            throw new IllegalStateException("the source broke");
                          }
                        })
                    .iterator())
        .map(
            i -> {
              var cells = new LinkedHashMap<String, Object>();
              if (i == 8) {
                cells.put("other", i);
              } else {
                cells.put(i < 8 ? "a" : "b,", i < 8 ? i : -i);
                cells.put(i < 8 ? "b," : "a", i < 8 ? -i : i);
              }
              return cells;
            });
  }

  @Test
  void progressIsCommittedAlsoWhereFewRowsComeOut() throws Exception {
    var seen = new java.util.concurrent.atomic.AtomicInteger();
    var few =
        numbers(5_000)
            .map(
                i -> {
                  if (i == 4_990 && seen.get() == 0) {
                    throw new IllegalStateException("not yet");
                  }
                  seen.addAndGet(seen.get() > 0 ? 1 : 0);
                  return i;
                })
            .filter(i -> i % 1_000 == 0);
    assertThrows(GristmillException.class, () -> few.writeJsonLines(folder.toString(), 10));
    seen.set(1);

    few.writeJsonLines(folder.toString(), 10);

    assertEquals(5, Written.lines(folder).size());
    assertTrue(seen.get() < 2_500, () -> seen.get() + " rows were done again");
  }

  @Test
  void aCompleteJobWhoseLimitLiesAmidABatchStaysComplete() throws Exception {
    var rows = numbers(ROWS).mapBatches(4, batch -> batch).limit(50);
    rows.writeJsonLines(folder.toString(), 7);

    assertEquals(0, rows.writeJsonLines(folder.toString(), 7).rows());
    assertEquals(50, Written.lines(folder).size());
  }
}
