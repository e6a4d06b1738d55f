package org.gristmill.drift;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShiftTest {
  private static Quantiles evenly(long rows, double from, double to) {
    float[] values = new float[100];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (from + (to - from) * (i + 0.5) / values.length);
    }
    return new Quantiles(rows, 0.01, values);
  }

  private static Classes classes(SortedMap<Integer, Long> rows) {
    return new Classes(rows);
  }

  private static Classes classes(long... rows) {
    var counts = new TreeMap<Integer, Long>();
    for (int i = 0; i < rows.length; i++) {
      counts.put(i, rows[i]);
    }
    return classes(counts);
  }

  @Test
  void kolmogorovsDistributionIsTheOneInTables() {
    assertEquals(0.10, Shift.kolmogorov(1.2238), 1e-4);
    assertEquals(0.05, Shift.kolmogorov(1.3581), 1e-4);
    assertEquals(0.01, Shift.kolmogorov(1.6276), 1e-4);
    assertEquals(1, Shift.kolmogorov(0));
    assertEquals(1, Shift.kolmogorov(0.2), 1e-9);
  }

  @Test
  void theSameIsNoShift() {
    var shift = Shift.of("x", evenly(1000, 0, 1), evenly(500, 0, 1));

    assertEquals(0, shift.distance());
    assertEquals(1, shift.p());
    assertEquals(0, shift.psi(), 1e-6);
    assertEquals(0, shift.js(), 1e-9);
  }

  @Test
  void theDistanceIsTestedLessWhatTheSummariesMayBeOff() {
    var shift = Shift.of("x", evenly(1000, 0, 1), evenly(1000, 0.1, 1.1));

    assertEquals(0.1, shift.distance(), 1e-6);
    assertEquals(Shift.kolmogorov(Math.sqrt(500) * 0.08), shift.p(), 1e-6);
  }

  /** A tenth of the rows moves from the first bin to beyond the last. */
  @Test
  void measuresAreThoseOfTheirFormulas() {
    var shift = Shift.of("x", evenly(1_000_000, 0, 1), evenly(1_000_000, 0.1, 1.1));

    double empty = 0.5 / 1_000_005;
    double lost = (empty - 0.1) * Math.log(empty / 0.1);
    double won = (0.2 - 0.1) * Math.log(0.2 / 0.1);
    assertEquals(lost + won, shift.psi(), 1e-3);
    double js = 0.5 * (0.1 * Math.log(2) + 0.1 * Math.log(0.1 / 0.15) + 0.2 * Math.log(0.2 / 0.15));
    assertEquals(js / Math.log(2), shift.js(), 1e-6);
  }

  @Test
  void completelyOtherClassesAreABit() {
    var shift = Shift.of("class", classes(500, 0), classes(0, 500));

    assertEquals(1, shift.js(), 1e-9);
    assertEquals(1, shift.distance(), 1e-9);
    assertTrue(shift.p() < 1e-9);
    assertEquals("class 0: 100 %", shift.was());
    assertEquals("class 1: 100 %", shift.is());
  }

  /** 30 of 100 against 45 of 100: the 2 x 2 table's chi-squared is 4.8. */
  @Test
  void theChiSquaredTestIsTheOneInTextbooks() {
    var shift = Shift.of("class", classes(30, 70), classes(45, 55));

    assertEquals(0.0285, shift.p(), 1e-4);
  }

  @Test
  void aThousandRareClassesShareBins() {
    var before = new TreeMap<Integer, Long>();
    var after = new TreeMap<Integer, Long>();
    for (int i = 0; i < 1000; i++) {
      before.put(i, 1L);
      after.put(i, i < 500 ? 1L : 0L);
    }

    assertTrue(Shift.of("class", classes(before), classes(before)).bins() <= 12);
    assertEquals(1, Shift.of("class", classes(before), classes(before)).p(), 1e-9);
    var narrower = Shift.of("class", classes(before), classes(after));
    assertTrue(narrower.p() > 0.01, "shared bins do not see which of their classes it was");
  }

  /** A camera's pictures are all of one size, or of two. */
  @Test
  void anotherSizeIsAShiftWhetherItIsSmallerOrLarger() {
    float[] one = new float[100];
    Arrays.fill(one, 500);
    float[] two = one.clone();
    Arrays.fill(two, 0, 50, 375);
    for (float[] sizes : List.of(one, two)) {
      for (float other : new float[] {100, 400, 600}) {
        float[] now = sizes.clone();
        Arrays.fill(now, 50, 100, other);
        Arrays.sort(now);
        var shift = Shift.of("width", new Quantiles(1000, 0, sizes), new Quantiles(1000, 0, now));
        assertTrue(shift.p() < 1e-9 && shift.psi() > 1, other + ": " + shift);
      }
    }
  }

  /** One row in 500 is of a third class: a window of 20 has one now and then. */
  @Test
  void aRareClassIsNoDriftByItself() {
    var before = classes(new TreeMap<>(Map.of(0, 2495L, 1, 2495L, 2, 10L)));

    var now = Shift.of("class", before, classes(new TreeMap<>(Map.of(0, 10L, 1, 9L, 2, 1L))));

    assertTrue(now.p() > 0.1, now.toString());
    var most = classes(new TreeMap<>(Map.of(0, 2L, 1, 2L, 2, 16L)));
    assertTrue(Shift.of("class", before, most).p() < 0.01, "no chance: 16 of 20");
  }

  @Test
  void tooFewRowsForTwoBinsSayNothing() {
    assertEquals(1, Shift.of("class", classes(2, 1), classes(0, 2)).p());
  }
}
