package org.gristmill;

import static org.gristmill.Written.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a run writes is what was asked for, and can be read again. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class WritingTest {
  @TempDir Path temporary;
  private Path folder;

  record Place(String name, double north, List<String> tags, Integer people) {}

  @BeforeEach
  void setUp() {
    folder = temporary.resolve("out");
  }

  private static <T> List<T> plain(Run<T> run) {
    return new ArrayList<>(run);
  }

  private static Map<String, Object> map(Object... members) {
    var map = new LinkedHashMap<String, Object>();
    for (int i = 0; i < members.length; i += 2) {
      map.put((String) members[i], members[i + 1]);
    }
    return map;
  }

  @Test
  void recordsAreReadBackAsTheirMembers() {
    var ulm = new Place("Ulm \"a.d. Donau\"\n", 48.4, List.of("Münster", ","), 126_000);

    var stats = Dataset.of(List.of(ulm)).writeJsonLines(folder.toString());

    assertEquals(1, stats.rows());
    assertEquals(
        List.of(map("name", ulm.name(), "north", 48.4, "tags", ulm.tags(), "people", 126_000L)),
        plain(Dataset.readJsonLines(folder.toString()).toList()));
  }

  @Test
  void mapsNumbersAndStringsAreReadBack() {
    List<Object> rows = List.of(map("b", 1L, "a", map("c", true)), "a string", 42, 1.5);

    Dataset.of(rows).writeJsonLines(folder.toString());

    assertEquals(
        List.of(rows.get(0), map("value", "a string"), map("value", 42L), map("value", 1.5)),
        plain(Dataset.readJsonLines(folder.toString()).toList()));
  }

  @Test
  void predictionsOfPicturesAreWrittenWithTheirPaths() throws IOException {
    Path pictures = Files.createDirectories(temporary.resolve("pictures"));
    for (String name : List.of("a.png", "b.png", "c.png")) {
      var picture = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
      ImageIO.write(picture, "png", pictures.resolve(name).toFile());
    }
    var tench = new Prediction(0, "tench", 0.5f, List.of(new Prediction.Score(0, "tench", 0.5f)));

    Dataset.readImages(pictures.toString())
        .mapBatches(2, 1, batch -> batch.stream().map(image -> tench).toList())
        .writeJsonLines(folder.toString());

    var rows = Dataset.readJsonLines(folder.toString()).toList();
    assertEquals(
        List.of("a.png", "b.png", "c.png"),
        rows.stream().map(row -> Path.of((String) row.get("path")).getFileName() + "").toList());
    assertEquals("tench", rows.get(2).get("label"));
    assertEquals(0.5, rows.get(2).get("confidence"));
    assertEquals(
        List.of(map("index", 0L, "label", "tench", "probability", 0.5)), rows.get(2).get("top"));
  }

  @Test
  void aFileEndsWithTheBatchThatFillsIt() throws IOException {
    numbers(25).mapBatches(4, 2, batch -> batch).writeJsonLines(folder.toString(), 10);

    var sizes = new ArrayList<Long>();
    Written.segments(folder).values().forEach(text -> sizes.add(text.lines().count()));
    assertEquals(List.of(12L, 12L, 1L), sizes);
    assertEquals(
        List.of(
            ".lock",
            "manifest.jsonl",
            "segment-000000.jsonl",
            "segment-000001.jsonl",
            "segment-000002.jsonl"),
        Written.names(folder));
  }

  @Test
  void noRowsAreAnEmptyFolderThatIsComplete() {
    var stats = numbers(0).writeJsonLines(folder.toString());

    assertEquals(0, stats.rows());
    assertTrue(Dataset.readJsonLines(folder.toString()).toList().isEmpty());
    assertEquals(
        List.of(folder + " is complete: 0 rows, nothing was left to do"),
        numbers(0).writeJsonLines(folder.toString()).notes());
  }

  @Test
  void csvQuotesWhatNeedsItAndNestsJson() throws IOException {
    var row = new Place("a,b\n\"c\"", 0.1, List.of("x", "y"), null);

    Dataset.of(List.of(row)).writeCsv(folder.toString());

    assertEquals(
        "name,north,tags,people\n\"a,b\n\"\"c\"\"\",0.1,\"[\"\"x\"\",\"\"y\"\"]\",\n",
        Written.segments(folder).get("segment-000000.csv"));
    assertEquals(
        List.of(Map.of("name", row.name(), "north", "0.1", "tags", "[\"x\",\"y\"]", "people", "")),
        plain(Dataset.readCsv(folder.toString()).toList()));
  }

  @Test
  void everyCsvFileBeginsWithTheColumns() throws IOException {
    numbers(5).map(i -> Map.of("n", i)).writeCsv(folder.toString(), 2);

    assertEquals(
        Map.of(
            "segment-000000.csv", "n\n0\n1\n",
            "segment-000001.csv", "n\n2\n3\n",
            "segment-000002.csv", "n\n4\n"),
        Written.segments(folder));
  }

  private static final String OTHER =
      "writeCsv failed on row 2: IllegalArgumentException: the row has other columns than the first"
          + " one (missing [a], new [b]): map rows to the same members, or write JSON Lines";

  @Test
  void aRowWithOtherColumnsIsAFailedRow() {
    var rows = numbers(5).map(i -> map(i == 2 ? "b" : "a", i));

    var failure = assertThrows(GristmillException.class, () -> rows.writeCsv(folder.toString()));

    assertEquals(OTHER, failure.getMessage());
    assertEquals(2, failure.row().orElseThrow());
  }

  @Test
  void aRowThatCannotBeWrittenIsSetAsideIfAskedFor() throws IOException {
    Path letters = temporary.resolve("letters.jsonl");
    var aside = OnError.setAside(letters.toString());

    var csv = numbers(5).map(i -> map(i == 2 ? "b" : "a", i)).onError(aside);
    var stats = csv.writeCsv(folder.toString());

    assertEquals(4, stats.rows());
    assertEquals(1, stats.setAside());
    assertEquals(List.of("a", "0", "1", "3", "4"), Written.lines(folder));
    assertTrue(Files.readString(letters).contains(OTHER), Files.readString(letters));

    var json = numbers(5).map(i -> i == 3 ? Double.NaN : i).onError(aside);
    assertEquals(1, json.writeJsonLines(temporary.resolve("json").toString()).setAside());
    assertTrue(Files.readString(letters).startsWith("{\"row\":3,\"stage\":\"writeJsonLines\""));
  }

  @Test
  void unorderedRowsAreWrittenInOrder() throws IOException {
    var calls = new AtomicInteger();
    var dataset =
        numbers(200)
            .mapBatches(
                1,
                4,
                batch -> {
                  LockSupport.parkNanos(calls.incrementAndGet() % 7 * 20_000L);
                  return batch;
                })
            .unordered();

    dataset.writeCsv(folder.toString(), 16);

    var expected = new ArrayList<String>();
    for (int i = 0; i < 200; i++) {
      expected.add(String.valueOf(i));
    }
    var lines = Written.lines(folder);
    lines.removeIf("value"::equals);
    assertEquals(expected, lines);
  }

  @Test
  void aFolderThatCannotBeWrittenIsToldBeforeAnyWorkerIsMade() throws IOException {
    var made = new AtomicInteger();
    var pool =
        ActorPool.<Integer, Integer>of(
            2,
            device -> {
              made.incrementAndGet();
              return batch -> batch;
            });
    Path file = Files.writeString(temporary.resolve("file"), "of the user");
    Path others = Files.createDirectories(temporary.resolve("others"));
    Files.writeString(others.resolve("thesis.tex"), "of the user");
    var rows = numbers(8).mapBatches(4, pool);
    var letters = rows.onError(OnError.setAside(file.resolve("letters").toString()));

    for (Path bad : List.of(file, file.resolve("in"), others)) {
      var told = assertThrows(GristmillException.class, () -> rows.writeJsonLines(bad.toString()));
      assertTrue(told.getMessage().contains(bad.toString()), told.getMessage());
    }
    assertThrows(GristmillException.class, () -> letters.writeJsonLines(folder.toString()));
    assertThrows(IllegalArgumentException.class, () -> rows.writeJsonLines(folder.toString(), 0));

    assertEquals(0, made.get());
    assertEquals(List.of("thesis.tex"), Written.names(others));
    assertFalse(Files.exists(file.resolve("in")));
  }
}
