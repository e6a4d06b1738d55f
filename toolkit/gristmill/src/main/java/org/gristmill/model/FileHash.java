package org.gristmill.model;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.gristmill.GristmillException;

/** What a model file's content is. Thread-safe; a file that did not change is read once. */
public final class FileHash {
  private record Version(Path file, long size, FileTime changed) {}

  // A file of 100 MB takes some 0.3 s, which every run that writes would pay again.
  private static final ConcurrentMap<Version, String> KNOWN = new ConcurrentHashMap<>();

  private FileHash() {}

  /**
   * The SHA-256 of a file, in hexadecimal.
   *
   * @throws GristmillException if it cannot be read
   */
  public static String of(Path file) {
    try {
      var version = new Version(file, Files.size(file), Files.getLastModifiedTime(file));
      String known = KNOWN.get(version);
      if (known == null) {
        known = read(file);
        KNOWN.put(version, known);
      }
      return known;
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot read the model file %s: %s".formatted(file, GristmillException.reason(failed)),
          failed);
    }
  }

  private static String read(Path file) throws IOException {
    try (var in =
        new DigestInputStream( // of java.io, which an interrupt does not close
            new FileInputStream(file.toFile()), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IOException(impossible);
    }
  }
}
