package org.gristmill;

import org.gristmill.observe.Work;

/**
 * Where a model runs, and how many threads a single operation of it may use there. Immutable.
 *
 * @param kind CPU or GPU
 * @param index the GPU's number as CUDA counts them, 0 for the CPU
 * @param threads intra-operation CPU threads: the processors divided by the actors that share them
 */
public record Device(Kind kind, int index, int threads) {
  /** The kinds of device. */
  public enum Kind {
    CPU,
    GPU
  }

  public Device {
    if (index < 0 || threads < 1) {
      throw new IllegalArgumentException(
          "a device needs index >= 0 and threads >= 1, not " + index + " and " + threads);
    }
  }

  /** The CPU with every processor this process may use. */
  public static Device cpu() {
    return new Device(Kind.CPU, 0, Runtime.getRuntime().availableProcessors());
  }

  /**
   * A GPU by its number. Nothing is checked here: loading a model on a GPU that is not there fails.
   */
  public static Device gpu(int index) {
    return new Device(Kind.GPU, index, 1);
  }

  /**
   * The device of the calling actor: inside a worker or a batch function, what the pool gave it;
   * anywhere else {@link #cpu()}.
   */
  public static Device current() {
    return Work.current().map(Work::device).orElseGet(Device::cpu);
  }

  public boolean isGpu() {
    return kind == Kind.GPU;
  }

  /** The same device with another number of threads. */
  public Device withThreads(int threads) {
    return new Device(kind, index, threads);
  }

  @Override
  public String toString() {
    return isGpu() ? "gpu:" + index : "cpu (" + threads + (threads == 1 ? " thread)" : " threads)");
  }
}
