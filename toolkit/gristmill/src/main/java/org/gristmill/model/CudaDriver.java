package org.gristmill.model;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.ptr.IntByReference;

/**
 * NVIDIA's driver, asked for its GPUs by cuInit and cuDeviceGetCount. DJL asks CUDA's runtime
 * instead, and sees no GPU where a {@code libcudart.so} is not on the loader's path, as where
 * PyTorch brings its own. Thread-safe.
 */
public final class CudaDriver {
  private static final String LIBRARY = Platform.isWindows() ? "nvcuda" : "libcuda.so.1";

  private CudaDriver() {}

  /**
   * What the driver says.
   *
   * @param gpus how many there are; {@code CUDA_VISIBLE_DEVICES} counts
   * @param missing why there are none, or empty
   */
  public record Answer(int gpus, String missing) {}

  /** Asks it. Where there is none, there are no GPUs. */
  public static Answer ask() {
    try {
      var driver = NativeLibrary.getInstance(LIBRARY);
      int failed = call(driver, "cuInit", 0);
      if (failed != 0) {
        return new Answer(0, "the driver cannot start (cuInit says " + failed + ")");
      }
      var count = new IntByReference();
      failed = call(driver, "cuDeviceGetCount", count);
      return failed == 0 && count.getValue() > 0
          ? new Answer(count.getValue(), "")
          : new Answer(
              0,
              "the driver sees none (cuDeviceGetCount says %d, %d devices)"
                  .formatted(failed, count.getValue()));
    } catch (UnsatisfiedLinkError none) {
      return new Answer(0, "its driver, " + LIBRARY + ", is not installed");
    }
  }

  private static int call(NativeLibrary driver, String name, Object argument) {
    Function function = driver.getFunction(name);
    return function.invokeInt(new Object[] {argument});
  }
}
