package org.gristmill.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Objects under a prefix. */
final class S3Store implements Store {
  private static final Duration SILENCE = Duration.ofSeconds(10);
  private static final Duration CALL = Duration.ofMinutes(20); // a model may be large
  private static final int EXISTS = 412; // what a conditional request is answered
  private static final int CONFLICT = 409; // another one was under way
  private static final int MOST_TRIES = 5;

  private final String bucket;
  private final String prefix; // ends with a slash, or is empty
  private final S3 s3 = new S3(SILENCE, CALL);

  S3Store(String bucket, String prefix) {
    this.bucket = bucket;
    this.prefix = prefix;
  }

  @Override
  public Optional<byte[]> read(String key) {
    try {
      return Optional.of(
          s3.client()
              .getObjectAsBytes(object -> object.bucket(bucket).key(prefix + key))
              .asByteArrayUnsafe());
    } catch (NoSuchKeyException notThere) {
      return Optional.empty();
    } catch (RuntimeException failed) {
      throw s3.failure("cannot read " + uri(key), failed);
    }
  }

  @Override
  public boolean create(String key, byte[] content) {
    for (int tries = 1; ; tries++) {
      try {
        s3.client()
            .putObject(
                object -> object.bucket(bucket).key(prefix + key).ifNoneMatch("*"),
                RequestBody.fromBytes(content));
        return true;
      } catch (S3Exception refused) {
        if (refused.statusCode() == EXISTS) {
          // A try whose answer was lost may have made it.
          return read(key).filter(there -> Arrays.equals(there, content)).isPresent();
        }
        if (refused.statusCode() != CONFLICT || tries == MOST_TRIES) {
          throw s3.failure("cannot write " + uri(key), refused);
        }
      } catch (RuntimeException failed) {
        throw s3.failure("cannot write " + uri(key), failed);
      }
    }
  }

  @Override
  public void put(String key, Path file) {
    try {
      s3.client().putObject(object -> object.bucket(bucket).key(prefix + key), file);
    } catch (RuntimeException failed) {
      throw s3.failure("cannot write " + uri(key), failed);
    }
  }

  @Override
  public void get(String key, Path file) {
    try (InputStream in =
        s3.client().getObject(object -> object.bucket(bucket).key(prefix + key))) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | RuntimeException failed) {
      throw s3.failure("cannot copy " + uri(key) + " to " + file, failed);
    }
  }

  @Override
  public List<String> names(String folder) {
    String start = folder.isEmpty() ? prefix : prefix + folder + "/";
    try {
      var names = new TreeSet<String>();
      s3.client()
          .listObjectsV2Paginator(page -> page.bucket(bucket).prefix(start).delimiter("/"))
          .forEach(
              page -> {
                page.contents().forEach(object -> names.add(name(object.key(), start)));
                page.commonPrefixes().forEach(common -> names.add(name(common.prefix(), start)));
              });
      names.remove(""); // a key that stands for the folder
      return List.copyOf(names);
    } catch (RuntimeException failed) {
      throw s3.failure("cannot list " + uri(folder), failed);
    }
  }

  private static String name(String key, String start) {
    String rest = key.substring(start.length());
    return rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
  }

  @Override
  public Optional<Path> local(String key) {
    return Optional.empty();
  }

  private String uri(String key) {
    return "s3://" + bucket + "/" + prefix + key;
  }

  @Override
  public void close() {
    s3.close();
  }

  @Override
  public String toString() {
    return uri("").replaceFirst("/$", "");
  }
}
