package org.gristmill.sink;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.gristmill.GristmillException;

/**
 * Files that outlast a kill and a power cut. They are written through {@code java.io}, which an
 * interrupt does not close: an interrupted run can still commit what it has.
 */
public final class Disk {
  private Disk() {}

  /** Makes the names in a folder durable, where the platform can. */
  public static void sync(Path folder) {
    boolean interrupted = Thread.interrupted(); // a channel of an interrupted thread closes
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException windows) {
      // opens no folders, and keeps their entries in its own order
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Writes a file that appears under its name, in place of what was there, when it is whole. */
  public static void place(Path file, byte[] bytes) throws IOException {
    Path partial = file.resolveSibling("." + file.getFileName() + ".partial");
    try {
      try (var out = new FileOutputStream(partial.toFile())) {
        out.write(bytes);
        out.getFD().sync();
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failed) {
      partial.toFile().delete();
      throw failed;
    }
    sync(file.toAbsolutePath().getParent());
  }

  static GristmillException failure(String doing, Path file, IOException failed) {
    return new GristmillException(
        "cannot %s %s: %s. Rows committed so far are kept: make room or give access and run again, or use another folder."
            .formatted(doing, file, GristmillException.reason(failed)),
        failed);
  }
}
