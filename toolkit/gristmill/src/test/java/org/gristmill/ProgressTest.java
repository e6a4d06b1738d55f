package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.gristmill.observe.RunListener;
import org.gristmill.observe.Snapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is told of runs while they go on. */
@ExtendWith(NothingLeft.class)
class ProgressTest {
  private final List<Snapshot> told = new ArrayList<>();
  private final RunListener listener =
      new RunListener() {
        @Override
        public void progressed(Snapshot run) {
          told.add(run);
        }
      };

  @BeforeEach
  void lookOn() {
    Session.listeners().add(listener);
  }

  @AfterEach
  void lookAway() {
    Session.listeners().remove(listener);
  }

  private static List<Integer> slow(List<Integer> batch) throws InterruptedException {
    Thread.sleep(20);
    return batch;
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  @Test
  void whatAFilterLetsThroughIsKnownFromTheRowsThatHaveLeftIt() {
    var run =
        Dataset.of(numbers(2000)).filter(i -> i % 2 == 0).mapBatches(10, 2, ProgressTest::slow);

    assertEquals(1000, run.toList().size());
    var totals = told.stream().filter(snapshot -> snapshot.total().isPresent()).toList();
    assertTrue(totals.size() >= 2, () -> told.size() + " were told");
    for (Snapshot snapshot : totals) {
      assertTrue(snapshot.totalIsEstimate());
      assertEquals(1000.0, (double) snapshot.total().getAsLong(), 100.0);
    }
  }

  @Test
  void theSameWhereTheRunCanBeGoneOnWith(@org.junit.jupiter.api.io.TempDir java.nio.file.Path out) {
    Dataset.of(numbers(2000))
        .filter(i -> i % 2 == 0)
        .mapBatches(10, 2, ProgressTest::slow)
        .writeJsonLines(out.resolve("rows").toString(), 1000);

    var totals = told.stream().filter(snapshot -> snapshot.total().isPresent()).toList();
    assertTrue(totals.size() >= 2, () -> told.size() + " were told");
    totals.forEach(snapshot -> assertEquals(1000.0, (double) snapshot.total().getAsLong(), 100.0));
  }

  @Test
  void whereNobodyKnowsHowManyRowsThereAreNoTimeIsTold() {
    Dataset.from(() -> numbers(1000).iterator()).mapBatches(10, 2, ProgressTest::slow).toList();

    var unknown = told.stream().filter(snapshot -> snapshot.total().isEmpty()).toList();
    assertFalse(unknown.isEmpty());
    unknown.forEach(snapshot -> assertEquals(Optional.empty(), snapshot.remaining()));
  }

  @Test
  void noTimeIsToldAsLongAsNothingOrEverythingIsMissing() {
    Dataset.of(numbers(1000)).mapBatches(10, 2, ProgressTest::slow).toList();

    assertTrue(told.size() >= 3, () -> told.size() + " were told");
    for (Snapshot snapshot : told) {
      long missing = 1000 - snapshot.stats().rows();
      snapshot
          .remaining()
          .ifPresent(
              remaining -> {
                assertTrue(missing > 0);
                assertTrue(remaining.likely().toNanos() > 0, "never nothing");
                assertTrue(remaining.low().compareTo(remaining.high()) <= 0);
              });
    }
  }
}
