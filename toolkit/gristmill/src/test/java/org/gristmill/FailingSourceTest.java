package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A source that fails is no row that can be set aside: it ends the run, after the rows before. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class FailingSourceTest {
  @TempDir Path folder;
  private final AtomicInteger closed = new AtomicInteger();
  private final List<Integer> seen = new ArrayList<>();

  /** Counts up, and fails at a number; or gives null there. */
  private final class Counting implements Iterator<Integer>, AutoCloseable {
    private final int end;
    private final Throwable failure;
    private int next;

    Counting(int end, Throwable failure) {
      this.end = end;
      this.failure = failure;
    }

    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public Integer next() {
      if (next == end && failure instanceof Error error) {
        throw error;
      }
      if (next == end && failure instanceof RuntimeException exception) {
        throw exception;
      }
      return next == end ? null : Integer.valueOf(next++);
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private Dataset<Integer> failingAt(int end, Throwable failure) {
    return Dataset.from(() -> new Counting(end, failure));
  }

  private static List<Integer> range(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  private OnError setAside() {
    return OnError.setAside(folder.resolve("letters.jsonl").toString());
  }

  @Test
  void everyRowBeforeTheFailureComesOut() throws Exception {
    for (Throwable thrown :
        List.of(new NoSuchElementException("the queue is gone"), new LinkageError("no driver"))) {
      for (boolean aside : List.of(true, false)) {
        seen.clear();
        var dataset = failingAt(1000, thrown).map(i -> i);

        var failure =
            assertThrows(
                GristmillException.class,
                () -> (aside ? dataset.onError(setAside()) : dataset).forEach(seen::add));

        assertEquals(
            "from(iterable): " + thrown.getClass().getSimpleName() + ": " + thrown.getMessage(),
            failure.getMessage());
        assertEquals(range(1000), seen);
      }
    }
    assertEquals(0, Files.size(folder.resolve("letters.jsonl")));
    assertEquals(4, closed.get());
  }

  @Test
  void theBatchesBeforeTheFailureComeOut() {
    var dataset = failingAt(100, new IllegalStateException()).mapBatches(64, 2, batch -> batch);

    assertThrows(GristmillException.class, () -> dataset.forEach(seen::add));
    assertEquals(range(64), seen, "whole batches, if nothing is set aside");

    seen.clear();
    var aside = dataset.onError(setAside());
    assertThrows(GristmillException.class, () -> aside.forEach(seen::add));
    assertEquals(range(100), seen);
  }

  @Test
  void takeDoesNotMeetAFailureBehindItsRows() {
    assertEquals(range(10), new ArrayList<>(failingAt(10, new IllegalStateException()).take(10)));
    assertEquals(1, closed.get());
  }

  @Test
  void anElementThatIsNullIsToldByItsNumber() {
    var failure =
        assertThrows(GristmillException.class, () -> failingAt(7, null).forEach(seen::add));

    assertEquals("element 7 is null: a row needs a value", failure.getMessage());
    assertEquals(range(7), seen);
    assertEquals(1, closed.get());
  }

  @Test
  void aFolderThatIsGoneWhenTheRunBeginsIsTold() throws Exception {
    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    var dataset = Dataset.readImages(pictures.toString()).onError(setAside());
    Files.delete(pictures);

    var failure = assertThrows(GristmillException.class, dataset::toList);

    assertEquals("no such file or folder: " + pictures, failure.getMessage());
  }

  @Test
  void anIteratorThatCannotBeMadeEndsTheRun() {
    Dataset<Integer> dataset =
        Dataset.from(
            () -> {
              throw new IllegalStateException("no connection");
            });

    var failure = assertThrows(RuntimeException.class, dataset::toList);

    assertTrue(failure.getMessage().contains("no connection"), failure.getMessage());
    assertFalse(Thread.interrupted());
  }
}
