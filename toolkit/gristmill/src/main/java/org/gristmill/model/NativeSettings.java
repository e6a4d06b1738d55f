package org.gristmill.model;

import com.sun.jna.Function;

/**
 * Settings of the C libraries that engines use, which have no other door than this from within a
 * process. Made before the engines are loaded; elsewhere than on Linux with glibc they are left
 * out, and everything is slower and otherwise the same.
 */
final class NativeSettings {
  private static final String LIBC = "libc.so.6";

  // Parameters of mallopt(3), from glibc's malloc.h.
  private static final int TRIM_THRESHOLD = -1;
  private static final int TOP_PAD = -2;
  private static final int MMAP_MAX = -4;

  private static final int GROWS_BY = 256 << 20;

  private NativeSettings() {}

  static void make() {
    try {
      keepFreedMemory();
      waitAsleep();
    } catch (LinkageError notGlibc) {
      // as the comment above says
    }
  }

  /**
   * Keeps glibc from giving a tensor's memory back to the system after every batch and taking it
   * again, page by page, for the next: with batches of 16 that took a third of PyTorch's time.
   * Blocks below 64 MiB of a thread's own heap may still be given back; only a variable of the
   * environment prevents that, which kernel/install sets. Other allocators, such as jemalloc, are
   * not asked.
   */
  private static void keepFreedMemory() {
    set(MMAP_MAX, 0);
    set(TRIM_THRESHOLD, Integer.MAX_VALUE);
    set(TOP_PAD, GROWS_BY);
  }

  private static void set(int parameter, int value) {
    Function.getFunction(LIBC, "mallopt").invokeInt(new Object[] {parameter, value});
  }

  /**
   * Has OpenMP's threads, which PyTorch uses where an actor has several, sleep while they wait for
   * each other. They would spin, and where other processes want the processors too, wait for one
   * that is not running: a twentieth of the speed. Who has set the variable keeps it.
   */
  private static void waitAsleep() {
    Object[] ifUnset = {"OMP_WAIT_POLICY", "passive", 0};
    Function.getFunction(LIBC, "setenv").invokeInt(ifUnset);
  }
}
