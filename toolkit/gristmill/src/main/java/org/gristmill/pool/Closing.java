package org.gristmill.pool;

import java.util.List;

/** Closes several things: one that fails does not keep the others open. */
public final class Closing {
  private Closing() {}

  /** Runs all of them in order, and throws the last failure with the earlier ones suppressed. */
  public static void all(List<Runnable> closings) {
    RuntimeException failure = null;
    for (Runnable closing : closings) {
      try {
        closing.run();
      } catch (RuntimeException thrown) {
        if (failure != null) {
          thrown.addSuppressed(failure);
        }
        failure = thrown;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
