package org.gristmill.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gristmill.GristmillException;
import org.gristmill.OnError;

/**
 * How a plan is to be run.
 *
 * @param ordered whether rows come out in the order of the source
 * @param memory bytes that rows on their way may hold
 * @param redriven the dead-letter file whose rows are run, or null
 * @param threads of a stage of single rows that computes
 * @param overlapping whether stages work at the same time
 */
public record Options(
    boolean ordered,
    OnError onError,
    long memory,
    Path redriven,
    int threads,
    boolean overlapping) {
  /** Rows in order, the first error fails, a quarter of the heap, a thread a processor. */
  public static Options standard() {
    int processors = Runtime.getRuntime().availableProcessors();
    return new Options(true, OnError.fail(), Budget.ofThisJvm(), null, processors, true);
  }

  public Options unordered() {
    return new Options(false, onError, memory, redriven, threads, overlapping);
  }

  Options inOrder() {
    return new Options(true, onError, memory, redriven, threads, overlapping);
  }

  public Options onError(OnError other) {
    return new Options(ordered, other, memory, redriven, threads, overlapping);
  }

  public Options memory(long bytes) {
    return new Options(ordered, onError, bytes, redriven, threads, overlapping);
  }

  public Options redriving(Path deadLetters) {
    return new Options(ordered, onError, memory, deadLetters, threads, overlapping);
  }

  public Options threads(int other) {
    return new Options(ordered, onError, memory, redriven, other, overlapping);
  }

  public Options withoutOverlap() {
    return new Options(ordered, onError, memory, redriven, threads, false);
  }

  /**
   * @throws GristmillException if the file that is redriven would be overwritten
   */
  void check() {
    if (redriven != null && onError.deadLetters().filter(this::isRedriven).isPresent()) {
      throw new GristmillException(
          "the rows of %s are redriven, so what fails again cannot go there: give another file to OnError.setAside"
              .formatted(redriven));
    }
  }

  private boolean isRedriven(Path file) {
    try {
      return Files.exists(file) && Files.isSameFile(file, redriven);
    } catch (IOException unreadable) {
      return file.toAbsolutePath().normalize().equals(redriven.toAbsolutePath().normalize());
    }
  }

  boolean setsAside() {
    return onError.deadLetters().isPresent();
  }
}
