package org.gristmill;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** What a run does with a row that fails. Immutable. */
public final class OnError {
  private static final OnError FAIL = new OnError(null);

  private final Path deadLetters;

  private OnError(Path deadLetters) {
    this.deadLetters = deadLetters;
  }

  /** The first failing row, in the order in which rows come out, ends the run. */
  public static OnError fail() {
    return FAIL;
  }

  /**
   * Failing rows are set aside and everything else comes out. A failing batch is halved until only
   * the rows that fail by themselves are left. Each becomes a line of JSON in a dead-letter file:
   * its number in the source (behind batches that make any number of rows, among their results),
   * its path, the step that failed and why. {@link Dataset#redrive} runs them again.
   *
   * @param file the dead-letter file. A written run that goes on keeps its lines; any other run,
   *     {@link Dataset#take} too, starts it anew, so it is not for the file of a job that is not
   *     done
   */
  public static OnError setAside(String file) {
    return new OnError(Path.of(Objects.requireNonNull(file, "file")));
  }

  /** The dead-letter file, if rows are set aside. */
  public Optional<Path> deadLetters() {
    return Optional.ofNullable(deadLetters);
  }

  @Override
  public String toString() {
    return deadLetters == null ? "fail" : "setAside(" + deadLetters + ")";
  }
}
