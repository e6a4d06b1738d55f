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
 */
public record Options(boolean ordered, OnError onError, long memory, Path redriven) {
  /** Rows in order, the first error fails, a quarter of the heap. */
  public static Options standard() {
    return new Options(true, OnError.fail(), Budget.ofThisJvm(), null);
  }

  public Options unordered() {
    return new Options(false, onError, memory, redriven);
  }

  Options inOrder() {
    return new Options(true, onError, memory, redriven);
  }

  public Options onError(OnError other) {
    return new Options(ordered, other, memory, redriven);
  }

  public Options memory(long bytes) {
    return new Options(ordered, onError, bytes, redriven);
  }

  public Options redriving(Path deadLetters) {
    return new Options(ordered, onError, memory, deadLetters);
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
