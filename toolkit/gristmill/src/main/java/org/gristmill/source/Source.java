package org.gristmill.source;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.gristmill.GristmillException;
import org.gristmill.dataset.Rows;

/**
 * Where pictures come from. Immutable.
 *
 * @param rows lists them; opened once a run. The values are {@link Bytes}
 * @param readers how many threads of their own reads need; 0 where a read hardly waits
 */
public record Source(Supplier<Rows> rows, int readers) {
  // A read from S3 waits some 10 to 100 ms, mostly for the first byte.
  private static final int S3_READERS = 16;

  /**
   * The source that a user names.
   *
   * @param uri a path, a {@code file:} URI, or {@code s3://bucket/prefix}
   * @throws GristmillException if it is malformed, or a file or folder that is not there
   */
  public static Source of(String uri) {
    if (uri.startsWith("s3://")) {
      String[] bucketAndPrefix = uri.substring("s3://".length()).split("/", 2);
      if (bucketAndPrefix[0].isBlank()) {
        throw new GristmillException("no bucket in " + uri + ": give s3://bucket/prefix");
      }
      String prefix = bucketAndPrefix.length == 1 ? "" : bucketAndPrefix[1];
      return new Source(() -> new S3Images(bucketAndPrefix[0], prefix), S3_READERS);
    }
    Path root = ImageFiles.root(uri);
    return new Source(() -> new ImageFiles(root), 0);
  }
}
