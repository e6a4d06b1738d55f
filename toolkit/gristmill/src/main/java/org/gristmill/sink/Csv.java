package org.gristmill.sink;

import com.google.gson.JsonElement;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows as CSV: the members that {@link JsonLines} writes are the columns. What is nested is JSON in
 * its cell, null is an empty cell. Thread-safe.
 */
public final class Csv {
  private Csv() {}

  /**
   * The columns of a row.
   *
   * @param path where the row came from, or null
   * @throws IllegalArgumentException saying what JSON has no form for
   */
  public static List<String> columns(Object value, String path) {
    return List.copyOf(JsonLines.object(value, path).keySet());
  }

  /**
   * The cells of a row.
   *
   * @param columns of the first row
   * @throws IllegalArgumentException if it has others, or saying what JSON has no form for
   */
  public static List<String> cells(Object value, String path, List<String> columns) {
    var object = JsonLines.object(value, path);
    var fresh = new ArrayList<>(object.keySet());
    fresh.removeAll(columns);
    var missing = new ArrayList<>(columns);
    missing.removeAll(object.keySet());
    if (!fresh.isEmpty() || !missing.isEmpty()) {
      throw new IllegalArgumentException(
          "the row has other columns than the first one (missing %s, new %s): map rows to the same members, or write JSON Lines"
              .formatted(missing, fresh));
    }
    return columns.stream().map(column -> cell(object.get(column))).toList();
  }

  private static String cell(JsonElement element) {
    return element.isJsonNull()
        ? ""
        : element.isJsonPrimitive() ? element.getAsString() : JsonLines.text(element);
  }

  /** The cells of a line that {@link #line} made. */
  public static List<String> cells(String line) {
    try (var reader = CsvReader.builder().ofCsvRecord(line)) {
      return List.copyOf(reader.iterator().next().getFields());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** Cells as a line, without a newline at its end; one within a cell is in quotes. */
  public static String line(List<String> cells) {
    if (cells.equals(List.of(""))) {
      return "\"\""; // an empty line would be no row
    }
    var text = new StringWriter();
    CsvWriter.builder()
        .bufferSize(0)
        .lineDelimiter(LineDelimiter.LF)
        .build(text)
        .writeRecord(cells);
    return text.toString().substring(0, text.getBuffer().length() - 1);
  }
}
