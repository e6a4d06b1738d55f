package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How fast a run could have been at most. */
@ExtendWith(NothingLeft.class)
class CeilingTest {
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  /** Computes for ten milliseconds of a processor. */
  private static List<Integer> computing(List<Integer> batch) {
    var threads = ManagementFactory.getThreadMXBean();
    long until = threads.getCurrentThreadCpuTime() + TimeUnit.MILLISECONDS.toNanos(10);
    while (threads.getCurrentThreadCpuTime() < until) {
      Thread.onSpinWait();
    }
    return batch;
  }

  private static Dataset<Integer> numbers(int n) {
    return Dataset.of(IntStream.range(0, n).boxed().toList());
  }

  @Test
  void itFollowsFromTheProcessorTimeOfARow() {
    ActorPool<Integer, Integer> pool = ActorPool.of(device -> CeilingTest::computing);

    var stats = numbers(20).mapBatches(1, pool).toList().stats();

    double ceiling = stats.ceiling().orElseThrow();
    assertTrue(ceiling <= PROCESSORS * 100.0, ceiling + " rows/s");
    assertTrue(ceiling > PROCESSORS * 50.0, ceiling + " rows/s");
    assertTrue(stats.rowsPerSecond() <= ceiling, stats.rowsPerSecond() + " of " + ceiling);
    assertTrue(stats.toString().contains("% reached"), stats.toString());
  }

  @Test
  void anActorWithThreadsOfItsOwnHasNone() {
    ActorPool<Integer, Integer> pool =
        ActorPool.of(1, device -> CeilingTest::computing); // the processors are all its own

    var stats = numbers(2).mapBatches(1, pool).toList().stats();

    assertEquals(PROCESSORS == 1, stats.ceiling().isPresent());
  }

  @Test
  void aRunThatDidNothingHasNone() {
    assertEquals(OptionalDouble.empty(), numbers(0).toList().stats().ceiling());
  }
}
