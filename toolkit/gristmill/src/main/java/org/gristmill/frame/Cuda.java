package org.gristmill.frame;

import java.util.ServiceLoader;
import org.gristmill.GristmillException;
import org.gristmill.model.CudaDriver;

/** Whether an NVIDIA GPU can be used, asked of its driver, and what computes on it. */
public final class Cuda {
  private static final String OTHERWISE = "Frames.cpu() computes the same on the processor";

  private Cuda() {}

  /** See {@link org.gristmill.Frames#gpu}. */
  public static FrameEngine engine() {
    String missing = CudaDriver.ask().missing();
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
}
