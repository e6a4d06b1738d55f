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
      return Files.createDirectories(caches.resolve("gristmill"));
    } catch (IOException | SecurityException readOnly) {
      return Files.createDirectories(
          Path.of(
              System.getProperty("java.io.tmpdir"),
              "gristmill-" + System.getProperty("user.name")));
    }
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
    Path partial = Files.createTempFile(file.getParent(), name, ".partial");
    try {
      var digest = MessageDigest.getInstance(algorithm);
      try (var hashed = new DigestInputStream(in, digest)) {
        Files.copy(hashed, partial, StandardCopyOption.REPLACE_EXISTING);
      }
      String actual = HexFormat.of().formatHex(digest.digest());
      if (!actual.equals(hash)) {
        throw new IOException(name + " has the " + algorithm + " " + actual + ", not " + hash);
      }
      return Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IOException(impossible);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
