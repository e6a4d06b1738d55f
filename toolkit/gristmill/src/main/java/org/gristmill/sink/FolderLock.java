package org.gristmill.sink;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.gristmill.GristmillException;

/**
 * A folder that one run writes at a time. The operating system frees the lock of a process that is
 * killed; the file stays, and holds the process's number.
 */
final class FolderLock implements AutoCloseable {
  static final String NAME = ".lock";

  // Locks belong to the process: closing the lock file a second time, be it after a refused try,
  // would free the lock that another run of this process holds. So a second run is told from this
  // set, and does not open the file.
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private static final long PATIENCE_NANOS = 3_000_000_000L;

  private final Path folder;
  private final FileChannel file;

  private FolderLock(Path folder, FileChannel file) {
    this.folder = folder;
    this.file = file;
  }

  /**
   * Locks a folder that exists.
   *
   * @throws GristmillException if another run writes it
   */
  static FolderLock take(Path folder) {
    try {
      Path real = folder.toRealPath();
      if (!addedInTime(real)) {
        throw busy(folder, "process " + ProcessHandle.current().pid());
      }
      FileChannel file = null;
      try {
        file =
            FileChannel.open(
                real.resolve(NAME),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE);
        // The lock is far behind the text, which Windows would not let others read otherwise.
        FileLock lock = file.tryLock(Long.MAX_VALUE - 1, 1, false);
        if (lock == null) {
          throw busy(folder, owner(file));
        }
        file.truncate(0);
        file.write(StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"), 0);
        return new FolderLock(real, file);
      } catch (IOException | RuntimeException failed) {
        OURS.remove(real);
        if (file != null) {
          file.close();
        }
        throw failed;
      }
    } catch (IOException failed) {
      throw Disk.failure("lock", folder.resolve(NAME), failed);
    }
  }

  /**
   * A notebook's cell that was interrupted is over before its run has ended: the cell may be run
   * again at once.
   */
  private static boolean addedInTime(Path folder) {
    long until = System.nanoTime() + PATIENCE_NANOS;
    while (!OURS.add(folder)) {
      if (System.nanoTime() > until || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(20_000_000);
    }
    return true;
  }

  private static String owner(FileChannel file) throws IOException {
    var bytes = ByteBuffer.allocate(32);
    file.read(bytes, 0);
    String pid = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII).strip();
    return pid.matches("\\d+") ? "process " + pid : "another process";
  }

  private static GristmillException busy(Path folder, String who) {
    return new GristmillException(
        "%s is being written by %s: wait until it ends, or write to another folder"
            .formatted(folder, who));
  }

  /** Whether a run has ever written this folder. */
  static boolean wasTaken(Path folder) {
    return Files.exists(folder.resolve(NAME));
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException failed) {
      throw Disk.failure("unlock", folder.resolve(NAME), failed);
    } finally {
      OURS.remove(folder);
    }
  }
}
