package org.gristmill.source;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.gristmill.source.TextFile.Text;

/** How text is cut into rows. */
final class TextFormats {
  // The CSV reader takes the end of a file for the end of an open quote, and would give all rows
  // behind a stray quote as one cell. So a record of ours is the last: it is one only if no quote
  // was open.
  private static final String END = "\uE000end of file\uE001";

  private TextFormats() {}

  /** A row a line. */
  static TextFile.Texts lines(InputStream bytes) throws IOException {
    var in = reader(bytes);
    long[] number = {0};
    return () -> {
      String line;
      do {
        line = in.readLine();
        number[0]++;
      } while (line != null && line.isBlank());
      return line == null ? null : new Text(number[0], line);
    };
  }

  /** A row a record; the first one names the columns. */
  static TextFile.Texts csv(InputStream bytes) throws IOException {
    var end = new ByteArrayInputStream(("\n" + END).getBytes(StandardCharsets.UTF_8));
    Iterator<CsvRecord> records =
        CsvReader.builder()
            .allowMissingFields(true) // told when the row is parsed
            .allowExtraFields(true)
            .ofCsvRecord(reader(new SequenceInputStream(bytes, end)))
            .iterator();
    var first = record(records);
    if (first == null) {
      return () -> null;
    }
    var header = List.copyOf(first.getFields());
    requireUnique(header);
    return () -> {
      var record = record(records);
      return record == null
          ? null
          : new Text(
              record.getStartingLineNumber(),
              new TextRows.CsvRow(header, List.copyOf(record.getFields())));
    };
  }

  private static CsvRecord record(Iterator<CsvRecord> records) {
    var record = records.next();
    if (records.hasNext()) {
      return record;
    }
    if (record.getField(0).equals(END)) {
      return null;
    }
    throw new IllegalArgumentException(
        "a quote that is opened in the record of line %d is never closed"
            .formatted(record.getStartingLineNumber()));
  }

  private static void requireUnique(List<String> header) {
    Set<String> seen = new HashSet<>();
    for (String column : header) {
      if (!seen.add(column)) {
        throw new IllegalArgumentException(
            "its header names \"" + column + "\" twice: rename one of them");
      }
    }
  }

  private static BufferedReader reader(InputStream bytes) throws IOException {
    // A decoder: a reader that is given a charset puts question marks for what is malformed.
    var in = new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()));
    in.mark(1);
    if (in.read() != '\uFEFF') { // a byte order mark
      in.reset();
    }
    return in;
  }
}
