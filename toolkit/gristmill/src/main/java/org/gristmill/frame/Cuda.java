package org.gristmill.frame;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import java.util.ServiceLoader;
import org.gristmill.GristmillException;

/** Whether an NVIDIA GPU can be used, asked of its driver, and what computes on it. */
public final class Cuda {
  private static final String DRIVER = "libcuda.so.1";
  private static final String OTHERWISE = "Frames.cpu() computes the same on the processor";

  private Cuda() {}

  /** See {@link org.gristmill.Frames#gpu}. */
  public static FrameEngine engine() {
    String missing = missing();
    if (!missing.isEmpty()) {
      throw new GristmillException("no NVIDIA GPU here: " + missing + "; " + OTHERWISE);
    }
    return ServiceLoader.load(FrameEngine.class, FrameEngine.class.getClassLoader())
        .findFirst()
        .orElseThrow(
            () ->
                new GristmillException(
                    "there is an NVIDIA GPU, but no cuDF on the class path: build the artifact org.gristmill:cudf with Maven's profile cudf and add it; "
                        + OTHERWISE));
  }

  /** Why no GPU can be used, or empty. By the driver's cuInit(0) and cuDeviceGetCount. */
  private static String missing() {
    try {
      var driver = NativeLibrary.getInstance(DRIVER);
      int failed = call(driver, "cuInit", 0);
      if (failed != 0) {
        return "the driver cannot start (cuInit says " + failed + ")";
      }
      var count = new IntByReference();
      failed = call(driver, "cuDeviceGetCount", count);
      return failed == 0 && count.getValue() > 0
          ? ""
          : "the driver sees none (cuDeviceGetCount says %d, %d devices)"
              .formatted(failed, count.getValue());
    } catch (UnsatisfiedLinkError none) {
      return "its driver, " + DRIVER + ", is not installed";
    }
  }

  private static int call(NativeLibrary driver, String name, Object argument) {
    Function function = driver.getFunction(name);
    return function.invokeInt(new Object[] {argument});
  }
}
