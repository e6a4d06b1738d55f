package org.gristmill.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.gristmill.GristmillException;
import org.gristmill.dataset.Row;
import org.gristmill.dataset.Rows;
import org.gristmill.dataset.Versioned;
import org.gristmill.dataset.Weighed;

/**
 * Rows of text files in UTF-8, read as they are asked for. A row's path is {@code FILE:LINE}. Rows
 * are cut apart here and parsed by a step of their own, so that a malformed one fails alone. Owned
 * by the thread that pulls a run's rows.
 *
 * <p>A folder that a run has written gives the segments that the run committed, in its order, and
 * compares each with the hash that the run recorded. Of any other folder come the files of that
 * extension, in the order of their names.
 */
public final class TextRows implements Rows {
  private final TextFiles files;
  private final TextFile.Format format;
  private final Iterator<TextFile> left;
  private TextFile.Reading current; // null between files
  private long number;

  /**
   * A record of a CSV file that is not matched with its columns yet.
   *
   * @param header the first record of its file
   */
  public record CsvRow(List<String> header, List<String> fields) implements Versioned, Weighed {
    @Override
    public long bytes() {
      return fields.stream().mapToLong(String::length).sum();
    }

    @Override
    public String version() {
      return header + "\n" + fields;
    }
  }

  private TextRows(Path path, String extension, TextFile.Format format) {
    files = TextFiles.of(path, extension);
    left = files.files().iterator();
    this.format = format;
  }

  /**
   * JSON Lines: the values are lines, for {@link #parse(String)}. Blank ones are skipped.
   *
   * @param path of a file or a folder; or its {@code file:} URI
   * @throws GristmillException if it is not there; when opened, if the folder has no such files
   */
  public static Supplier<Rows> jsonLines(String path) {
    Path root = TextFiles.root(path);
    return () -> new TextRows(root, "jsonl", TextFormats::lines);
  }

  /**
   * CSV whose first record is the header: the values are {@link CsvRow}s, for {@link
   * #parse(CsvRow)}. Quoted cells may hold newlines; empty lines are skipped.
   *
   * @param path of a file or a folder; or its {@code file:} URI
   * @throws GristmillException if it is not there; when opened, if the folder has no such files
   */
  public static Supplier<Rows> csv(String path) {
    Path root = TextFiles.root(path);
    return () -> new TextRows(root, "csv", TextFormats::csv);
  }

  /**
   * A line's JSON object, its members in their order. Numbers are Longs where they are whole and
   * fit, else Doubles; the rest are Strings, Booleans, null, Lists and Maps.
   *
   * @throws IllegalArgumentException if the line is anything else
   */
  public static Map<String, Object> parse(String line) {
    return Json.object(line);
  }

  /**
   * A record's cells by column; empty ones are empty strings.
   *
   * @throws IllegalArgumentException if it has more or fewer cells than there are columns
   */
  public static Map<String, String> parse(CsvRow row) {
    if (row.fields.size() != row.header.size()) {
      throw new IllegalArgumentException(
          "%d fields where the header has %d columns %s"
              .formatted(row.fields.size(), row.header.size(), row.header));
    }
    var cells = new LinkedHashMap<String, String>();
    for (int i = 0; i < row.header.size(); i++) {
      cells.put(row.header.get(i), row.fields.get(i));
    }
    return cells;
  }

  @Override
  public Row<?> next() {
    while (current != null || left.hasNext()) {
      if (current == null) {
        current = left.next().open(format);
      }
      var text = current.next();
      if (text != null) {
        return new Row<>(number++, current.path() + ":" + text.line(), text.value());
      }
      close();
    }
    return null;
  }

  @Override
  public List<String> notes() {
    return files.notes();
  }

  @Override
  public void close() {
    if (current != null) {
      try {
        current.close();
      } catch (IOException failed) {
        throw new GristmillException(
            "cannot close " + current.path() + ": " + GristmillException.reason(failed), failed);
      } finally {
        current = null;
      }
    }
  }
}
