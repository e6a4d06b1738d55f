package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ten thousand pools, opened and closed, leave nothing. */
@ExtendWith(NothingLeft.class)
@Timeout(180)
class ManyPoolsTest {
  private static final int POOLS = 10_000;
  private static final int SLACK = 10; // the JVM's own threads and files come and go

  private final Workers workers = new Workers();

  private static int threads() {
    return ManagementFactory.getThreadMXBean().getThreadCount();
  }

  private static long files() {
    var system = ManagementFactory.getOperatingSystemMXBean();
    return system instanceof UnixOperatingSystemMXBean unix ? unix.getOpenFileDescriptorCount() : 0;
  }

  private void run(int number) {
    var pool = ActorPool.of(1, workers.factory(batch -> batch));
    var kept = number % 10 == 0 ? pool.keepWarm("warm") : pool; // closes its predecessor

    var run = Dataset.of(List.of(1, 2, 3)).mapBatches(2, kept).toList();

    assertEquals(List.of(1, 2, 3), List.copyOf(run));
  }

  @Test
  void threadsAndFilesStayFlat() {
    for (int i = 0; i < 100; i++) {
      run(i);
    }
    int threads = threads();
    long files = files();

    for (int i = 0; i < POOLS; i++) {
      run(i);
      if (i % 1000 == 0) {
        assertTrue(
            threads() <= threads + SLACK, "%d threads, %d at first".formatted(threads(), threads));
        assertTrue(files() <= files + SLACK, "%d files, %d at first".formatted(files(), files));
      }
    }

    Session.start().close();
    assertEquals(POOLS + 100, workers.made.get());
    assertEquals(workers.made.get(), workers.closed.get());
    assertTrue(threads() <= threads + SLACK);
    assertTrue(files() <= files + SLACK);
  }
}
