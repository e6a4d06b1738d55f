package org.gristmill.drift;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

  @Test
  void tooFewRowsForTwoBinsSayNothing() {
    assertEquals(1, Shift.of("class", classes(2, 1), classes(0, 2)).p());
  }
}
