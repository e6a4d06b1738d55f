package org.gristmill;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A run that failed, or could not start. The message says what failed, where, why (the cause's
 * class and message are in the text, because a Java kernel shows no causes) and what to do.
 */
public final class GristmillException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int MOST_CAUSES = 8; // they may be cyclic

  private final String stage;
  private final long row;
  private final String path;

  public GristmillException(String message) {
    this(message, null);
  }

  public GristmillException(String message, Throwable cause) {
    this(message, null, -1, null, cause);
  }

  /**
   * @param stage the step of the plan that failed
   * @param row the first row concerned, counted from 0 in the order of the source (of the results,
   *     behind batches that make any number of rows); -1 where there is none
   * @param path where that row came from, or null
   */
  public GristmillException(String message, String stage, long row, String path, Throwable cause) {
    super(message, cause);
    this.stage = stage;
    this.row = row;
    this.path = path;
  }

  /** The step of the plan that failed. */
  public Optional<String> stage() {
    return Optional.ofNullable(stage);
  }

  /** The first row concerned, counted from 0 in the order of the source. */
  public OptionalLong row() {
    return row < 0 ? OptionalLong.empty() : OptionalLong.of(row);
  }

  /** Where that row came from. */
  public Optional<String> path() {
    return Optional.ofNullable(path);
  }

  /** A throwable and its causes in one text, each told once. */
  public static String reason(Throwable thrown) {
    var text = new StringBuilder();
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++, cause = cause.getCause()) {
      String message = message(cause);
      if (text.indexOf(message) < 0) {
        text.append(depth == 0 ? "" : ", caused by ").append(message);
      }
      if (cause instanceof GristmillException) {
        break; // it has told its causes
      }
    }
    return text.toString();
  }

  private static String message(Throwable thrown) {
    String type = thrown.getClass().getSimpleName();
    try {
      String message = thrown.getMessage();
      return thrown instanceof GristmillException
          ? message
          : message == null ? type : type + ": " + message.strip();
    } catch (Throwable broken) { // a user's exception may do anything
      return type;
    }
  }
}
