package org.gristmill.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How often the rest of a run takes as long as was told, on made-up runs. */
class PaceTest {
  private static final int RUNS = 200;
  private static final double LOOK = 0.1; // seconds between two looks

  /** What was told at all looks of a kind of run. */
  private static final class Told {
    private int looks;
    private int within;
    private final ArrayList<Double> widths = new ArrayList<>(); // high by low

    double coverage() {
      return within / (double) looks;
    }

    double width() {
      Collections.sort(widths);
      return widths.get(widths.size() / 2);
    }
  }

  private static long nanos(double seconds) {
    return (long) (1e9 * seconds);
  }

  private static Told told(Arrivals kind) {
    var told = new Told();
    for (int seed = 0; seed < RUNS; seed++) {
      double[] times = kind.times(new Random(seed));
      var pace = new Pace();
      double end = times[times.length - 1];
      int rows = 0;
      for (double now = LOOK; now < end; now += LOOK) {
        while (times[rows] <= now) {
          rows++;
        }
        pace.rows(nanos(now), rows);
        var remaining = pace.remaining(times.length - rows, nanos(0.5));
        if (remaining.isPresent()) {
          long rest = nanos(end - now);
          told.looks++;
          boolean within =
              remaining.get().low().toNanos() <= rest && rest <= remaining.get().high().toNanos();
          told.within += within ? 1 : 0;
          told.widths.add(
              remaining.get().high().toNanos() / (double) remaining.get().low().toNanos());
        }
      }
    }
    return told;
  }

  @ParameterizedTest
  @EnumSource
  void theRestTakesAsLongAsWasToldAtFourOfFiveLooks(Arrivals kind) {
    var told = told(kind);

    assertTrue(told.looks > 10_000, () -> told.looks + " looks");
    assertTrue(told.coverage() >= 0.8, () -> kind + ": " + told.coverage());
    assertTrue(told.width() < 9, () -> kind + ": a range of 1 to " + told.width());
  }

  @Test
  void theRestOfASteadyRunIsToldWithinATightRange() {
    var told = told(Arrivals.STEADY);

    assertTrue(told.coverage() >= 0.95, () -> "coverage " + told.coverage());
    assertTrue(told.width() < 2.5, () -> "a range of 1 to " + told.width());
  }

  @Test
  void overAllKindsOfRunsNineOfTenLooksAreRight() {
    var kinds = Arrays.stream(Arrivals.values()).map(PaceTest::told).toList();

    double mean = kinds.stream().mapToDouble(Told::coverage).average().orElseThrow();
    assertTrue(mean >= 0.9, () -> "mean coverage " + mean);
  }

  @Test
  void nothingIsToldBeforeRowsHaveComeForAWhile() {
    var pace = new Pace();
    pace.rows(nanos(1), 0);
    assertEquals(Optional.empty(), pace.remaining(100, 0));
    pace.rows(nanos(2), 1);
    pace.rows(nanos(2.1), 2);
    assertEquals(Optional.empty(), pace.remaining(100, 0), "two rows say nothing");
  }

  @Test
  void nothingIsToldWhereNoRowIsMissingThatIsKnown() {
    assertEquals(Optional.empty(), steady().remaining(0, nanos(1)));
    assertEquals(Optional.empty(), steady().remaining(-3, nanos(1)));
  }

  @Test
  void aTotalThatGrowsPutsTheEndOff() {
    var pace = steady();

    var few = pace.remaining(100, 0).orElseThrow();
    var more = pace.remaining(200, 0).orElseThrow();

    assertTrue(more.low().compareTo(few.low()) > 0);
    assertEquals(few.likely().multipliedBy(2), more.likely());
    assertEquals(nanos(10), few.likely().toNanos());
  }

  /** Ten rows a second for ten seconds. */
  private static Pace steady() {
    var pace = new Pace();
    for (int i = 0; i <= 100; i++) {
      pace.rows(nanos(1) + i * nanos(0.1), 1 + i);
    }
    return pace;
  }
}
