package org.gristmill.chaos;

import static org.gristmill.chaos.Campaign.require;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.chaos.Campaign.Settings;

/**
 * Many more rows than memory holds, in a small heap: what the process takes does not grow. The heap
 * is resident from the start, so that its first use is no growth.
 */
final class FlatMemory {
  private static final int ROW_BYTES = 10_000;
  private static final long SAMPLE_MICROS = 50_000;
  private static final int SECONDS = 400;
  private static final double MOST_GROWTH = 1.10;

  private FlatMemory() {}

  static String check(Settings settings) throws Exception {
    int rows = settings.times(1_000_000, 200_000);
    var samples = new ArrayList<Long>();
    var folder = settings.folder("flat-memory");
    try (var child =
        Child.java(
            folder,
            List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"),
            FlatMemory.class,
            rows)) {
      long deadline = System.nanoTime() + SECONDS * 1_000_000_000L;
      child.await("running", 1, SECONDS);
      while (child.isAlive() && System.nanoTime() < deadline) {
        long rss = child.rss();
        if (rss > 0) {
          samples.add(rss);
        }
        child.pass(SAMPLE_MICROS);
      }
      String told = child.result(10);
      int third = samples.size() / 3;
      require(third >= 3, "only %d samples", samples.size());
      long second = median(samples.subList(third, 2 * third));
      long last = median(samples.subList(2 * third, samples.size()));
      long most = samples.stream().mapToLong(Long::longValue).max().orElseThrow();
      String measured =
          "%,d rows of 10 kB at -Xmx256m; RSS in MiB: median %d in the second third, %d in the last, %d at most in %d samples; its own line: %s"
              .formatted(rows, second >> 10, last >> 10, most >> 10, samples.size(), told);
      require(last <= MOST_GROWTH * second, "it grows: %s", measured);
      return measured;
    }
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** Argument: ROWS. */
  public static void main(String[] arguments) {
    int rows = Integer.parseInt(arguments[0]);
    Iterable<byte[]> source = () -> rows(rows);
    BatchWorker<byte[], byte[]> worker =
        batch -> {
          batch.forEach(row -> row[1]++);
          return batch;
        };
    long[] seen = new long[2];
    System.out.println("running");
    var stats =
        Dataset.from(source)
            .map(
                row -> {
                  byte[] copy = row.clone();
                  copy[1]++;
                  return copy;
                })
            .mapBatches(64, ActorPool.of(2, device -> worker))
            .forEach(
                row -> {
                  seen[0]++;
                  seen[1] += row[1];
                });
    if (seen[0] != rows || seen[1] != 2L * rows) {
      throw new AssertionError(seen[0] + " rows, sum " + seen[1]);
    }
    System.out.println(
        "measured: "
            + stats.table().rows().stream()
                .filter(row -> row.get(0).equals("memory"))
                .map(row -> row.get(1))
                .findFirst()
                .orElse("none"));
  }

  private static Iterator<byte[]> rows(int rows) {
    return IntStream.range(0, rows).mapToObj(i -> new byte[ROW_BYTES]).iterator();
  }
}
