package org.gristmill;

import static org.gristmill.Written.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rows that are set aside while others are written, and what a run leaves when it ends badly. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class WritingFaultsTest {
  @TempDir Path temporary;
  private Path folder;
  private Path letters;

  @BeforeEach
  void setUp() {
    folder = temporary.resolve("out");
    letters = temporary.resolve("letters.jsonl");
  }

  /** Row 7 of each ten is guilty; the source ends the run at a row, if it has that many. */
  private Dataset<Integer> tenths(int end) {
    return Dataset.from(
            () ->
                IntStream.range(0, 100)
                    .peek(
                        i -> {
                          if (i == end) {
                            throw new IllegalStateException("the source broke");
                          }
                        })
                    .iterator())
        .mapBatches(
            4,
            2,
            batch -> {
              if (batch.stream().anyMatch(i -> i % 10 == 7)) {
                throw new IllegalArgumentException("a seven");
              }
              return batch;
            })
        .onError(OnError.setAside(letters.toString()));
  }

  private List<Long> lettersRows() {
    return List.copyOf(
        Dataset.readJsonLines(letters.toString()).map(letter -> (Long) letter.get("row")).toList());
  }

  @Test
  void everyGuiltyRowIsSetAsideOnceHoweverOftenARunEnds() throws IOException {
    for (int end : List.of(3, 18, 39, 39, 57, 58, 90)) {
      var torn = tenths(end);
      var failure =
          assertThrows(GristmillException.class, () -> torn.writeJsonLines(folder.toString(), 8));
      assertTrue(failure.getMessage().contains("the source broke"), failure.getMessage());
    }
    var stats = tenths(-1).writeJsonLines(folder.toString(), 8);

    Path peaceful = temporary.resolve("peaceful");
    var guilty = IntStream.range(0, 10).mapToObj(i -> i * 10L + 7).toList();
    assertEquals(guilty, lettersRows());
    String torn = Files.readString(letters);
    assertTrue(stats.notes().get(0).contains("went on after"), stats.notes().toString());
    assertEquals(90, Written.lines(folder).stream().distinct().count());
    tenths(-1).writeJsonLines(peaceful.toString(), 8);
    assertEquals(Written.segments(peaceful), Written.segments(folder));
    assertEquals(Files.readString(letters), torn);
  }

  @Test
  void rowsThatWereSetAsideAreWrittenByARedrive() throws IOException {
    tenths(-1).writeJsonLines(folder.toString(), 8);
    Path more = temporary.resolve("more");

    Dataset.from(() -> IntStream.range(0, 100).iterator())
        .mapBatches(4, 2, batch -> batch)
        .redrive(letters.toString())
        .writeJsonLines(more.toString());

    assertEquals(10, Written.lines(more).size());
    assertEquals("{\"value\":97}", Written.lines(more).get(9));
  }

  @Test
  void aRowThatWasNotWrittenBehindFlatBatchesCannotBeRedriven() {
    var rows =
        numbers(10)
            .flatMapBatches(1, batch -> List.of(1.0, batch.get(0) == 3 ? Double.NaN : 2.0))
            .onError(OnError.setAside(letters.toString()));
    assertEquals(1, rows.writeJsonLines(folder.toString()).setAside());

    var told = assertThrows(GristmillException.class, () -> rows.redrive(letters.toString()));

    assertTrue(
        told.getMessage().startsWith("cannot redrive row 7 of " + letters), told.getMessage());
  }

  @Test
  void whileARunWritesAFolderAnotherIsRefusedAndTheFirstGoesOn() throws Exception {
    var working = new CountDownLatch(1);
    var refused = new CountDownLatch(1);
    var first =
        new Thread(
            () ->
                numbers(20)
                    .mapBatches(
                        4,
                        1,
                        batch -> {
                          working.countDown();
                          refused.await(30, TimeUnit.SECONDS);
                          return batch;
                        })
                    .writeJsonLines(folder.toString(), 4));
    first.start();
    assertTrue(working.await(30, TimeUnit.SECONDS));

    var told =
        assertThrows(
            GristmillException.class, () -> numbers(20).writeJsonLines(folder.toString(), 4));
    refused.countDown();
    first.join(30_000);

    assertEquals(
        "%s is being written by process %d: wait until it ends, or write to another folder"
            .formatted(folder, ProcessHandle.current().pid()),
        told.getMessage());
    assertFalse(first.isAlive());
    assertEquals(20, Written.lines(folder).size());
  }

  @Test
  void aRunThatFailsLeavesNoTemporaryFile() throws IOException {
    assertThrows(
        GristmillException.class, () -> tenths(50).writeJsonLines(folder.toString(), 1000));
    assertEquals(List.of(".lock", "manifest.jsonl"), Written.names(folder));

    assertThrows(GristmillException.class, () -> tenths(50).writeJsonLines(folder.toString(), 20));
    assertEquals(
        List.of(".lock", "manifest.jsonl", "segment-000000.jsonl", "segment-000001.jsonl"),
        Written.names(folder));
  }

  @Test
  void anInterruptBeforeTheFirstRowIsAnInterrupt() throws IOException {
    Thread.currentThread().interrupt();

    var told =
        assertThrows(
            GristmillException.class, () -> tenths(-1).writeJsonLines(folder.toString(), 8));

    assertTrue(Thread.interrupted());
    assertEquals("interrupted after 0 rows; everything was stopped", told.getMessage());
    assertEquals(90, tenths(-1).writeJsonLines(folder.toString(), 8).rows());
  }

  @Test
  void theFileThatIsRedrivenIsNotOverwritten() throws IOException {
    tenths(-1).writeJsonLines(folder.toString(), 8);
    String before = Files.readString(letters);
    Path more = temporary.resolve("more");

    var told =
        assertThrows(
            GristmillException.class,
            () -> tenths(-1).redrive(letters.toString()).writeJsonLines(more.toString()));

    assertTrue(told.getMessage().contains("give another file"), told.getMessage());
    assertEquals(before, Files.readString(letters));
  }

  @Test
  void rowsThatWereSetAsideBeforeAKillAreNotLostWithTheirFile() throws IOException {
    var torn = tenths(39);
    assertThrows(GristmillException.class, () -> torn.writeJsonLines(folder.toString(), 8));
    Files.delete(letters);

    var told =
        assertThrows(
            GristmillException.class, () -> tenths(-1).writeJsonLines(folder.toString(), 8));

    assertEquals(
        "the dead-letter file %s was deleted or cut since an earlier run set rows aside: put it back, or write to another folder"
            .formatted(letters),
        told.getMessage());
    assertFalse(Files.exists(letters));
  }

  @Test
  void aRunThatARowHasEndedGoesOnWithRowsSetAside() throws IOException {
    var first = tenths(-1).onError(OnError.fail());
    assertThrows(GristmillException.class, () -> first.writeJsonLines(folder.toString(), 4));
    long before = Written.lines(folder).size();

    var stats = tenths(-1).writeJsonLines(folder.toString(), 4);
    Path more = temporary.resolve("more.jsonl");
    tenths(-1).onError(OnError.setAside(more.toString())).writeJsonLines(folder.toString(), 4);

    assertEquals(4, before, "the first batch without a seven");
    assertTrue(
        stats.notes().get(0).endsWith("went on after 4 rows that an earlier run had written"));
    assertEquals(90, Written.lines(folder).size());
    assertEquals(10, lettersRows().size());
  }

  @Test
  void lettersOfTwoFilesAndOfARunThatSetsNothingAsideAreKept() throws IOException {
    Path other = temporary.resolve("other.jsonl");
    var toOther = tenths(50).onError(OnError.setAside(other.toString()));
    assertThrows(GristmillException.class, () -> tenths(20).writeJsonLines(folder.toString(), 4));
    assertThrows(GristmillException.class, () -> toOther.writeJsonLines(folder.toString(), 4));
    var failing = tenths(80).onError(OnError.fail());
    assertThrows(GristmillException.class, () -> failing.writeJsonLines(folder.toString(), 4));

    tenths(-1).writeJsonLines(folder.toString(), 4);

    var rows = new java.util.TreeSet<>(lettersRows());
    Dataset.readJsonLines(other.toString()).forEach(letter -> rows.add((Long) letter.get("row")));
    assertEquals(10, rows.size());
    assertEquals(90, Written.lines(folder).stream().distinct().count());
  }

  @Test
  void aRedriveIntoTheFolderOfItsRunIsRefused() throws IOException {
    tenths(-1).writeJsonLines(folder.toString(), 8);
    var again = tenths(-1).onError(OnError.fail()).redrive(letters.toString());

    var refused =
        assertThrows(GristmillException.class, () -> again.writeJsonLines(folder.toString(), 8));

    assertTrue(refused.getMessage().contains("to a folder of their own"), refused.getMessage());
    assertEquals(90, Written.lines(folder).size());
  }
}
