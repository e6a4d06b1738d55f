package org.gristmill.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.gristmill.GristmillException;
import org.gristmill.dataset.Row;
import org.gristmill.dataset.Rows;
import org.gristmill.sink.Checkpoint;
import org.gristmill.sink.Csv;
import org.gristmill.sink.JsonLines;
import org.gristmill.sink.Segments;
import org.gristmill.source.TextRows.CsvRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextRowsTest {
  private static final Checkpoint END = new Checkpoint(0, 0, List.of(), Map.of());

  @TempDir Path folder;

  private static List<Row<?>> all(Supplier<Rows> source) {
    var all = new ArrayList<Row<?>>();
    try (var rows = source.get()) {
      for (Row<?> row = rows.next(); row != null; row = rows.next()) {
        all.add(row);
      }
      assertNull(rows.next());
    } catch (InterruptedException never) {
      throw new AssertionError(never);
    }
    return all;
  }

  private static List<Object> values(Supplier<Rows> source) {
    var values = new ArrayList<Object>();
    for (var row : all(source)) {
      values.add(
          row.value() instanceof CsvRow csv
              ? TextRows.parse(csv)
              : TextRows.parse((String) row.value()));
    }
    return values;
  }

  private static String refusal(Supplier<Rows> source) {
    return assertThrows(GristmillException.class, () -> all(source)).getMessage();
  }

  private static String malformed(String line) {
    return assertThrows(IllegalArgumentException.class, () -> TextRows.parse(line)).getMessage();
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Path segments(String extension, String header, String... lines) {
    Path out = folder.resolve("out");
    try (var segments = Segments.open(out, extension, Map.of(), 2)) {
      if (header != null) {
        segments.header(header);
      }
      for (String line : lines) {
        segments.add(line);
        if (segments.isFull()) {
          segments.commit(END);
        }
      }
      segments.complete(END);
    }
    return out;
  }

  @Test
  void whatIsWrittenAsJsonLinesIsReadBack() {
    var row = new LinkedHashMap<String, Object>();
    row.put("z", "\u00fc \"q\" \\ \n\r\t\u0001 \u2028 \ud83d\ude00 <b>");
    row.put("least", Long.MIN_VALUE);
    row.put("fraction", 0.1);
    row.put("whole", 3.0);
    row.put("tiny", Double.MIN_VALUE);
    row.put("no", null);
    row.put("yes", true);
    row.put("nested", Map.of("list", Arrays.asList(1L, null, List.of(), Map.of())));
    Path out = segments("jsonl", null, JsonLines.encode(row, null), "{\"a\":1}", "{\"a\":2}");

    var read = values(TextRows.jsonLines(out.toString()));

    assertEquals(List.of(row, Map.of("a", 1L), Map.of("a", 2L)), read);
    assertEquals(List.copyOf(row.keySet()), List.copyOf(((Map<?, ?>) read.get(0)).keySet()));
  }

  @Test
  void whatIsWrittenAsCsvIsReadBack() {
    var columns = List.of("a \"quoted\", column", "b");
    var first = List.of("\u00fc, \"q\" \n\r\n \ud83d\ude00", " spaces ");
    var second = List.of("#no comment", "");
    Path out =
        segments(
            "csv", Csv.line(columns), Csv.line(first), Csv.line(second), Csv.line(List.of("", "")));

    var rows = all(TextRows.csv(out.toString()));

    assertEquals(new CsvRow(columns, first), rows.get(0).value());
    assertEquals(new CsvRow(columns, second), rows.get(1).value());
    assertEquals(new CsvRow(columns, List.of("", "")), rows.get(2).value());
    assertEquals(3, rows.size());
    assertEquals(out.resolve("segment-000000.csv") + ":5", rows.get(1).path());
    assertEquals(out.resolve("segment-000001.csv") + ":2", rows.get(2).path());
    assertEquals(2, rows.get(2).number());
  }

  @Test
  void aSingleEmptyCellIsARow() {
    Path out = segments("csv", "only", Csv.line(List.of("")), Csv.line(List.of("x")));

    assertEquals(
        List.of(Map.of("only", ""), Map.of("only", "x")), values(TextRows.csv(out.toString())));
  }

  @Test
  void linesAreNumberedAndBlankOnesSkipped() throws IOException {
    Path file = write("x.txt", "\ufeff{\"a\":1}\r\n\n  \n{\"a\":2}");

    var rows = all(TextRows.jsonLines(file.toUri().toString()));

    assertEquals(new Row<>(0, file + ":1", "{\"a\":1}"), rows.get(0));
    assertEquals(new Row<>(1, file + ":4", "{\"a\":2}"), rows.get(1));
    assertEquals(2, rows.size());
  }

  @Test
  void aFolderGivesItsFilesInTheOrderOfTheirNames() throws IOException {
    write("b.jsonl", "{\"a\":2}\n");
    write("a.JSONL", "{\"a\":1}\n");
    write(".hidden.jsonl", "{\"a\":0}\n");
    write("a.csv", "a\n1\n");
    write("b.csv", "b\n2\n");

    assertEquals(
        List.of(Map.of("a", 1L), Map.of("a", 2L)), values(TextRows.jsonLines(folder.toString())));
    assertEquals(
        List.of(Map.of("a", "1"), Map.of("b", "2")), values(TextRows.csv(folder.toString())));
  }

  @Test
  void aMalformedLineFailsAlone() {
    assertTrue(malformed("{\"a\":1").startsWith("malformed JSON: EOFException: "));
    assertTrue(malformed("{a:1}").startsWith("malformed JSON: MalformedJsonException: "));
    assertTrue(malformed("{\"a\":NaN}").startsWith("malformed JSON: "));
    assertTrue(malformed("{\"a\":1} {}").startsWith("malformed JSON: "));
    assertTrue(malformed("").startsWith("malformed JSON: "));
    assertEquals("a row is a JSON object {...}, not BEGIN_ARRAY", malformed("[1]"));
    assertEquals("malformed JSON: two members \"a\"", malformed("{\"a\":1,\"a\":2}"));
    assertEquals(
        "JSON that is nested deeper than 200 levels", malformed("{\"a\":" + "[".repeat(100_000)));
    assertEquals(Map.of("n", 1e20), TextRows.parse("{\"n\":100000000000000000000}"));
  }

  @Test
  void aRecordWithMoreOrFewerFieldsFailsAlone() throws IOException {
    Path file = write("x.csv", "a,b\n1\n\n1,2,3\n\"1\n\",2\n3,4\n");

    var rows = all(TextRows.csv(file.toString()));

    assertEquals(4, rows.size());
    for (int i = 0; i < 2; i++) {
      var row = (CsvRow) rows.get(i).value();
      assertEquals(
          "%d fields where the header has 2 columns [a, b]".formatted(1 + 2 * i),
          assertThrows(IllegalArgumentException.class, () -> TextRows.parse(row)).getMessage());
    }
    assertEquals(file + ":4", rows.get(1).path());
    assertEquals(Map.of("a", "1\n", "b", "2"), TextRows.parse((CsvRow) rows.get(2).value()));
    assertEquals(file + ":7", rows.get(3).path());
  }

  @Test
  void aCsvFileMayBeEmptyButNotNameAColumnTwice() throws IOException {
    assertEquals(List.of(), all(TextRows.csv(write("e.csv", "").toString())));
    assertEquals(List.of(), all(TextRows.csv(write("h.csv", "\ufeffa,b\n").toString())));
    Path twice = write("t.csv", "a,a\n1,2\n");
    assertEquals(
        "cannot read "
            + twice
            + ": IllegalArgumentException: its header names \"a\" twice: rename one of them",
        refusal(TextRows.csv(twice.toString())));
  }

  @Test
  void aQuoteThatNeverEndsIsNamed() throws IOException {
    Path file = write("x.csv", "a,b\n1,2\n3,\"4\n5,6\n");

    String message = refusal(TextRows.csv(file.toString()));

    assertEquals(
        "cannot read "
            + file
            + " after line 2: IllegalArgumentException: a quote that is opened in the record of line 3 is never closed",
        message);
  }

  @Test
  void whatIsNotUtf8IsNamed() throws IOException {
    Path file = folder.resolve("x.jsonl");
    Files.write(file, "{\"a\":\"\u00fc\"}\n".getBytes(StandardCharsets.ISO_8859_1));

    assertEquals(file + " is not UTF-8: convert it", refusal(TextRows.jsonLines(file.toString())));
    assertEquals(file + " is not UTF-8: convert it", refusal(TextRows.csv(file.toString())));
  }

  @Test
  void aCommittedSegmentThatWasChangedIsNamed() throws IOException {
    Path out = segments("jsonl", null, "{\"a\":1}", "{\"a\":2}", "{\"a\":3}");
    Path second = out.resolve("segment-000001.jsonl");
    Files.writeString(second, "{\"a\":4}\n");

    String message = refusal(TextRows.jsonLines(out.toString()));

    assertTrue(
        message.startsWith(second + " is not what a run has committed (1 rows, SHA-256 "), message);
    assertTrue(
        message.endsWith(
            ": it was changed or damaged, restore it or run again into another folder"),
        message);
    Files.delete(second);
    assertTrue(
        refusal(TextRows.jsonLines(out.toString()))
            .startsWith("cannot read " + second + ": NoSuchFileException: "));
  }

  @Test
  void aRunThatHasNotEndedGivesWhatItHasCommittedAndSaysSo() {
    Path out = folder.resolve("out");
    try (var segments = Segments.open(out, "jsonl", Map.of(), 2)) {
      segments.add("{\"a\":1}");
      segments.commit(END);
      segments.add("{\"a\":2}");

      assertEquals(List.of(Map.of("a", 1L)), values(TextRows.jsonLines(out.toString())));
      try (var rows = TextRows.jsonLines(out.toString()).get()) {
        assertEquals(
            List.of(
                "the run that writes "
                    + out
                    + " has not ended: read are the rows that it has committed (1)"),
            rows.notes());
      }
    }
    try (var segments = Segments.open(out, "jsonl", Map.of(), 2)) {
      segments.complete(END);
    }
    try (var rows = TextRows.jsonLines(out.toString()).get()) {
      assertEquals(List.of(), rows.notes());
    }
  }

  @Test
  void whatCannotBeReadIsSaid() {
    Path none = folder.resolve("none");
    assertEquals(
        "no such file or folder: " + none,
        assertThrows(GristmillException.class, () -> TextRows.csv(none.toString())).getMessage());
    assertEquals(
        "cannot read text from s3://b/x: copy it to this machine and give a path",
        assertThrows(GristmillException.class, () -> TextRows.csv("s3://b/x")).getMessage());
    assertEquals(
        "no file in " + folder + " ends in .csv: give another folder, or the path of a file",
        refusal(TextRows.csv(folder.toString())));
    Path out = segments("jsonl", null, "{\"a\":1}");
    assertEquals(
        out + " holds segment-000000.jsonl, which is no .csv: read it as what it is",
        refusal(TextRows.csv(out.toString())));
  }

  @Test
  void rowsMayBeLeftUnread() throws Exception {
    Path file = write("x.jsonl", "{}\n{}\n");
    var rows = TextRows.jsonLines(file.toString()).get();
    rows.next();
    rows.close();
    rows.close();
  }
}
