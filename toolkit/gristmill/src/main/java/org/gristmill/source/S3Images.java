package org.gristmill.source;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.dataset.Row;
import org.gristmill.dataset.Rows;
import org.gristmill.pool.Actors;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The pictures among the objects whose keys begin with a prefix, in S3's order, one page listed at
 * a time. Owned by the thread that pulls a run's rows.
 */
final class S3Images implements Rows {
  private final String bucket;
  private final String prefix;
  private final S3 s3 = new S3();
  private final Actors<AutoCloseable> lister; // so that an interrupt need not wait for an answer
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
    try {
      lister = new Actors<>("list", List.of(Device.cpu()), device -> () -> {});
    } catch (Throwable noThread) {
      s3.close();
      throw noThread;
    }
  }

  @Override
  public Row<Bytes> next() throws InterruptedException {
    while (page.hasNext() || !listed) {
      if (!page.hasNext()) {
        list();
        continue;
      }
      String key = page.next().key();
      if (ImageFiles.isPictureName(key)) {
        return new Row<>(number++, "s3://" + bucket + "/" + key, () -> read(key));
      }
      skipped += key.endsWith("/") ? 0 : 1; // such a key stands for a folder
    }
    return null;
  }

  private void list() throws InterruptedException {
    String from = token;
    try {
      var next = lister.submit(nothing -> page(from)).get();
      page = next.contents().iterator();
      token = next.nextContinuationToken();
      listed = token == null;
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof GristmillException told
          ? told
          : new GristmillException(GristmillException.reason(failed.getCause()), failed.getCause());
    }
  }

  private ListObjectsV2Response page(String from) {
    try {
      return s3.client()
          .listObjectsV2(page -> page.bucket(bucket).prefix(prefix).continuationToken(from));
    } catch (RuntimeException failed) {
      throw s3.failure("cannot list s3://" + bucket + "/" + prefix, failed);
    }
  }

  private byte[] read(String key) {
    try {
      return s3.client()
          .getObjectAsBytes(object -> object.bucket(bucket).key(key))
          .asByteArrayUnsafe();
    } catch (RuntimeException failed) {
      throw s3.failure("cannot read the object", failed);
    }
  }

  @Override
  public List<String> notes() {
    String objects = skipped == 1 ? "1 object that is" : skipped + " objects that are";
    return skipped == 0 ? List.of() : List.of("skipped " + objects + " no picture by name");
  }

  @Override
  public void close() {
    lister.cancel();
    s3.close();
    lister.close();
  }
}
