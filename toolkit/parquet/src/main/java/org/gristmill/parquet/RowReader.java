package org.gristmill.parquet;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.gristmill.GristmillException;

/** The rows of files, one file after the other. Owned by the thread that pulls a run's rows. */
final class RowReader implements Iterator<Map<String, Object>>, AutoCloseable {
  private final Iterator<Path> left;
  private Path file; // null before the first one
  private ParquetReader<Group> reader; // null between files
  private long row; // of the file
  private Map<String, Object> next; // null until it is looked for

  RowReader(List<Path> files) {
    left = files.iterator();
  }

  @Override
  public boolean hasNext() {
    while (next == null && (reader != null || left.hasNext())) {
      try {
        advance();
      } catch (IOException | RuntimeException failed) {
        throw new GristmillException(
            "cannot read %s%s: %s; it is no Parquet file, or was cut off or damaged"
                .formatted(
                    file,
                    row == 0 ? "" : " after row " + (row - 1),
                    GristmillException.reason(failed)),
            failed);
      }
    }
    return next != null;
  }

  private void advance() throws IOException {
    if (reader == null) {
      file = left.next();
      row = 0;
      reader = new Rows(new LocalInputFile(file)).build();
    }
    Group group = reader.read();
    if (group == null) {
      close();
    } else {
      next = Values.map(group);
      row++;
    }
  }

  @Override
  public Map<String, Object> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    var given = next;
    next = null;
    return given;
  }

  @Override
  public void close() throws IOException {
    if (reader != null) {
      var open = reader;
      reader = null;
      open.close();
    }
  }

  private static final class Rows extends ParquetReader.Builder<Group> {
    Rows(InputFile file) {
      super(file, new PlainParquetConfiguration());
      withCodecFactory(new Codecs(configuration));
      usePageChecksumVerification();
    }

    @Override
    protected ReadSupport<Group> getReadSupport() {
      return new GroupReadSupport();
    }
  }
}
