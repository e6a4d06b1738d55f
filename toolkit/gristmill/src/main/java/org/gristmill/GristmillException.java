package org.gristmill;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A run that failed, or could not start. The message says what failed, where, why (the cause's
 * class and message are in the text, because a Java kernel shows no causes) and what to do.
 */
public final class GristmillException extends RuntimeException {
  private static final long serialVersionUID = 1L;

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
   * @param row the first row concerned, counted from 0 in the order of the source; -1 where there
   *     is none
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

  /** A throwable and its causes in one line. */
  public static String reason(Throwable thrown) {
    var text = new StringBuilder();
    for (Throwable t = thrown; t != null; t = t.getCause() == t ? null : t.getCause()) {
      if (text.length() > 0) {
        text.append(", caused by ");
      }
      text.append(t.getClass().getSimpleName());
      if (t.getMessage() != null) {
        text.append(": ").append(t.getMessage());
      }
    }
    return text.toString();
  }
}
