package org.gristmill.source;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.gristmill.GristmillException;

/**
 * Files by key, such as {@code flowers/1/model.onnx}, in a folder or under a prefix in S3. A file
 * is there when it is whole, and is never changed. Thread-safe; every method throws a {@link
 * GristmillException} that says where if the disk or the network fails.
 */
public interface Store extends AutoCloseable {
  /**
   * The store that a user names. Nothing is made or asked yet.
   *
   * @param folderOrUri a path, or {@code s3://bucket/prefix}
   */
  static Store at(String folderOrUri) {
    if (!folderOrUri.startsWith("s3://")) {
      return new FolderStore(Path.of(folderOrUri));
    }
    String[] bucketAndPrefix = folderOrUri.substring("s3://".length()).split("/", 2);
    if (bucketAndPrefix[0].isBlank()) {
      throw new GristmillException("no bucket in " + folderOrUri + ": give s3://bucket/prefix");
    }
    String prefix = bucketAndPrefix.length == 1 ? "" : bucketAndPrefix[1].replaceFirst("/+$", "");
    return new S3Store(bucketAndPrefix[0], prefix.isEmpty() ? "" : prefix + "/");
  }

  /** A file's content, if it is there. */
  Optional<byte[]> read(String key);

  /**
   * Makes a file, unless there is one: of several that try at the same time, in whatever process,
   * one succeeds.
   *
   * @return whether it was made
   */
  boolean create(String key, byte[] content);

  /** Copies a file there. */
  void put(String key, Path file);

  /** Copies a file from there, over what is here: one who fails leaves a part of it. */
  void get(String key, Path file);

  /** The names of the files and folders in a folder, sorted; none if it is not there. */
  List<String> names(String folder);

  /** The file itself, where it is one on this machine. */
  Optional<Path> local(String key);

  @Override
  void close();
}
