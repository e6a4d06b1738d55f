package org.gristmill.model;

import com.sun.jna.Function;

/**
 * Keeps glibc from giving a tensor's memory back to the system after every batch and taking it
 * again, page by page, for the next: with batches of 16 that took a third of PyTorch's time. What
 * was freed is kept for the next batch. (Blocks below 64 MiB of a thread's own heap may still be
 * given back; only a variable of the environment prevents that, which kernel/install sets.) Other
 * allocators, such as jemalloc, are not asked.
 */
final class NativeHeap {
  // Parameters of mallopt(3), from glibc's malloc.h.
  private static final int TRIM_THRESHOLD = -1;
  private static final int TOP_PAD = -2;
  private static final int MMAP_MAX = -4;

  private static final int GROWS_BY = 256 << 20;

  private NativeHeap() {}

  /** Has freed memory kept from now on; does nothing where the C library is not glibc. */
  static void keepFreedMemory() {
    try {
      Function mallopt = Function.getFunction("libc.so.6", "mallopt");
      set(mallopt, MMAP_MAX, 0);
      set(mallopt, TRIM_THRESHOLD, Integer.MAX_VALUE);
      set(mallopt, TOP_PAD, GROWS_BY);
    } catch (LinkageError notGlibc) {
      // slower, and otherwise the same
    }
  }

  private static void set(Function mallopt, int parameter, int value) {
    mallopt.invokeInt(new Object[] {parameter, value});
  }
}
