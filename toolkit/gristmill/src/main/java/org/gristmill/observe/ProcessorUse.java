package org.gristmill.observe;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * How busy this process, and everybody on this machine, keep the processors while a run goes on.
 * Owned by the thread that drives it.
 */
final class ProcessorUse {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final long before = SYSTEM.getProcessCpuTime();
  private final double processors = Runtime.getRuntime().availableProcessors();
  private long sampledCpu = before;
  private long sampledAt; // nanoseconds since the run began
  private boolean sampled;
  private double busy; // of all processors, by anybody: share by nanoseconds that it was
  private double watched; // nanoseconds

  /**
   * The share of all processors, 0..1, that this process used since the sample before.
   *
   * @param at nanoseconds since the run began
   */
  double sample(long at) {
    long cpu = SYSTEM.getProcessCpuTime();
    double elapsed = Math.max(1, at - sampledAt);
    double share = Math.min(1, Math.max(0, (cpu - sampledCpu) / (processors * elapsed)));
    double everybody = SYSTEM.getCpuLoad(); // since it was asked for last
    if (sampled && everybody >= 0) {
      busy += elapsed * Math.max(share, Math.min(1, everybody));
      watched += elapsed;
    }
    sampled = true;
    sampledCpu = cpu;
    sampledAt = at;
    return share;
  }

  /** Processor time of this process since the run began. */
  Duration used() {
    return Duration.ofNanos(SYSTEM.getProcessCpuTime() - before);
  }

  /** The share of all processors, 0..1, that anybody used; 0 if nobody has watched. */
  double load() {
    return watched == 0 ? 0 : busy / watched;
  }
}
