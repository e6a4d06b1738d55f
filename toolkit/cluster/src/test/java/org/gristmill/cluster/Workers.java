package org.gristmill.cluster;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.gristmill.BatchWorker;
import org.gristmill.Device;

/**
 * A worker that can be told to misbehave, and writes down what happens to it in a file, because it
 * may be in another process than the test.
 *
 * @param log a line is added for each "made", "closed" and "batch ROWS"
 */
record Workers(String log, int millis, int fatalRow, int mostRows, int closingMillis)
    implements BatchWorker.Factory<Integer, Integer> {
  /** Rows at which a worker fails with an exception. */
  static final int BAD = -13;

  /** A row at which a worker sleeps for a minute. */
  static final int SLEEPY = -14;

  /** One at which it does that whatever happens. */
  static final int DEAF = -15;

  Workers(Path log) {
    this(log.toString(), 0, Integer.MIN_VALUE, Integer.MAX_VALUE, 0);
  }

  /** The same, each batch of which takes so long. */
  Workers slow(int millis) {
    return new Workers(log, millis, fatalRow, mostRows, closingMillis);
  }

  /** The same, which take so long to close. */
  Workers closingFor(int duration) {
    return new Workers(log, millis, fatalRow, mostRows, duration);
  }

  /** The same, which die of that row. */
  Workers dyingOf(int row) {
    return new Workers(log, millis, row, mostRows, closingMillis);
  }

  /** The same, whose memory is enough for so many rows. */
  Workers withMemoryFor(int rows) {
    return new Workers(log, millis, fatalRow, rows, closingMillis);
  }

  /** What was written down. */
  static List<String> log(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void note(String log, String line) {
    try {
      Files.writeString(
          Path.of(log), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public BatchWorker<Integer, Integer> create(Device device) {
    note(log, "made");
    return new Doubling(this);
  }

  private record Doubling(Workers how) implements BatchWorker<Integer, Integer> {
    @Override
    public List<Integer> apply(List<Integer> batch) throws Exception {
      note(how.log, "batch " + batch.size());
      Thread.sleep(how.millis);
      if (batch.size() > how.mostRows) {
        throw new OutOfMemoryError("for " + batch.size() + " rows");
      }
      var doubled = new ArrayList<Integer>();
      for (int row : batch) {
        if (row == how.fatalRow) {
          throw new StackOverflowError("at " + row);
        }
        if (row == BAD) {
          throw new Bad("cannot double " + row);
        }
        Thread.sleep(row == SLEEPY ? 60_000 : 0);
        sleepDeeply(row == DEAF ? 60 : 0);
        doubled.add(2 * row);
      }
      return doubled;
    }

    private static void sleepDeeply(int seconds) {
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      while (System.nanoTime() < until) {
        Thread.interrupted();
        LockSupport.parkNanos(until - System.nanoTime());
      }
    }

    @Override
    public void close() throws InterruptedException {
      Thread.sleep(how.closingMillis);
      note(how.log, "closed");
    }
  }

  /** An exception that cannot be serialized. */
  static final class Bad extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // that is the point
    private final Object notSerializable = new Object();

    Bad(String message) {
      super(message);
    }

    @Override
    public String getMessage() {
      return notSerializable == null ? null : super.getMessage();
    }
  }

  /** What a step of single rows does. */
  static int plusOne(int row) {
    if (row == BAD) {
      throw new Bad("no successor of " + row);
    }
    return row + 1;
  }

  /** Anything that a row may be. */
  record Point(int x, int y) implements Serializable {}
}
