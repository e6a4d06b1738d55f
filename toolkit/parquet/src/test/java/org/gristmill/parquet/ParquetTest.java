package org.gristmill.parquet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.dflib.DataFrame;
import org.gristmill.Dataset;
import org.gristmill.Frames;
import org.gristmill.GristmillException;
import org.gristmill.Prediction;
import org.gristmill.Run;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What pyarrow wrote is read, and what is written is what was asked for. */
@Timeout(60)
class ParquetTest {
  @TempDir Path folder;

  private static Path resource(String name) {
    try {
      return Path.of(ParquetTest.class.getResource(name).toURI());
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Run<Map<String, Object>> read(Path file) {
    return Parquet.read(file.toString()).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "snappy", "gzip", "zstd", "lz4"})
  void everyTypeIsReadWithEachCompression(String codec) {
    var rows = read(resource("types-" + codec + ".parquet"));

    var values = new LinkedHashMap<>(rows.get(0));
    assertArrayEquals(new byte[] {0, -1}, (byte[]) values.remove("bytes"));
    assertEquals(
        """
        boolean Boolean true
        int8 Integer -8
        int32 Integer -32
        uint32 Long 4000000000
        int64 Long -1152921504606846976
        uint64 BigDecimal 18446744073709551615
        half Float -1.5
        float Float 0.5
        double Double 0.1
        text String Grüße

        decimal BigDecimal -12345678901234567.891
        small_decimal BigDecimal -1.25
        date LocalDate 1969-07-20
        time LocalTime 12:34:56.000789
        instant Instant 1969-07-20T20:17:40.123456Z
        date_time LocalDateTime 2026-01-02T03:04:05.678
        uuid UUID 01234567-89ab-cdef-0123-456789abcdef
        list ArrayList [1, null, 3]
        list_of_lists ArrayList [[a], [], null]
        map LinkedHashMap {x=1.0, y=null}
        struct LinkedHashMap {a=1, b=null}
        list_of_structs ArrayList [{a=1}, null]
        """,
        lines(values));
    rows.get(1).forEach((column, value) -> assertNull(value, column));
    assertEquals(2, rows.size());
  }

  private static String lines(Map<String, Object> values) {
    var lines = new StringBuilder();
    values.forEach(
        (name, value) ->
            lines.append("%s %s %s\n".formatted(name, value.getClass().getSimpleName(), value)));
    return lines.toString();
  }

  @Test
  void timestampsOf96BitsAreInstants() {
    assertEquals(
        Instant.parse("2026-01-02T03:04:05.678Z"),
        read(resource("int96.parquet")).get(0).get("at"));
  }

  @Test
  void aLimitEndsTheReadingEarly() {
    var rows = Parquet.read(resource("groups.parquet").toString()).take(3);

    assertEquals("[{number=0}, {number=1}, {number=2}]", new ArrayList<>(rows).toString());
  }

  @Test
  void aFoldersFilesAreReadInTheOrderOfTheirNames() throws IOException {
    Parquet.write(Frames.of(List.of(Map.of("x", 2))), folder.resolve("b.parquet").toString());
    Parquet.write(Frames.of(List.of(Map.of("x", 1))), folder.resolve("a.parquet").toString());
    Files.writeString(folder.resolve("readme.txt"), "not Parquet");

    assertEquals("[{x=1}, {x=2}]", new ArrayList<>(read(folder)).toString());
  }

  @Test
  void predictionsComeBackWithTheirPaths() throws IOException {
    Path csv = Files.writeString(folder.resolve("labels.csv"), "label\ntabby\nbeagle\n");
    DataFrame frame =
        Dataset.readCsv(csv.toString())
            .map(row -> new Prediction(1, row.get("label"), 0.75f, List.of()))
            .toList()
            .toDataFrame();
    Path file = folder.resolve("new/predictions.parquet");

    assertEquals(file.toAbsolutePath(), Parquet.write(frame, file.toString()));

    assertEquals(Frames.rows(frame), new ArrayList<>(read(file)));
    assertEquals(List.of(file), files(file.getParent()));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void everyTypeThatIsWrittenComesBack() {
    var row = new LinkedHashMap<String, Object>();
    row.put("boolean", true);
    row.put("int", -1);
    row.put("long", Long.MIN_VALUE);
    row.put("float", 0.1f);
    row.put("double", Double.NaN);
    row.put("text", "ä\0");
    row.put("decimal", new BigDecimal("-1.50"));
    row.put("date", LocalDate.of(1, 1, 1));
    row.put("instant", Instant.parse("1969-07-20T20:17:40.123456Z"));
    row.put("date_time", LocalDateTime.of(2026, 1, 2, 3, 4, 5, 6000));
    var nulls = new LinkedHashMap<>(row);
    nulls.replaceAll((name, value) -> null);
    Path file = folder.resolve("all.parquet");

    Parquet.write(Frames.of(List.of(nulls, row)), file.toString());

    assertEquals(List.of(nulls, row), new ArrayList<>(read(file)));
  }

  @Test
  void wholeAndOtherNumbersInOneColumnBecomeDoubles() {
    Path file = folder.resolve("x.parquet");

    Parquet.write(Frames.of(List.of(1L, 2.5)), file.toString());

    assertEquals("[{value=1.0}, {value=2.5}]", new ArrayList<>(read(file)).toString());
  }

  @Test
  void aDatasetIsWrittenAsItsRowsCome() {
    Path file = folder.resolve("many.parquet");
    var numbers = IntStream.range(0, 2500).boxed().toList();

    var stats = Parquet.write(Dataset.of(numbers).map(n -> Map.of("n", n)), file.toString());

    assertEquals(2500, stats.rows());
    assertEquals(numbers, read(file).stream().map(row -> row.get("n")).toList());
  }

  @Test
  void aValueThatDoesNotFitIsNamedAndNothingIsLeft() throws IOException {
    Path file = folder.resolve("x.parquet");
    List<Object> rows = new ArrayList<>(IntStream.range(0, 1200).boxed().toList());
    rows.add("text");

    var failed =
        assertThrows(
            GristmillException.class, () -> Parquet.write(Dataset.of(rows), file.toString()));

    assertTrue(
        failed
            .getMessage()
            .contains(
                "row 1200, column \"value\" is a String, which does not fit optional int32 value: leave the column out"),
        failed.getMessage());
    assertEquals(List.of(), files(folder));
  }

  @Test
  void whatNoColumnHoldsIsRefused() {
    var refused =
        assertThrows(
            GristmillException.class,
            () -> Parquet.write(Frames.of(List.of(Map.of("tags", List.of("a")))), folder + "/x"));

    assertEquals(
        "row 0, column \"tags\" is a ListN, which no column of a Parquet file holds: leave the column out, or map it to text, numbers, booleans, dates or times",
        refused.getMessage().replace("List12", "ListN"));
    assertEquals(
        "no rows, so no columns to write: a Parquet file has columns",
        assertThrows(
                GristmillException.class, () -> Parquet.write(Dataset.of(List.of()), folder + "/x"))
            .getMessage());
  }

  @Test
  void timesFarFromOursComeBack() {
    Path file = folder.resolve("far.parquet");
    var last = Instant.parse("9999-12-31T23:59:59.999999Z");
    var first = Instant.parse("0001-01-01T00:00:00.000001Z");

    Parquet.write(Frames.of(List.of(last, first)), file.toString());

    assertEquals(List.of(last, first), read(file).stream().map(row -> row.get("value")).toList());
  }

  @ParameterizedTest
  @MethodSource("beyondAColumn")
  void aValueBeyondWhatItsColumnHoldsIsNamed(Object value) throws IOException {
    var frame = Frames.of(List.of(value));

    var refused = assertThrows(GristmillException.class, () -> Parquet.write(frame, folder + "/x"));

    String kind = value.getClass().getSimpleName();
    assertTrue(
        refused
            .getMessage()
            .startsWith("row 0, column \"value\" is a " + kind + ", which does not"),
        refused.getMessage());
    assertEquals(List.of(), files(folder));
  }

  static List<Object> beyondAColumn() {
    return List.of(
        LocalDate.MAX,
        LocalDate.MIN,
        Instant.MAX,
        LocalDateTime.MIN,
        new BigDecimal("1E-55"),
        new BigDecimal("1E+1000000000"));
  }

  @Test
  void whatIsNoFileIsNotReplaced() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Path full = Files.createDirectory(folder.resolve("full"));
    Files.createFile(full.resolve("a"));

    for (Path target : List.of(empty, full)) {
      var rows = Dataset.of(List.of(1)).map(row -> fail("nothing is run"));
      var refused =
          assertThrows(GristmillException.class, () -> Parquet.write(rows, target.toString()));
      assertEquals(
          "cannot write %s: it is there and no file, give the path of a file".formatted(target),
          refused.getMessage());
    }
    assertEquals(Set.of(empty, full), Set.copyOf(files(folder)));
  }

  @Test
  void aFileThatCannotTakeItsPlaceIsNotLeft() throws IOException {
    Path file = folder.resolve("x.parquet");
    var rows = Dataset.of(List.of(1)).map(row -> directory(file.resolve("inner")).toString());

    var failed = assertThrows(GristmillException.class, () -> Parquet.write(rows, file.toString()));

    assertTrue(failed.getMessage().startsWith("cannot write " + file), failed.getMessage());
    assertEquals(List.of(file), files(folder));
  }

  private static Path directory(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Test
  void otherColumnsInLaterRowsAreRefused() {
    List<Map<String, Integer>> rows = new ArrayList<>();
    IntStream.range(0, 1000).forEach(i -> rows.add(Map.of("a", i)));
    rows.add(Map.of("b", 1));

    var failed =
        assertThrows(
            GristmillException.class, () -> Parquet.write(Dataset.of(rows), folder + "/x"));

    assertTrue(
        failed
            .getMessage()
            .contains("the rows from 1000 on have the columns [b], those before [a]"),
        failed.getMessage());
  }

  @Test
  void aFileThatIsNoParquetOrCutOffIsNamed() throws IOException {
    byte[] whole = Files.readAllBytes(resource("groups.parquet"));
    Path text = Files.writeString(folder.resolve("text.parquet"), "this is no Parquet file");
    Path empty = Files.createFile(folder.resolve("empty.parquet"));
    Path cut = Files.write(folder.resolve("cut.parquet"), Arrays.copyOf(whole, whole.length / 2));

    for (Path file : List.of(text, empty, cut)) {
      var failed = assertThrows(GristmillException.class, () -> read(file));
      assertTrue(failed.getMessage().contains("cannot read " + file), failed.getMessage());
      assertTrue(failed.getMessage().contains("cut off or damaged"), failed.getMessage());
    }
  }

  @Test
  void aDamagedPageEndsTheRunAndTellsHowFarItCame() throws IOException {
    byte[] bytes = Files.readAllBytes(resource("groups.parquet"));
    for (int i = bytes.length / 2; i < bytes.length / 2 + 200; i++) {
      bytes[i] ^= 0x55;
    }
    Path damaged = Files.write(folder.resolve("damaged.parquet"), bytes);

    var failed = assertThrows(GristmillException.class, () -> read(damaged));

    assertTrue(
        failed.getMessage().contains("cannot read " + damaged + " after row "),
        failed.getMessage());
    Files.delete(damaged); // which Windows refuses while the file is open
    assertFalse(Files.exists(damaged));
  }

  @Test
  void whatIsNotThereIsSaidBeforeARun() {
    assertTrue(
        assertThrows(GristmillException.class, () -> Parquet.read(folder + "/nowhere"))
            .getMessage()
            .startsWith("there is no " + folder.toAbsolutePath()));
    assertEquals(
        "no file in %s ends in .parquet: give another folder, or the path of a file"
            .formatted(folder),
        assertThrows(GristmillException.class, () -> Parquet.read(folder.toString())).getMessage());
  }

  @Test
  void aRunThatIsWrittenStartsAnewWhenTheFileHasChanged() throws IOException {
    Path file = folder.resolve("x.parquet");
    Path out = folder.resolve("out");
    Parquet.write(Frames.of(List.of(Map.of("x", 1))), file.toString());
    Parquet.read(file.toString()).writeJsonLines(out.toString());

    Parquet.write(Frames.of(List.of(Map.of("x", 22222222))), file.toString());
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    Parquet.read(file.toString()).writeJsonLines(out.toString());

    assertEquals(
        "[{x=22222222}]",
        new ArrayList<>(Dataset.readJsonLines(out.toString()).toList()).toString());
  }
}
