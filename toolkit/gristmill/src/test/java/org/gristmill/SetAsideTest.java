package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rows that fail go to the dead-letter file, and nothing else does. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class SetAsideTest {
  @TempDir Path folder;
  private final AtomicInteger calls = new AtomicInteger();

  private Path file() {
    return folder.resolve("dead/letters.jsonl");
  }

  private OnError setAside() {
    return OnError.setAside(file().toString());
  }

  private static List<Integer> range(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  private static List<Integer> without(int n, Set<Integer> poison) {
    return range(n).stream().filter(i -> !poison.contains(i)).toList();
  }

  private static List<Long> rows(Set<Integer> poison) {
    return poison.stream().map(Integer::longValue).toList();
  }

  private static int drink(int i, Set<Integer> poison) {
    if (poison.contains(i)) {
      throw new IllegalArgumentException("poison " + i);
    }
    return i;
  }

  /** Workers that count their calls and fail on poison. */
  private ActorPool<Integer, Integer> pool(int actors, Set<Integer> poison) {
    return ActorPool.of(
        actors,
        device ->
            batch -> {
              calls.incrementAndGet();
              return batch.stream().map(i -> drink(i, poison)).toList();
            });
  }

  @Test
  void twentyPoisonRowsInTwentyThousandAreExactlyThoseSetAside() throws Exception {
    var forMap = new TreeSet<Integer>();
    var forBatch = new TreeSet<Integer>();
    var random = new Random(7);
    while (forMap.size() < 10 || forBatch.size() < 10) {
      int row = random.nextInt(20_000);
      (forMap.size() < 10 ? forMap : forBatch).add(row);
    }
    forBatch.removeAll(forMap);
    var all = new TreeSet<>(forMap);
    all.addAll(forBatch);

    var run =
        Dataset.of(range(20_000))
            .map(i -> drink(i, forMap))
            .mapBatches(64, pool(2, forBatch))
            .onError(setAside())
            .toList();

    assertEquals(without(20_000, all), new ArrayList<>(run));
    assertEquals(all.size(), run.stats().setAside());
    var letters = Letters.of(file());
    assertEquals(rows(all), letters.rows());
    for (var letter : letters.all()) {
      String stage = forMap.contains((int) letter.row()) ? "map" : "mapBatches(64, 2 workers)";
      assertEquals(
          new Letters.Letter(
              letter.row(),
              null,
              stage,
              "%s failed on row %d: IllegalArgumentException: poison %d"
                  .formatted(stage, letter.row(), letter.row())),
          letter);
    }
    int batches = (20_000 - forMap.size() + 63) / 64;
    int most = forBatch.size() * 2 * 6; // a failing batch of 64 is halved six times
    assertTrue(
        calls.get() > batches && calls.get() <= batches + most,
        () -> calls + " calls for " + batches + " batches");
  }

  @Test
  void twoPoisonRowsOfOneBatchAreBothFound() throws Exception {
    for (var poison : List.of(new TreeSet<>(Set.of(3, 4)), new TreeSet<>(Set.of(0, 63)))) {
      var run = Dataset.of(range(128)).mapBatches(64, pool(2, poison)).onError(setAside()).toList();

      assertEquals(without(128, poison), new ArrayList<>(run));
      assertEquals(rows(poison), Letters.of(file()).rows());
    }
  }

  @Test
  void everyRowMayBePoison() throws Exception {
    var poison = new TreeSet<>(range(200));

    var run = Dataset.of(range(200)).mapBatches(64, pool(2, poison)).onError(setAside()).toList();

    assertEquals(List.of(), new ArrayList<>(run));
    assertEquals(rows(poison), Letters.of(file()).rows());
    assertEquals(2 * 200 - 4, calls.get(), "4 batches of nothing but poison");
  }

  @Test
  void tensOfThousandsOfFailuresDoNotWaitForABatchToFillUp() throws Exception {
    var poison = new TreeSet<>(range(30_000).subList(1, 30_000));

    var run =
        Dataset.of(range(30_000))
            .map(i -> drink(i, poison))
            .mapBatches(8, pool(2, Set.of()))
            .onError(setAside())
            .toList();

    assertEquals(List.of(0), new ArrayList<>(run));
    assertEquals(29_999, Letters.of(file()).all().size());
  }

  @Test
  void poisonInTheLastShortBatchIsFound() throws Exception {
    var poison = new TreeSet<>(Set.of(66));

    var run = Dataset.of(range(67)).mapBatches(64, pool(2, poison)).onError(setAside()).toList();

    assertEquals(range(66), new ArrayList<>(run));
    assertEquals(rows(poison), Letters.of(file()).rows());
  }

  @Test
  void aWrongNumberOfResultsIsSetAsideLikeAFailure() throws Exception {
    var dataset =
        Dataset.of(range(40))
            .mapBatches(8, 2, batch -> batch.stream().filter(i -> i != 21).toList());

    var run = dataset.onError(setAside()).toList();

    assertEquals(without(40, Set.of(21)), new ArrayList<>(run));
    assertEquals(
        "mapBatches(8, 2 workers) got 0 results for row 21: it takes one a row; use flatMapBatches"
            + " for another number",
        Letters.of(file()).get(0).cause());
  }

  @Test
  void nullResultsAreSetAsideLikeFailures() throws Exception {
    var dataset =
        Dataset.of(range(40))
            .map(i -> i == 5 ? null : i)
            .mapBatches(
                8,
                2,
                batch -> batch.contains(21) ? Collections.nCopies(batch.size(), null) : batch);

    var run = dataset.onError(setAside()).toList();

    assertEquals(without(40, Set.of(5, 21)), new ArrayList<>(run));
    var letters = Letters.of(file());
    assertEquals("map returned null for row 5: use filter to drop rows", letters.get(0).cause());
    assertEquals(
        "mapBatches(8, 2 workers) got null for row 21: a worker returns a list without nulls",
        letters.get(1).cause());
  }

  @Test
  void poisonOfUnorderedRunsAndOfFlatBatchesIsFoundToo() throws Exception {
    var poison = new TreeSet<>(Set.of(11, 12, 70));

    var unordered =
        Dataset.of(range(100))
            .mapBatches(16, pool(2, poison))
            .onError(setAside())
            .unordered()
            .toList();
    assertEquals(without(100, poison), unordered.stream().sorted().toList());
    assertEquals(Set.copyOf(rows(poison)), Set.copyOf(Letters.of(file()).rows()));

    var flat =
        Dataset.of(range(100)).flatMapBatches(16, pool(2, poison)).onError(setAside()).toList();
    assertEquals(without(100, poison), new ArrayList<>(flat));
    assertEquals(rows(poison), Letters.of(file()).rows());
  }

  @Test
  void aFileThatCannotBeWrittenIsToldBeforeAnythingRuns() throws Exception {
    Files.createDirectories(file()); // a folder is in the way
    var dataset = Dataset.of(range(10)).mapBatches(2, pool(1, Set.of())).onError(setAside());

    var failure = assertThrows(GristmillException.class, dataset::toList);

    assertTrue(
        failure.getMessage().startsWith("cannot write the dead-letter file " + file()),
        failure.getMessage());
    assertTrue(failure.getMessage().endsWith("Give another one to OnError.setAside."));
    assertEquals(0, calls.get());
  }
}
