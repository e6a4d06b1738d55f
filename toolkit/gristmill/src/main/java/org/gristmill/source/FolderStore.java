package org.gristmill.source;

import java.io.ByteArrayInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.gristmill.GristmillException;
import org.gristmill.sink.Disk;

/**
 * Files in a folder, which outlast a power cut. What is being written has a name that begins with a
 * dot.
 */
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
      Path partial = write(file, new ByteArrayInputStream(content));
      try {
        Files.createLink(file, partial); // whole at once, and fails if there is one
        Disk.sync(file.toAbsolutePath().getParent());
        return true;
      } catch (FileAlreadyExistsException lost) {
        return false;
      } finally {
        Files.delete(partial);
      }
    } catch (UnsupportedOperationException noLinks) {
      throw failure("write", key, new IOException("this file system has no hard links", noLinks));
    } catch (IOException failed) {
      throw failure("write", key, failed);
    }
  }

  @Override
  public void put(String key, Path file) {
    Path to = root.resolve(key);
    try (InputStream in = Files.newInputStream(file)) {
      Path partial = write(to, in);
      try {
        Files.move(partial, to, StandardCopyOption.ATOMIC_MOVE);
        Disk.sync(to.toAbsolutePath().getParent());
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException failed) {
      throw failure("write", key, failed);
    }
  }

  /** Writes a file beside another one, whole and on the disk. */
  private static Path write(Path file, InputStream content) throws IOException {
    Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
    // Not a temporary file, which only its owner could read.
    Path partial = folder.resolve(".new" + UUID.randomUUID());
    try (var out = new FileOutputStream(partial.toFile())) {
      content.transferTo(out);
      out.getFD().sync();
      return partial;
    } catch (IOException failed) {
      Files.deleteIfExists(partial);
      throw failed;
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
