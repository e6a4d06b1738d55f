package org.gristmill.observe;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import java.lang.management.ManagementFactory;

/** What this process takes, under the names that Prometheus's own clients give it. */
final class ProcessMetrics {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private ProcessMetrics() {}

  /** Adds them, once a registry: they are watched for as long as the process lives. */
  @SuppressWarnings("resource") // the pauses of garbage collection are watched until the end
  static void bind(MeterRegistry registry) {
    Gauge.builder("process.resident.memory", ProcessMemory::resident)
        .description("What the process takes of the machine's memory, native memory included")
        .baseUnit("bytes")
        .register(registry);
    FunctionCounter.builder("process.cpu", SYSTEM, system -> system.getProcessCpuTime() / 1e9)
        .description("Processor time of the process")
        .baseUnit("seconds")
        .register(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmGcMetrics().bindTo(registry);
  }
}
