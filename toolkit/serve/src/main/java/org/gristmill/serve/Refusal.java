package org.gristmill.serve;

/** Why a request gets no result, as its client is told. Without a stack trace: it is no fault. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final int retryAfter; // seconds; 0 where trying again does not help

  private Refusal(int status, String message, int retryAfter) {
    super(message, null, false, false);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /**
   * @param status of HTTP
   * @param message what was wrong, where, and what to do
   */
  static Refusal of(int status, String message) {
    return new Refusal(status, message, 0);
  }

  /** The request is malformed. */
  static Refusal malformed(String message) {
    return of(400, message);
  }

  /**
   * @param seconds after which it is worth while to try again
   */
  static Refusal later(int status, String message, int seconds) {
    return new Refusal(status, message, seconds);
  }

  int status() {
    return status;
  }

  int retryAfter() {
    return retryAfter;
  }
}
