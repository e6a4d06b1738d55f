package org.gristmill.observe;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import org.gristmill.RunStats;

/** What the process and the GPUs take while a run goes on. Owned by the thread that drives it. */
final class MemoryUse implements AutoCloseable {
  private static final long EVERY_NANOS = 50_000_000;
  private static final BufferPoolMXBean DIRECT =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
          .filter(pool -> pool.getName().equals("direct"))
          .findFirst()
          .orElseThrow();

  private GpuUse gpus; // null until an actor has one
  private RunStats.Memory now = new RunStats.Memory(0, 0, 0, 0, 0, -1);
  private RunStats.Memory peak = now;
  private final boolean looks;
  private boolean sampled;
  private long sampledAt;

  MemoryUse() {
    this(true);
  }

  private MemoryUse(boolean looks) {
    this.looks = looks;
  }

  /** For a run that is not of this process's time. */
  static MemoryUse notLookedAt() {
    return new MemoryUse(false);
  }

  /** An actor of the run has a GPU. */
  void watchGpus() {
    if (looks && gpus == null) {
      gpus = GpuUse.start(System.getenv("PATH"));
    }
  }

  void sample(long nanoTime) {
    if (!looks) {
      return;
    }
    if (sampled && nanoTime - sampledAt < EVERY_NANOS) {
      return;
    }
    sampled = true;
    sampledAt = nanoTime;
    if (gpus != null) {
      gpus.read();
    }
    var runtime = Runtime.getRuntime();
    now =
        new RunStats.Memory(
            0,
            0,
            runtime.totalMemory() - runtime.freeMemory(),
            DIRECT.getMemoryUsed(),
            ProcessMemory.resident(),
            gpus == null ? -1 : gpus.memory());
    peak =
        new RunStats.Memory(
            0,
            0,
            Math.max(peak.heap(), now.heap()),
            Math.max(peak.direct(), now.direct()),
            Math.max(peak.process(), now.process()),
            Math.max(peak.gpu(), now.gpu()));
  }

  RunStats.Memory now() {
    return now;
  }

  RunStats.Memory peak() {
    return peak;
  }

  /** The share of time, 0..1, in which the busiest GPU had work; -1 where there is none. */
  double gpuUse() {
    return gpus == null ? -1 : gpus.busiest();
  }

  @Override
  public void close() {
    if (gpus != null) {
      gpus.close();
    }
  }
}
