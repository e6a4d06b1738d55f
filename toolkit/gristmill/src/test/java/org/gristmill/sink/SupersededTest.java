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
import org.gristmill.GristmillException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupersededTest {
  @TempDir Path temporary;
  private Path folder;
  private Map<String, String> old;

  @BeforeEach
  void threeSegments() throws IOException {
    folder = temporary.resolve("out");
    try (var segments = Writing.open(folder, "A", 1_000)) {
      Writing.write(segments, 2_500, () -> {});
    }
    old = Writing.files(folder);
  }

  private static void assertMoved(Map<String, String> old, Path to) throws IOException {
    assertEquals(old, Writing.files(to));
  }

  @Test
  void anotherPlanMovesTheOldSegmentsAside() throws IOException {
    try (var segments = Writing.open(folder, "B", 1_000)) {
      assertEquals(
          List.of(
              "%s held 3 segments (2,500 rows) of a run with another plan (it was A, it is B): they were moved to %s, this run starts from the first row"
                  .formatted(folder, folder.resolve("superseded-1"))),
          segments.notes());
      assertEquals(Optional.empty(), segments.checkpoint());
      assertEquals(0, segments.rows());
      assertFalse(segments.isComplete());
      Writing.write(segments, 5, () -> {});
    }

    assertMoved(old, folder.resolve("superseded-1"));
    assertEquals(5, Writing.rows(folder).size());
    try (var again = Writing.open(folder, "A", 1_000)) {
      assertTrue(again.notes().get(0).contains("superseded-2, "), again.notes().toString());
    }
  }

  @Test
  void everyDifferenceIsTold() {
    try (var segments = Segments.open(folder, "csv", Map.of("plan", "A", "format", "CSV"), 9)) {
      String note = segments.notes().get(0);
      assertTrue(note.contains("another format (it was none, it is CSV)"), note);
      assertTrue(note.contains(" and another source (it was numbers, it is none): "), note);
    }
  }

  @Test
  void aStateWithoutSegmentsIsReplacedInSilence() throws IOException {
    Path empty = temporary.resolve("empty");
    Writing.open(empty, "A", 3).close();

    try (var segments = Writing.open(empty, "B", 3)) {
      assertEquals(List.of(), segments.notes());
    }

    assertEquals(List.of("manifest.jsonl"), List.copyOf(Writing.files(empty).keySet()));
    assertEquals("B", Manifest.read(empty).orElseThrow().identity().get("plan"));
  }

  @Test
  void anotherModelIsToldAndTheRunMayStartOver() throws IOException {
    Path partly = temporary.resolve("partly");
    try (var segments = Writing.open(partly, "A", 3)) {
      assertEquals(Optional.empty(), segments.model("m", "0123456789abcdef"));
      assertEquals(Optional.empty(), segments.model("m", "0123456789abcdef"));
      segments.add("{}");
      segments.commit(Writing.at(1));
      assertEquals(Optional.empty(), segments.model("late", "00000000000000000"));
      segments.add("{}");
      segments.commit(Writing.at(2));
    }

    try (var segments = Writing.open(partly, "A", 3)) {
      assertEquals(Optional.empty(), segments.model("m", "0123456789abcdef"));
      assertEquals(
          Optional.of("the model other is new, the run had used [m, late]"),
          segments.model("other", "0123456789abcdef"));
      var why = segments.model("m", "fedcba9876543210");
      assertEquals(
          Optional.of("the model m had the SHA-256 0123456789ab and has fedcba987654"), why);
      segments.add("{\"not\":\"committed\"}");

      try (var fresh = segments.supersede(why.get())) {
        assertEquals(
            List.of(
                "%s held 2 segments (2 rows), but the model m had the SHA-256 0123456789ab and has fedcba987654: they were moved to %s, this run starts from the first row"
                    .formatted(partly, partly.resolve("superseded-1"))),
            fresh.notes());
        segments.close(); // does nothing: the lock is the fresh one's
        assertThrows(GristmillException.class, () -> Writing.open(partly, "A", 3));
        assertThrows(IllegalStateException.class, () -> segments.add("{}"));
        assertEquals(Optional.empty(), fresh.model("m", "fedcba9876543210"));
        Writing.write(fresh, 0, () -> {});
      }
    }
    assertFalse(Writing.files(partly).containsKey(".segment-000002.jsonl.partial"));
  }

  /** Puts back what a kill would have left where it was. */
  private void undo(String... names) throws IOException {
    for (String name : names) {
      Files.move(folder.resolve("superseded-1").resolve(name), folder.resolve(name));
    }
  }

  @Test
  void aMoveThatIsKilledAtAnyStepIsFinished() throws IOException {
    String[][] notMoved = {
      {"manifest.jsonl", "segment-000000.jsonl", "segment-000001.jsonl", "segment-000002.jsonl"},
      {"segment-000000.jsonl", "segment-000001.jsonl", "segment-000002.jsonl"},
      {"segment-000001.jsonl", "segment-000002.jsonl"},
      {"segment-000002.jsonl"},
      {},
    };
    for (String[] left : notMoved) {
      for (boolean half : new boolean[] {false, true}) {
        tearDown();
        threeSegments();
        Writing.open(folder, "B", 1_000).close();
        Files.delete(folder.resolve(Manifest.NAME));
        undo(left);
        if (half) {
          Files.writeString(folder.resolve(".manifest.jsonl.partial"), "{\"grist");
        }

        try (var segments = Writing.open(folder, "B", 1_000)) {
          assertEquals(left.length == 0 ? 0 : 1, segments.notes().size());
          if (left.length > 0 && left.length < 4) {
            assertEquals(
                "%s held segments of an earlier run, which ended while it moved them: they were moved to %s"
                    .formatted(folder, folder.resolve("superseded-1")),
                segments.notes().get(0));
          }
          Writing.write(segments, 2, () -> {});
        }
        assertMoved(old, folder.resolve("superseded-1"));
        assertEquals(2, Writing.rows(folder).size());
        assertFalse(Files.exists(folder.resolve("superseded-2")));
      }
    }
  }

  private void tearDown() throws IOException {
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Test
  void segmentsWhoseManifestWasDeletedAreNotTakenForAMove() throws IOException {
    try (var segments = Writing.open(folder, "B", 1_000)) {
      Writing.write(segments, 5, () -> {});
    }
    Files.delete(folder.resolve(Manifest.NAME));

    var refused = assertThrows(GristmillException.class, () -> Writing.open(folder, "B", 1_000));

    assertEquals(
        folder
            + " holds segment-000000.jsonl, and no manifest of an earlier run: give a new or an empty folder",
        refused.getMessage());
  }
}
