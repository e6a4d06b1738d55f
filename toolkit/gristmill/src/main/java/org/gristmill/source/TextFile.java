package org.gristmill.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.gristmill.GristmillException;
import org.gristmill.sink.Manifest;

/**
 * A file of text to be read.
 *
 * @param committed what a run recorded of it
 */
record TextFile(Path path, Optional<Manifest.Segment> committed) {
  /** A row's text. */
  record Text(long line, Object value) {}

  /** A file's rows, one after the other; null at the end. */
  interface Texts {
    Text next() throws IOException;
  }

  /** How text is cut into rows. */
  interface Format {
    Texts texts(InputStream in) throws IOException;
  }

  Reading open(Format format) {
    try {
      return new Reading(this, format);
    } catch (IOException | RuntimeException failed) {
      throw failure(0, failed);
    }
  }

  private GristmillException failure(long line, Exception failed) {
    if (failed instanceof GristmillException told) {
      return told;
    }
    String where = line == 0 ? "" : " after line " + line;
    boolean isCoding =
        failed instanceof CharacterCodingException
            || failed.getCause() instanceof CharacterCodingException;
    return new GristmillException(
        isCoding
            ? "%s is not UTF-8%s: convert it".formatted(path, where)
            : "cannot read %s%s: %s".formatted(path, where, GristmillException.reason(failed)),
        failed);
  }

  /** A file that is open. Owned by one thread. */
  static final class Reading implements AutoCloseable {
    private final TextFile file;
    private final MessageDigest digest;
    private final DigestInputStream bytes;
    private final Texts texts;
    private long rows;
    private long line;

    private Reading(TextFile file, Format format) throws IOException {
      this.file = file;
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException impossible) {
        throw new IOException(impossible);
      }
      bytes = new DigestInputStream(Files.newInputStream(file.path), digest);
      bytes.on(file.committed.isPresent());
      try {
        texts = format.texts(bytes);
      } catch (IOException | RuntimeException failed) {
        bytes.close();
        throw failed;
      }
    }

    Path path() {
      return file.path;
    }

    /**
     * The next row, or null at the end.
     *
     * @throws GristmillException if the file is not what a run committed, or cannot be read
     */
    Text next() {
      try {
        var text = texts.next();
        if (text == null) {
          verify();
          return null;
        }
        rows++;
        line = text.line();
        return text;
      } catch (IOException | RuntimeException failed) {
        throw file.failure(line, failed);
      }
    }

    /** Whether what was read, to its end, is what was committed. */
    private void verify() {
      if (file.committed.isEmpty()) {
        return;
      }
      var recorded = file.committed.get();
      String sha256 = HexFormat.of().formatHex(digest.digest());
      if (rows != recorded.rows() || !sha256.equals(recorded.sha256())) {
        throw new GristmillException(
            "%s is not what a run has committed (%d rows, SHA-256 %s; committed were %d, %s): it was changed or damaged, restore it or run again into another folder"
                .formatted(file.path, rows, sha256, recorded.rows(), recorded.sha256()));
      }
    }

    @Override
    public void close() throws IOException {
      bytes.close();
    }
  }
}
