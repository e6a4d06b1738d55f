package org.gristmill.source;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.gristmill.dataset.Row;
import org.gristmill.dataset.Rows;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The pictures among the objects whose keys begin with a prefix, in S3's order, one page listed at
 * a time. Owned by the thread that lists.
 */
final class S3Images implements Rows {
  private final String bucket;
  private final String prefix;
  private final S3 s3 = new S3();
  private Iterator<S3Object> page = Collections.emptyIterator();
  private String token; // of the next page
  private boolean listed;
  private long number;
  private int skipped;

  /**
   * Nothing is asked yet.
   *
   * @throws GristmillException if AWS's settings are malformed
   */
  S3Images(String bucket, String prefix) {
    this.bucket = bucket;
    this.prefix = prefix;
  }

  @Override
  public Row<Bytes> next() {
    while (page.hasNext() || !listed) {
      if (!page.hasNext()) {
        list();
        continue;
      }
      S3Object object = page.next();
      String key = object.key();
      if (ImageFiles.isPictureName(key)) {
        return new Row<>(
            number++, "s3://" + bucket + "/" + key, new Content(s3, bucket, key, object.eTag()));
      }
      skipped += key.endsWith("/") ? 0 : 1; // such a key stands for a folder
    }
    return null;
  }

  private void list() {
    var next = page(token);
    page = next.contents().iterator();
    token = next.nextContinuationToken();
    listed = token == null;
  }

  private ListObjectsV2Response page(String from) {
    try {
      return s3.client()
          .listObjectsV2(page -> page.bucket(bucket).prefix(prefix).continuationToken(from));
    } catch (RuntimeException failed) {
      throw s3.failure("cannot list s3://" + bucket + "/" + prefix, failed);
    }
  }

  /** An object's bytes, told apart by its ETag. */
  private static final class Content implements Bytes {
    private static final long serialVersionUID = 1L;
    private final transient S3 s3; // null in another process than that which listed the object
    private final String bucket;
    private final String key;
    private final String version;

    Content(S3 s3, String bucket, String key, String version) {
      this.s3 = s3;
      this.bucket = bucket;
      this.key = key;
      this.version = version;
    }

    @Override
    public byte[] read() {
      S3 open = s3 == null ? S3.ofProcess() : s3;
      try {
        return open.client()
            .getObjectAsBytes(object -> object.bucket(bucket).key(key))
            .asByteArrayUnsafe();
      } catch (RuntimeException failed) {
        throw open.failure("cannot read the object", failed);
      }
    }

    @Override
    public String version() {
      return version;
    }
  }

  @Override
  public List<String> notes() {
    String objects = skipped == 1 ? "1 object that is" : skipped + " objects that are";
    return skipped == 0 ? List.of() : List.of("skipped " + objects + " no picture by name");
  }

  @Override
  public void interrupt() {
    s3.close(); // which ends its calls
  }
}
