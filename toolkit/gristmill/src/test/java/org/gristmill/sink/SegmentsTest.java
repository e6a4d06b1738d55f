package org.gristmill.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.gristmill.GristmillException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SegmentsTest {
  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void folder() {
    folder = temporary.resolve("deep/out");
  }

  private static Segments csv(Path folder) {
    return Segments.open(folder, "csv", Map.of("format", "CSV"), 2);
  }

  private static String refusal(Path folder) {
    return assertThrows(GristmillException.class, () -> Writing.open(folder, "A", 3)).getMessage();
  }

  @Test
  void rowsAreCommittedInSegments() throws IOException {
    try (var segments = Writing.open(folder, "A", 3)) {
      assertEquals(List.of(), segments.notes());
      assertFalse(segments.isFull());
      for (int i = 0; i < 3; i++) {
        segments.add(Writing.row(i));
      }
      assertTrue(segments.isFull());
      assertEquals(0, segments.rows());
      segments.commit(Writing.at(3));
      assertFalse(segments.isFull());
      assertEquals(3, segments.rows());
      assertEquals(Optional.of(Writing.at(3)), segments.checkpoint());
      segments.add(Writing.row(3)); // and not committed
    }

    assertEquals(
        "{\"gristmill\":1,\"identity\":{\"source\":\"numbers\",\"plan\":\"A\"}}",
        Files.readAllLines(folder.resolve("manifest.jsonl")).get(0));
    assertEquals(
        LongStream.range(0, 3).mapToObj(Writing::row).toList(),
        Files.readAllLines(folder.resolve("segment-000000.jsonl")));
    assertEquals(2, Writing.files(folder).size());
  }

  @Test
  void aSecondRunGoesOnBehindTheLastCommit() throws IOException {
    try (var segments = Writing.open(folder, "A", 1_000)) {
      for (int i = 0; i < 3_000; i++) {
        segments.add(Writing.row(i));
        if (segments.isFull()) {
          segments.commit(Writing.at(i + 1));
        }
      }
    }

    try (var segments = Writing.open(folder, "A", 1_000)) {
      assertEquals(
          List.of(folder + ": went on after 3,000 rows that an earlier run had written"),
          segments.notes());
      assertEquals(3_000, segments.rows());
      Writing.write(segments, 3_001, () -> {});
      assertTrue(segments.isComplete());
    }

    try (var segments = Writing.open(folder, "A", 1_000)) {
      assertTrue(segments.isComplete());
      assertEquals(
          List.of(folder + " is complete: 3,001 rows, nothing was left to do"), segments.notes());
      assertEquals(Optional.of(Writing.at(3_001)), segments.checkpoint());
      assertThrows(IllegalStateException.class, () -> segments.add("{}"));
    }
    assertEquals(3_001, Writing.rows(folder).size());
  }

  @Test
  void aCheckpointKeepsEveryBit() {
    var extreme =
        new Checkpoint(
            Long.MAX_VALUE,
            Long.MIN_VALUE + 1,
            List.of(Long.MAX_VALUE - 1, 0L),
            Map.of("a/b.jsonl", (1L << 53) + 1));
    try (var segments = Writing.open(folder, "A", 3)) {
      segments.add("{}");
      segments.commit(extreme);
    }
    try (var segments = Writing.open(folder, "A", 3)) {
      assertEquals(Optional.of(extreme), segments.checkpoint());
    }
  }

  @Test
  void progressWithoutRowsIsCommittedWithoutAFile() throws IOException {
    try (var segments = Writing.open(folder, "A", 3)) {
      segments.commit(Writing.at(500));
    }
    try (var segments = Writing.open(folder, "A", 3)) {
      assertEquals(Optional.of(Writing.at(500)), segments.checkpoint());
      segments.complete(Writing.at(501));
    }
    try (var segments = Writing.open(folder, "A", 3)) {
      assertTrue(segments.isComplete());
    }
    assertEquals(List.of("manifest.jsonl"), List.copyOf(Writing.files(folder).keySet()));
  }

  @Test
  void everySegmentBeginsWithTheHeader() throws IOException {
    try (var segments = csv(folder)) {
      assertEquals(Optional.empty(), segments.header());
      segments.header("a,b");
      for (int i = 0; i < 4; i++) {
        segments.add("1," + i);
        if (segments.isFull()) {
          segments.commit(Writing.at(i + 1));
        }
      }
    }
    assertEquals("a,b\n1,0\n1,1\n", Files.readString(folder.resolve("segment-000000.csv")));
    assertEquals("a,b\n1,2\n1,3\n", Files.readString(folder.resolve("segment-000001.csv")));

    try (var segments = csv(folder)) {
      assertEquals(Optional.of("a,b"), segments.header());
      segments.header("a,b");
      var other = assertThrows(GristmillException.class, () -> segments.header("a,c"));
      assertEquals(
          "the files in %s begin with \"a,b\", and the rows of this run would need \"a,c\": write to another folder, or delete this one"
              .formatted(folder),
          other.getMessage());
    }
  }

  @Test
  void aHeaderComesBeforeTheFirstRow() {
    try (var segments = csv(folder)) {
      segments.add("1,2");
      assertThrows(IllegalStateException.class, () -> segments.header("a,b"));
    }
  }

  @Test
  void aFolderOfSomeoneElseIsLeftAsItIs() throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("thesis.txt"), "years");

    assertEquals(
        folder
            + " holds thesis.txt, and no manifest of an earlier run: give a new or an empty folder",
        refusal(folder));
    assertEquals(Map.of("thesis.txt", "years"), Writing.files(folder));
    assertFalse(Files.exists(folder.resolve(".lock")));
  }

  @Test
  void aFileIsNoFolder() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "text");

    assertEquals(file + " is a file: give a new or an empty folder", refusal(file));
    assertTrue(
        refusal(file.resolve("below"))
            .startsWith("cannot make the folder " + file.resolve("below") + ": "));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aFolderThatCannotBeMadeIsToldWithWhatToDo() {
    String message = refusal(Path.of("/proc/gristmill"));

    assertTrue(message.startsWith("cannot make the folder /proc/gristmill: "), message);
    assertTrue(message.endsWith(" run again, or use another folder."), message);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aFullDiskIsToldAndLosesNothingThatIsCommitted() throws IOException {
    try (var segments = Writing.open(folder, "A", 3)) {
      segments.add(Writing.row(0));
      segments.commit(Writing.at(1));
      Path partial = folder.resolve(".segment-000001.jsonl.partial");
      Files.createSymbolicLink(partial, Path.of("/dev/full"));
      segments.add(Writing.row(1));

      String message =
          assertThrows(GristmillException.class, () -> segments.commit(Writing.at(2))).getMessage();

      assertEquals(
          "cannot write "
              + partial
              + ": IOException: No space left on device. Rows committed so far are kept: make room or give access and run again, or use another folder.",
          message);
    }
    try (var segments = Writing.open(folder, "A", 3)) {
      assertEquals(Optional.of(Writing.at(1)), segments.checkpoint());
      Writing.write(segments, 4, () -> {});
    }
    assertEquals(LongStream.range(0, 4).mapToObj(Writing::row).toList(), Writing.rows(folder));
  }

  @Test
  void anInterruptedThreadCanStillCommit() throws IOException {
    try (var segments = Writing.open(folder, "A", 3)) {
      Thread.currentThread().interrupt();
      segments.add(Writing.row(0));
      segments.commit(Writing.at(1));
      segments.complete(Writing.at(1));
    } finally {
      assertTrue(Thread.interrupted());
    }
    assertEquals(1, Writing.rows(folder).size());
  }

  @Test
  void aSecondRunOfThisProcessIsRefusedAndTheLockStays() {
    try (var segments = Writing.open(folder, "A", 3)) {
      for (int i = 0; i < 2; i++) {
        assertEquals(
            "%s is being written by process %d: wait until it ends, or write to another folder"
                .formatted(folder, ProcessHandle.current().pid()),
            refusal(folder));
      }
      segments.add("{}");
      segments.close();
      segments.close();
      assertThrows(IllegalStateException.class, () -> segments.add("{}"));
    }
    Writing.open(folder, "A", 3).close();
    assertTrue(Files.exists(folder.resolve(".lock")));
  }

  @Test
  void aSegmentThatIsGoneOrCutIsNamed() throws IOException {
    try (var segments = Writing.open(folder, "A", 3)) {
      Writing.write(segments, 7, () -> {});
    }
    Path file = folder.resolve("segment-000001.jsonl");
    long size = Files.size(file);
    Files.writeString(file, "short");
    assertEquals(
        "%s has 5 bytes, not the %d that were committed: write to another folder, or delete this one"
            .formatted(file, size),
        refusal(folder));
    Files.delete(file);
    assertEquals(file + " is gone: write to another folder, or delete this one", refusal(folder));
  }

  @Test
  void aManifestThatIsNoneOrVanishesIsNamed() throws IOException {
    Path manifest = folder.resolve("manifest.jsonl");
    try (var segments = Writing.open(folder, "A", 3)) {
      Files.delete(manifest);
      segments.add("{}");
      assertEquals(
          manifest + " was deleted or cut while a run wrote to its folder: write to another folder",
          assertThrows(GristmillException.class, () -> segments.commit(Writing.at(1)))
              .getMessage());
    }
    Files.writeString(manifest, "[1]\n");
    String message = refusal(folder);
    assertTrue(message.startsWith(manifest + " is not a manifest that this version"), message);
    assertTrue(message.endsWith(": use another folder, or delete this one"), message);
  }

  @Test
  void aSegmentHasRows() {
    assertThrows(IllegalArgumentException.class, () -> Writing.open(folder, "A", 0));
  }
}
