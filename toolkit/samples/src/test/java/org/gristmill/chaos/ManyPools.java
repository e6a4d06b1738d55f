package org.gristmill.chaos;

import static org.gristmill.chaos.Campaign.require;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.gristmill.ActorPool;
import org.gristmill.GristmillException;
import org.gristmill.Session;
import org.gristmill.chaos.Campaign.Settings;

/** Pools that are opened and closed by the thousand, well or badly, leave nothing behind. */
final class ManyPools {
  private static final int SECONDS = 300;
  private static final double MOST_GROWTH = 1.10;

  /** All of it resident from the start, so that what grows is something else. */
  private static final List<String> HEAP =
      List.of("-Xms48m", "-Xmx48m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");

  /** What a process holds; memory in MiB. */
  private record Held(int threads, long handles, long heap, long rss) {
    static Held now() throws IOException {
      System.gc();
      long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
      try (var files = Files.list(Path.of("/proc/self/fd"))) {
        long rss = Child.rss(Path.of("/proc/self/status")) >> 10;
        return new Held(Thread.getAllStackTraces().size(), files.count(), heap >> 20, rss);
      }
    }

    @Override
    public String toString() {
      return "%d threads, %d handles, heap %d MiB, RSS %d MiB"
          .formatted(threads, handles, heap, rss);
    }
  }

  private ManyPools() {}

  static String check(Settings settings) throws Exception {
    int pools = settings.times(10_000, 2_000);
    var folder = settings.folder("pools");
    try (var child = Child.java(folder, HEAP, ManyPools.class, pools)) {
      return child.result(SECONDS);
    }
  }

  /** Argument: how many pools. */
  public static void main(String[] arguments) throws IOException {
    int pools = Integer.parseInt(arguments[0]);
    Held half = null;
    for (int i = 0; i < pools; i++) {
      openAndClose(i);
      if (i == pools / 2) {
        half = Held.now();
      }
    }
    Held end = Held.now();
    String measured = "%,d pools; half way %s; at the end %s".formatted(pools, half, end);
    require(Session.start().threads().isEmpty(), "left: %s", Session.start().threads());
    require(Session.start().pools().isEmpty(), "left: %s", Session.start().pools());
    require(end.threads <= half.threads, "threads: %s", measured);
    require(end.handles <= half.handles, "handles: %s", measured);
    require(end.heap <= MOST_GROWTH * half.heap + 1, "heap: %s", measured);
    require(end.rss <= MOST_GROWTH * half.rss, "RSS: %s", measured);
    System.out.println("measured: " + measured);
  }

  /** One of ten fails, one of ten is kept warm and closed, one of a hundred writes. */
  private static void openAndClose(int i) throws IOException {
    boolean fails = i % 10 == 3;
    var pool =
        ActorPool.<Integer, Integer>of(
            1 + i % 3,
            device ->
                batch -> {
                  if (fails) {
                    throw new IllegalStateException("as planned");
                  }
                  return batch;
                });
    try (var own = i % 10 == 6 ? pool.keepWarm("pool " + i % 20) : pool) {
      var rows = Victim.numbers(8).map(row -> row + 1).mapBatches(3, own);
      if (i % 100 == 42) {
        rows.writeJsonLines("out");
        Campaign.delete(Path.of("out"));
      } else {
        rows.toList();
      }
      require(!fails, "run %d was to fail", i);
    } catch (GristmillException failed) {
      require(fails, "run %d failed: %s", i, failed.getMessage());
    }
  }
}
