package org.gristmill.cluster;

/**
 * An executor's process ended, or does not answer any more. An {@link Error}, because its worker is
 * gone: the actor gets another one, and its batch is worked on once more.
 */
public final class ExecutorLost extends Error {
  private static final long serialVersionUID = 1L;

  ExecutorLost(String message, Throwable cause) {
    super(message, cause);
  }
}
