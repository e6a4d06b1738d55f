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

  void sample(long nanoTime) {
    if (!looks) {
      return;
    }
    if (sampled && nanoTime - sampledAt < EVERY_NANOS) {
      return;
    }
    sampled = true;
    sampledAt = nanoTime;
    var runtime = Runtime.getRuntime();
    now =
        new RunStats.Memory(
            0,
            0,
            runtime.totalMemory() - runtime.freeMemory(),
            DIRECT.getMemoryUsed(),
            ProcessMemory.resident(),
            -1);
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
    return -1;
  }

  @Override
  public void close() {}
}
