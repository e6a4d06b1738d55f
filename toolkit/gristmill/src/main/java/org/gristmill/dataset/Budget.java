package org.gristmill.dataset;

import org.gristmill.observe.ProcessMemory;

/**
 * The bytes that the rows of a run may hold: those that are there, and those that running tasks are
 * expected to make. While the process takes nearly all memory there is, nothing is admitted either.
 * Owned by the driving thread.
 */
final class Budget {
  private static final double NEARLY_ALL = 0.92;

  private final long limit;
  private long held;
  private long peak;
  private boolean tight; // the process takes nearly all memory
  private boolean wasTight;

  Budget(long limit) {
    this.limit = limit;
  }

  /** A quarter of the JVM's largest heap: the rest is for models, decoders and the user. */
  static long ofThisJvm() {
    return Runtime.getRuntime().maxMemory() / 4;
  }

  boolean hasRoomFor(long bytes) {
    return !tight && held + bytes <= limit;
  }

  /** Bytes that are left; negative where a single row or batch took more. */
  long room() {
    return limit - held;
  }

  void take(long bytes) {
    held += bytes;
    peak = Math.max(peak, held);
  }

  void give(long bytes) {
    held -= bytes;
  }

  /** The process takes so many bytes. */
  void processTakes(long bytes) {
    tight = bytes > NEARLY_ALL * ProcessMemory.limit();
    wasTight |= tight;
  }

  boolean wasTight() {
    return wasTight;
  }

  long limit() {
    return limit;
  }

  long held() {
    return held;
  }

  long peak() {
    return peak;
  }
}
