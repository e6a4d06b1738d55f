package org.gristmill.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gristmill.GristmillException;

/** Files in a folder. What is being written has a name that begins with a dot. */
final class FolderStore implements Store {
  private final Path root;

  FolderStore(Path root) {
    this.root = root;
  }

  @Override
  public Optional<byte[]> read(String key) {
    try {
      return Optional.of(Files.readAllBytes(root.resolve(key)));
    } catch (NoSuchFileException notThere) {
      return Optional.empty();
    } catch (IOException failed) {
      throw failure("read", key, failed);
    }
  }

  @Override
  public boolean create(String key, byte[] content) {
    Path file = root.resolve(key);
    try {
      Files.createDirectories(file.getParent());
      Path partial = Files.createTempFile(file.getParent(), ".new", null);
      try {
        Files.write(partial, content);
        Files.createLink(file, partial); // whole at once, and fails if there is one
        return true;
      } catch (FileAlreadyExistsException lost) {
        return false;
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (UnsupportedOperationException noLinks) {
      throw failure("write", key, new IOException("this file system has no hard links", noLinks));
    } catch (IOException failed) {
      throw failure("write", key, failed);
    }
  }

  @Override
  public void put(String key, Path file) {
    try {
      Files.createDirectories(root.resolve(key).toAbsolutePath().getParent());
      copy(file, root.resolve(key));
    } catch (IOException failed) {
      throw failure("write", key, failed);
    }
  }

  @Override
  public void get(String key, Path file) {
    try {
      Files.copy(root.resolve(key), file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failed) {
      throw failure("read", key, failed);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (InputStream in = Files.newInputStream(from)) {
      place(in, to);
    }
  }

  /** Writes a file that appears when it is whole, in a folder that is there. */
  static void place(InputStream in, Path file) throws IOException {
    Path partial = Files.createTempFile(file.toAbsolutePath().getParent(), ".new", null);
    try {
      Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  @Override
  public List<String> names(String folder) {
    Path path = root.resolve(folder);
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(path)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    } catch (IOException failed) {
      throw failure("list", folder, failed);
    }
  }

  @Override
  public Optional<Path> local(String key) {
    return Optional.of(root.resolve(key));
  }

  private GristmillException failure(String what, String key, IOException thrown) {
    return new GristmillException(
        "cannot %s %s: %s".formatted(what, root.resolve(key), GristmillException.reason(thrown)),
        thrown);
  }

  @Override
  public void close() {
    // nothing is held
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
