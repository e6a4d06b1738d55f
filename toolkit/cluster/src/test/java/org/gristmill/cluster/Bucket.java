package org.gristmill.cluster;

import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.gristmill.Dataset;
import org.gristmill.Image;
import org.gristmill.samples.Samples;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * Pictures in S3, which is S3Proxy in this process, on loopback and in memory. This process reads
 * from it for as long as it is open.
 */
public final class Bucket implements AutoCloseable {
  private static final String NAME = "pictures";
  private static final String ENDPOINT = "aws.endpointUrlS3";

  private final S3Proxy server;

  /**
   * The sample pictures over and over.
   *
   * @param beforeRead is called by the server's threads before each read
   */
  public Bucket(int pictures, Runnable beforeRead) throws Exception {
    var memory = new TransientNio2BlobStore();
    memory.createContainer(CreateBucketRequest.builder().bucket(NAME).build());
    List<String> names = Samples.names();
    for (int i = 0; i < pictures; i++) {
      String name = names.get(i % names.size());
      try (InputStream file = Samples.class.getResourceAsStream("/gristmill/images/" + name)) {
        String key = "%05d-%s".formatted(i, name);
        memory.putBlob(PutObjectRequest.builder().bucket(NAME).key(key).build(), file);
      }
    }
    server =
        S3Proxy.builder()
            .blobStore(new Watched(memory, beforeRead))
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.NONE, "", "")
            .ignoreUnknownHeaders(true)
            .build();
    server.start();
    System.setProperty(ENDPOINT, endpoint());
  }

  private static final class Watched extends ForwardingBlobStore {
    private final Runnable beforeRead;

    Watched(BlobStore pictures, Runnable beforeRead) {
      super(pictures);
      this.beforeRead = beforeRead;
    }

    @Override
    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
      beforeRead.run();
      return super.getBlob(request);
    }
  }

  private String endpoint() {
    return "http://127.0.0.1:" + server.getPort();
  }

  /** What executors need to read from it. */
  public Map<String, String> settings() {
    return Map.of("spark.executorEnv.AWS_ENDPOINT_URL_S3", endpoint());
  }

  public Dataset<Image> images() {
    return Dataset.readImages("s3://" + NAME + "/");
  }

  @Override
  public void close() throws Exception {
    System.clearProperty(ENDPOINT);
    server.stop();
  }
}
