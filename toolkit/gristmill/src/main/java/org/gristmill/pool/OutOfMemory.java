package org.gristmill.pool;

import java.util.Locale;

/** Tells whether something failed for want of memory: the heap's, the process's or a GPU's. */
public final class OutOfMemory {
  /** What the note of a run says whose batches were too large for memory. */
  public static final String NOTE = "ran out of memory with";

  private static final int MOST_CAUSES = 8; // they may be cyclic

  private OutOfMemory() {}

  /**
   * Whether this, or a cause of it, is an {@link OutOfMemoryError} or says what PyTorch ("CUDA out
   * of memory", "can't allocate memory", of cuBLAS and cuDNN "..._ALLOC_FAILED") and ONNX Runtime
   * ("Failed to allocate memory", "bad allocation") say in that case.
   */
  public static boolean is(Throwable thrown) {
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++, cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError || says(cause)) {
        return true;
      }
    }
    return false;
  }

  private static boolean says(Throwable thrown) {
    try {
      String message = thrown.getMessage();
      String text = message == null ? "" : message.toLowerCase(Locale.ROOT);
      return text.contains("out of memory")
          || text.contains("allocate memory")
          || text.contains("alloc_failed")
          || text.contains("bad allocation")
          || text.contains("bad_alloc");
    } catch (Throwable broken) { // a user's exception may do anything
      return false;
    }
  }
}
