package org.gristmill.parquet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.dflib.DataFrame;
import org.gristmill.Dataset;
import org.gristmill.Frames;
import org.gristmill.GristmillException;
import org.gristmill.RunStats;

/** Parquet files, read and written by Apache's own library for Java, without Hadoop. */
public final class Parquet {
  private static final int CHUNK =
      1000; // rows by which a dataset's columns are judged, and written

  // Held, because loggers are weakly referenced. The library tells of every row group.
  private static final Logger LOG = Logger.getLogger("org.apache.parquet");

  static {
    if (LOG.getLevel() == null) {
      LOG.setLevel(Level.WARNING);
    }
  }

  private Parquet() {}

  /**
   * The rows of Parquet files, each a Map from the names of its columns to
   *
   * <ul>
   *   <li>Boolean, Integer, Long, Float, Double, String, byte[] or null,
   *   <li>BigDecimal (decimals, and unsigned integers of 64 bits), LocalDate, LocalTime, Instant
   *       (timestamps in UTC, and those of 96 bits), LocalDateTime (other timestamps), UUID,
   *   <li>a List (lists, repeated columns), or a Map (maps, groups).
   * </ul>
   *
   * <p>Rows are read as they are asked for; of a file one row group is in memory, compressed. Pages
   * without compression or with Snappy, GZIP, Zstandard or LZ4_RAW are read. A file that is cut off
   * or corrupt ends the run.
   *
   * @param path a file, or a folder whose {@code .parquet} files are read in the order of their
   *     names
   * @throws GristmillException if it is not there, or the folder holds no such file
   */
  public static Dataset<Map<String, Object>> read(String path) {
    var files = ParquetFiles.of(path);
    return Dataset.from(files.name(), () -> new RowReader(files.paths()));
  }

  /**
   * Writes a data frame's rows as one file, compressed by Zstandard. A column holds text, ints,
   * longs, floats, doubles, booleans, BigDecimals, LocalDates, Instants, LocalDateTimes (both to
   * the microsecond) or byte[]s, and nulls; whole and other numbers in one column become doubles,
   * where that is exact. The file appears whole, in the place of an older one of its name.
   *
   * @return the file's absolute path
   * @throws GristmillException naming the row and the column that cannot be written, or the file
   */
  public static Path write(DataFrame frame, String file) {
    try (var writer = new RowWriter(file)) {
      writer.write(frame);
      return writer.commit();
    }
  }

  /**
   * Writes a dataset's rows as one file, as they come: rows are turned into columns as in {@link
   * Frames#of}, and the first 1,000 say what the columns are. Rows' paths are not written unless
   * they are members: {@link org.gristmill.Run#toDataFrame} has them. A run that ends early leaves
   * nothing: what may take hours is better written by {@link Dataset#writeJsonLines}, which goes on
   * where it ended, and made Parquet from {@link Dataset#readJsonLines}.
   *
   * @return what the run did
   * @throws GristmillException as above; and if a row fails, or has other columns than the first
   *     ones
   */
  public static RunStats write(Dataset<?> rows, String file) {
    try (var writer = new RowWriter(file)) {
      List<Object> chunk = new ArrayList<>();
      RunStats stats =
          rows.forEach(
              row -> {
                chunk.add(row);
                if (chunk.size() == CHUNK) {
                  writer.write(Frames.of(chunk));
                  chunk.clear();
                }
              });
      if (!chunk.isEmpty()) {
        writer.write(Frames.of(chunk));
      }
      writer.commit();
      return stats;
    }
  }
}
