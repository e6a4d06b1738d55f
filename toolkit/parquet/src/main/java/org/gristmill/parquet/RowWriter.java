package org.gristmill.parquet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.dflib.DataFrame;
import org.gristmill.GristmillException;

/**
 * One file, written under a temporary name until it is whole. The first frame says what its columns
 * are. Owned by one thread.
 */
final class RowWriter implements AutoCloseable {
  private static final long ROW_GROUP = 32L << 20; // bytes, before they are compressed

  private final Path file;
  private final Path partial;
  private Schema schema; // null before the first frame
  private ParquetWriter<Group> writer; // null before the first frame, and after commit
  private long rows;

  RowWriter(String name) {
    file = Path.of(name).toAbsolutePath();
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new GristmillException(
          "cannot write %s: it is there and no file, give the path of a file".formatted(file));
    }
    partial = file.resolveSibling("." + file.getFileName() + ".partial");
  }

  void write(DataFrame frame) {
    try {
      if (schema == null) {
        schema = Schema.of(frame);
        writer = open();
      }
      schema.requireSame(frame, rows);
      for (int row = 0; row < frame.height(); row++) {
        writer.write(group(frame, row));
        rows++;
      }
    } catch (IOException failed) {
      throw failure(failed);
    }
  }

  private ParquetWriter<Group> open() throws IOException {
    Files.createDirectories(file.getParent());
    return ExampleParquetWriter.builder(new LocalOutputFile(partial))
        .withType(schema.type())
        .withConf(new PlainParquetConfiguration())
        .withCompressionCodec(CompressionCodecName.ZSTD)
        .withRowGroupSize(ROW_GROUP)
        .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
        .build();
  }

  private Group group(DataFrame frame, int row) {
    var group = new SimpleGroup(schema.type());
    for (int column = 0; column < frame.width(); column++) {
      Object stored = schema.stored(column, frame.getColumn(column).get(row), rows);
      if (stored instanceof Boolean value) {
        group.add(column, value.booleanValue());
      } else if (stored instanceof Integer value) {
        group.add(column, value.intValue());
      } else if (stored instanceof Long value) {
        group.add(column, value.longValue());
      } else if (stored instanceof Float value) {
        group.add(column, value.floatValue());
      } else if (stored instanceof Double value) {
        group.add(column, value.doubleValue());
      } else if (stored instanceof Binary value) {
        group.add(column, value);
      }
    }
    return group;
  }

  /** Gives the file its name. */
  Path commit() {
    try {
      if (schema == null) {
        schema = Schema.of(DataFrame.empty()); // says that there are no columns
      }
      writer.close();
      Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
      writer = null;
      return file;
    } catch (IOException failed) {
      throw failure(failed);
    }
  }

  private GristmillException failure(IOException failed) {
    return new GristmillException(
        "cannot write %s: %s".formatted(file, GristmillException.reason(failed)), failed);
  }

  /** Without {@link #commit} nothing is left. */
  @Override
  public void close() {
    if (writer != null) {
      try {
        try {
          writer.close();
        } finally {
          Files.deleteIfExists(partial);
        }
      } catch (IOException left) {
        // a failure to write is told already
      }
    }
  }
}
