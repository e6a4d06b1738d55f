package org.gristmill.model;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.gristmill.GristmillException;

/** What a model is: the hash of its file's content, and of what else belongs to it. */
public final class FileHash {
  private FileHash() {}

  /** Whether a text is a SHA-256 as it is written here. */
  public static boolean isHash(String text) {
    return text.matches("[0-9a-f]{64}");
  }

  /** The SHA-256 of a text, in hexadecimal. */
  public static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The SHA-256 of these bytes, in hexadecimal. */
  public static String of(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * The SHA-256 of a file, in hexadecimal.
   *
   * @throws GristmillException if it cannot be read
   */
  public static String of(Path file) {
    try (var in =
        new DigestInputStream( // of java.io, which an interrupt does not close
            new FileInputStream(file.toFile()), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    } catch (IOException | NoSuchAlgorithmException failed) {
      throw new GristmillException(
          "cannot read the model file %s: %s".formatted(file, GristmillException.reason(failed)),
          failed);
    }
  }
}
