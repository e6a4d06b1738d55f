package org.gristmill.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Files that are kept between runs: in {@code $XDG_CACHE_HOME/gristmill} or {@code
 * ~/.cache/gristmill}, and where neither can be written in the temporary folder. A file appears
 * under its name only when it is whole and its hash is right.
 */
public final class Cache {
  private Cache() {}

  /** The folder, made if need be. */
  public static Path folder() throws IOException {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path caches =
        xdg == null || xdg.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    try {
      Path folder = Files.createDirectories(caches.resolve("gristmill"));
      if (Files.isWritable(folder)) {
        return folder;
      }
    } catch (IOException readOnly) {
      // as in a container without a home
    }
    String user = System.getProperty("user.name");
    Path folder = Path.of(System.getProperty("java.io.tmpdir"), "gristmill-" + user);
    Files.createDirectories(folder);
    if (!Files.getOwner(folder).getName().equals(user)) { // nobody else plants a model here
      throw new IOException(folder + " belongs to " + Files.getOwner(folder) + ", not to " + user);
    }
    return folder;
  }

  /**
   * Keeps a stream as a file, unless it is there already.
   *
   * @param hash of the stream's bytes, in hexadecimal; it also tells versions of a name apart
   * @throws IOException if the bytes have another hash
   */
  static Path keep(String name, InputStream in, String algorithm, String hash) throws IOException {
    Path file = folder().resolve(hash.substring(0, 12) + "-" + name);
    if (Files.exists(file)) {
      return file;
    }
    try {
      var digest = MessageDigest.getInstance(algorithm);
      var hashed = new DigestInputStream(in, digest);
      return place(
          file,
          hashed,
          () -> {
            String actual = HexFormat.of().formatHex(digest.digest());
            if (!actual.equals(hash)) {
              throw new IOException(
                  "%s has the %s %s, not %s".formatted(name, algorithm, actual, hash));
            }
          });
    } catch (NoSuchAlgorithmException impossible) {
      throw new IOException(impossible);
    }
  }

  /** What must hold before a file appears. */
  private interface Check {
    void run() throws IOException;
  }

  /** Writes a stream to a file that appears only when it is whole. */
  static Path place(Path file, InputStream in) throws IOException {
    return place(file, in, () -> {});
  }

  private static Path place(Path file, InputStream in, Check check) throws IOException {
    Path partial = Files.createTempFile(file.getParent(), "new", ".partial");
    try {
      Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
      check.run();
      return Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
