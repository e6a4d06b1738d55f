package org.gristmill.source;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** S3Proxy in this process, on loopback and in memory, with one bucket. */
public final class S3Server implements AutoCloseable {
  public static final String BUCKET = "pictures";
  static final String KEY = "AKIATEST";
  static final String SECRET = "a/secret+of=tests";

  private final S3Proxy server;
  private final S3Client admin;

  /** Serves the files of a folder to anybody, says where, and ends with its input. */
  public static void main(String[] folder) throws Exception {
    var objects = new HashMap<String, byte[]>();
    try (var files = Files.list(Path.of(folder[0]))) {
      for (Path file : files.toList()) {
        objects.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    try (var server = new S3Server(AuthenticationType.NONE)) {
      server.put(objects);
      System.out.println("serving s3://" + BUCKET + "/ at " + server.endpoint());
      while (System.in.read() >= 0) {
        // whoever started this closes it
      }
    }
  }

  /**
   * @param who may ask: anybody, or who signs with the key above
   */
  public S3Server(AuthenticationType who) throws Exception {
    server =
        S3Proxy.builder()
            .blobStore(new TransientNio2BlobStore())
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(who, KEY, SECRET)
            .ignoreUnknownHeaders(true)
            .build();
    server.start();
    admin =
        S3Client.builder()
            .endpointOverride(endpoint())
            .forcePathStyle(true)
            .region(Region.US_EAST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create(KEY, SECRET)))
            .build();
    admin.createBucket(bucket -> bucket.bucket(BUCKET));
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  public void put(Map<String, byte[]> objects) {
    objects.entrySet().parallelStream()
        .forEach(
            object ->
                admin.putObject(
                    put -> put.bucket(BUCKET).key(object.getKey()),
                    RequestBody.fromBytes(object.getValue())));
  }

  void delete(String key) {
    admin.deleteObject(delete -> delete.bucket(BUCKET).key(key));
  }

  @Override
  public void close() throws Exception {
    admin.close();
    server.stop();
  }
}
