package org.gristmill.serve;

import org.gristmill.GristmillException;

/** Why a request gets no result, as its client is told. Without a stack trace: it is no fault. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final int retryAfter; // seconds; 0 where trying again does not help
  private final String allow; // methods; empty where that is not the matter

  private Refusal(int status, String message, int retryAfter, String allow) {
    super(message, null, false, false);
    this.status = status;
    this.retryAfter = retryAfter;
    this.allow = allow;
  }

  /**
   * @param status of HTTP
   * @param message what was wrong, where, and what to do
   */
  static Refusal of(int status, String message) {
    return new Refusal(status, message, 0, "");
  }

  /** Something failed that is not the request's fault. */
  static Refusal failure(Throwable failed) {
    return of(500, "the service failed: " + GristmillException.reason(failed));
  }

  /** The request is malformed. */
  static Refusal malformed(String message) {
    return of(400, message);
  }

  /**
   * @param seconds after which it is worth while to try again
   */
  static Refusal later(int status, String message, int seconds) {
    return new Refusal(status, message, seconds, "");
  }

  /**
   * @param allow the methods that there are
   */
  static Refusal notAllowed(String path, String allow) {
    return new Refusal(405, path + " takes " + allow, 0, allow);
  }

  int status() {
    return status;
  }

  int retryAfter() {
    return retryAfter;
  }

  String allow() {
    return allow;
  }
}
