package org.gristmill.source;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.xml.stream.XMLStreamException;
import org.gristmill.GristmillException;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * An open connection to S3, or to a server that speaks its protocol. Thread-safe.
 *
 * <p>Every call ends: connecting, waiting for bytes and a call with all its tries have their
 * limits. Closing it ends the calls in flight. The SDK's own defaults for credentials and region
 * are not used, because they would wait for the metadata service of a cloud machine on any other
 * machine.
 */
final class S3 implements AutoCloseable {
  private static final int MOST_TRIES = 5;
  private static final int MOST_CONNECTIONS = 256; // of all the actors of an executor
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Duration SILENCE = Duration.ofSeconds(10);
  private static final Duration CALL = Duration.ofMinutes(2);

  private final AwsCredentialsProvider credentials =
      AwsCredentialsProviderChain.of(
          SystemPropertyCredentialsProvider.create(),
          EnvironmentVariableCredentialsProvider.create(),
          ProfileCredentialsProvider.create(),
          ContainerCredentialsProvider.create(),
          AnonymousCredentialsProvider.create());
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(1, S3::clockThread);
  private final S3Client client;

  /**
   * Connects to nothing yet.
   *
   * @throws GristmillException if AWS's settings are malformed
   */
  S3() {
    this(SILENCE, CALL);
  }

  /**
   * The same with other limits.
   *
   * @param silence the longest wait for a byte
   * @param call the longest wait for a call with all its tries
   */
  S3(Duration silence, Duration call) {
    // The SDK's own clock would live on after its client, for as long as a call may last.
    clock.setRemoveOnCancelPolicy(true);
    try {
      client = connect(silence, call);
    } catch (RuntimeException malformed) {
      stopClock();
      String why = GristmillException.reason(malformed);
      throw new GristmillException(
          "cannot set up S3: " + why + ". Check the AWS_ variables and ~/.aws.", malformed);
    }
  }

  /** The connection of a process that only reads what another one has listed, until its end. */
  static S3 ofProcess() {
    return OfProcess.CONNECTION;
  }

  /** Connects when it is first asked for. */
  private static final class OfProcess {
    private static final S3 CONNECTION = new S3();
  }

  private static Thread clockThread(Runnable task) {
    Thread thread = Executors.defaultThreadFactory().newThread(task);
    thread.setName("gristmill s3 clock");
    thread.setDaemon(true);
    return thread;
  }

  private S3Client connect(Duration silence, Duration call) {
    var builder =
        S3Client.builder()
            .region(region())
            .crossRegionAccessEnabled(true) // the bucket's own, wherever it is
            .credentialsProvider(credentials)
            .httpClientBuilder(
                Apache5HttpClient.builder()
                    .maxConnections(MOST_CONNECTIONS)
                    .connectionTimeout(CONNECT)
                    .socketTimeout(silence))
            .overrideConfiguration(
                limits ->
                    limits
                        .apiCallTimeout(call)
                        .scheduledExecutorService(clock)
                        .retryStrategy(
                            AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(MOST_TRIES)
                                .retryOnExceptionOrCauseInstanceOf(XMLStreamException.class)
                                .build()));
    S3Client client = builder.build();
    if (client.serviceClientConfiguration().endpointOverride().isEmpty()) {
      return client;
    }
    client.close();
    return builder.forcePathStyle(true).build(); // not every server has a name for each bucket
  }

  private static Region region() {
    try {
      return new AwsRegionProviderChain(
              new SystemSettingsRegionProvider(), new AwsProfileRegionProvider())
          .getRegion();
    } catch (SdkClientException none) {
      return Region.US_EAST_1;
    }
  }

  S3Client client() {
    return client;
  }

  /** What failed, at which endpoint, why, and what to do. */
  GristmillException failure(String what, Exception thrown) {
    String endpoint =
        client
            .serviceClientConfiguration()
            .endpointOverride()
            .map(URI::toString)
            .orElse("Amazon S3");
    String text = "%s at %s: %s".formatted(what, endpoint, GristmillException.reason(thrown));
    return new GristmillException(text + ". " + advice(thrown), thrown);
  }

  private String advice(Exception thrown) {
    if (!(thrown instanceof S3Exception refusal)) {
      return "Check the network, and AWS_ENDPOINT_URL_S3 if it is set.";
    }
    if (refusal instanceof NoSuchKeyException) {
      return "The object was there when it was listed: run again for what is there now.";
    }
    return switch (refusal.statusCode()) {
      case 401, 403 -> "Access is denied " + identity() + ".";
      case 404 -> "Check the bucket's name and the endpoint.";
      default -> refusal.statusCode() >= 500 ? "Try again later." : "Check bucket and region.";
    };
  }

  private String identity() {
    String key = credentials.resolveCredentials().accessKeyId();
    return key == null
        ? "without credentials: none work in properties, environment, profile or container"
        : "to access key " + key;
  }

  @Override
  public void close() {
    client.close();
    stopClock();
  }

  private void stopClock() {
    clock.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      clock.awaitTermination(10, TimeUnit.SECONDS); // at once: it only ever interrupts others
    } catch (InterruptedException again) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
