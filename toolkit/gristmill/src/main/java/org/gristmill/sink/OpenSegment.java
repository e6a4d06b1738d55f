package org.gristmill.sink;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** The segment that is being written, under a temporary name. Owned by one thread. */
final class OpenSegment {
  private static final int BUFFER = 1 << 16;

  private final Path file;
  private final Path partial;
  private final FileOutputStream disk;
  private final MessageDigest digest;
  private final OutputStream out;
  private long bytes;
  private long rows;

  OpenSegment(Path file, Optional<String> header) throws IOException {
    this.file = file;
    partial = file.resolveSibling("." + file.getFileName() + ".partial");
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IOException(impossible);
    }
    disk = new FileOutputStream(partial.toFile());
    out = new BufferedOutputStream(new DigestOutputStream(disk, digest), BUFFER);
    if (header.isPresent()) {
      write(header.get());
    }
  }

  void add(String line) throws IOException {
    write(line);
    rows++;
  }

  private void write(String line) throws IOException {
    byte[] text = line.getBytes(StandardCharsets.UTF_8);
    out.write(text);
    out.write('\n');
    bytes += text.length + 1;
  }

  long rows() {
    return rows;
  }

  /** What a failure to write names. */
  Path partial() {
    return partial;
  }

  /** Gives the file its name once its bytes are safe. */
  Manifest.Segment commit() throws IOException {
    out.flush();
    disk.getFD().sync();
    out.close();
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    Disk.sync(file.toAbsolutePath().getParent());
    String sha256 = HexFormat.of().formatHex(digest.digest());
    return new Manifest.Segment(file.getFileName().toString(), rows, bytes, sha256);
  }

  void discard() {
    try {
      disk.close();
      Files.deleteIfExists(partial);
    } catch (IOException left) {
      // the next run deletes it
    }
  }
}
