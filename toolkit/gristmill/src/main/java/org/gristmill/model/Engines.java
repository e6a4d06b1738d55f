package org.gristmill.model;

import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.gristmill.GristmillException;

/**
 * The inference engines on the class path, through DJL. Thread-safe.
 *
 * <p>DJL is kept from the network: without that it would fetch natives it does not find, and report
 * its use.
 */
public final class Engines {
  static final String PYTORCH = "PyTorch";
  static final String ONNX_RUNTIME = "OnnxRuntime";
  static final String GRAPH_OPTIMIZER = "ai.djl.pytorch.graph_optimizer"; // DJL's property

  // Held, because loggers are weakly referenced. ONNX Runtime's warns of every CPU that is no GPU.
  private static final Logger LOG = Logger.getLogger("ai.djl");
  private static final Logger ORT_LOG = Logger.getLogger("ai.djl.onnxruntime.engine.OrtEngine");

  static {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    // PyTorch would optimise the graph again at each new batch size, which stalls the first batches
    // and gains nothing here: toolkit/DECISIONS.md.
    if (System.getProperty(GRAPH_OPTIMIZER) == null) {
      System.setProperty(GRAPH_OPTIMIZER, "false");
    }
    LOG.setLevel(Level.WARNING);
    ORT_LOG.setLevel(Level.SEVERE);
    NativeSettings.make();
  }

  private Engines() {}

  /** The name of the engine that runs such a file. */
  static String of(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".onnx") ? ONNX_RUNTIME : PYTORCH;
  }

  /**
   * Loads an engine's native libraries, once a process.
   *
   * @throws GristmillException if they are not there
   */
  static Engine get(String name) {
    try {
      return withDjlsLoader(() -> Engine.getEngine(name));
    } catch (Exception | LinkageError missing) {
      throw new GristmillException(
          "the engine %s is not usable: %s. Is its natives artifact (%s) on the class path?"
              .formatted(
                  name,
                  GristmillException.reason(missing),
                  name.equals(PYTORCH) ? "natives-pytorch-..." : "natives-onnxruntime"),
          missing);
    }
  }

  /** GPUs that PyTorch, with the natives on the class path, can use. */
  public static int gpuCount() {
    return gpuCount(PYTORCH);
  }

  /** GPUs that an engine can use. */
  static int gpuCount(String name) {
    Engine engine = get(name);
    if (!name.equals(PYTORCH)) {
      return engine.getGpuCount();
    }
    return engine.hasCapability(StandardCapabilities.CUDA) ? CudaDriver.ask().gpus() : 0;
  }

  /** The version of each engine, or why it is not usable. */
  public static Map<String, String> versions() {
    var versions = new LinkedHashMap<String, String>();
    for (String name : List.of(PYTORCH, ONNX_RUNTIME)) {
      try {
        versions.put(name, get(name).getVersion());
      } catch (GristmillException missing) {
        versions.put(name, "not on the class path");
      }
    }
    return versions;
  }

  /**
   * DJL looks for engines through the thread's class loader, which in a notebook sees none of our
   * jars.
   */
  static <T> T withDjlsLoader(Callable<T> action) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(Engine.class.getClassLoader());
    try {
      return action.call();
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
