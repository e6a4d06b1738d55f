package org.gristmill.observe;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What this process takes of the machine's memory, native memory included. Thread-safe. */
public final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path MACHINE = Path.of("/proc/meminfo");
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final long LIMIT = SYSTEM.getTotalMemorySize();

  private ProcessMemory() {}

  /** Bytes that are resident now; where the system does not say, what the JVM's heap takes. */
  public static long resident() {
    var runtime = Runtime.getRuntime();
    return field(STATUS, "VmRSS:").orElseGet(() -> runtime.totalMemory() - runtime.freeMemory());
  }

  /** Bytes that the process may take: the machine's, or the container's. */
  public static long limit() {
    return LIMIT;
  }

  /** Bytes that can still be taken, by this process and in this container. */
  public static long available() {
    long machine = field(MACHINE, "MemAvailable:").orElseGet(SYSTEM::getFreeMemorySize);
    return Math.max(0, Math.min(machine, LIMIT - resident()));
  }

  private static OptionalLong field(Path file, String name) {
    try {
      String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      int at = text.indexOf(name);
      if (at < 0) {
        return OptionalLong.empty();
      }
      String kilobytes = text.substring(at + name.length(), text.indexOf(" kB", at)).strip();
      return OptionalLong.of(1024 * Long.parseLong(kilobytes));
    } catch (IOException | RuntimeException otherSystem) {
      return OptionalLong.empty();
    }
  }
}
