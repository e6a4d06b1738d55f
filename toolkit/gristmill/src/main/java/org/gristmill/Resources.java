package org.gristmill;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.gristmill.image.Decode;
import org.gristmill.model.Engines;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * What a machine has for inference. Immutable.
 *
 * @param processors CPUs that this process may use; a container's limit counts
 * @param memory bytes of memory; a container's limit counts
 * @param freeMemory bytes of it that are free
 * @param heap bytes that the Java heap may grow to
 * @param gpus GPUs that PyTorch can use with the natives on the class path
 * @param engines inference engines and their versions
 * @param decoder what decodes pictures, and its version
 * @param java the JDK's version and the platform
 */
public record Resources(
    int processors,
    long memory,
    long freeMemory,
    long heap,
    int gpus,
    Map<String, String> engines,
    String decoder,
    String java)
    implements Tabular {

  static Resources ofThisMachine() {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    var engines = Engines.versions();
    return new Resources(
        Runtime.getRuntime().availableProcessors(),
        system.getTotalMemorySize(),
        system.getFreeMemorySize(),
        Runtime.getRuntime().maxMemory(),
        engines.values().iterator().next().startsWith("not") ? 0 : Engines.gpuCount(),
        engines,
        Decode.describe(),
        "%s, %s %s"
            .formatted(
                Runtime.version(), System.getProperty("os.name"), System.getProperty("os.arch")));
  }

  /** The resources as rows of name and value. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("CPUs", String.valueOf(processors)));
    rows.add(List.of("memory", gib(memory) + ", " + gib(freeMemory) + " free"));
    rows.add(List.of("Java heap", "up to " + gib(heap)));
    rows.add(List.of("GPUs", gpus == 0 ? "none that PyTorch can use" : String.valueOf(gpus)));
    engines.forEach((engine, version) -> rows.add(List.of(engine, version)));
    rows.add(List.of("pictures", decoder));
    rows.add(List.of("Java", java));
    return new Table(List.of("", ""), rows);
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
