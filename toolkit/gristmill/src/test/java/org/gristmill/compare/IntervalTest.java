package org.gristmill.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntervalTest {
  @Test
  void theIntervalIsStudentsOnLogarithms() {
    // scipy: t.interval(0.95, 4, mean(log r), sem(log r)) of these, taken back
    var interval = Interval.of(List.of(1.5, 1.6, 1.4, 1.7, 1.55));

    assertEquals(1.5467637, interval.mean(), 1e-6);
    assertEquals(1.4138219, interval.low(), 1e-6);
    assertEquals(1.6922061, interval.high(), 1e-6);
    assertFalse(interval.includesOne());
  }

  @Test
  void oneRatioTellsNothingOfItsSpread() {
    assertTrue(Interval.of(List.of(3.0)).includesOne());
  }

  @Test
  void nineteenOfTwentyIntervalsHoldTheTruth() {
    var random = new Random(1);
    int held = 0;
    int draws = 4000;
    for (int draw = 0; draw < draws; draw++) {
      var ratios = new ArrayList<Double>();
      for (int i = 0; i < 5; i++) {
        ratios.add(Math.exp(Math.log(1.3) + 0.1 * random.nextGaussian()));
      }
      var interval = Interval.of(ratios);
      held += interval.low() <= 1.3 && 1.3 <= interval.high() ? 1 : 0;
    }
    assertEquals(0.95, held / (double) draws, 0.012);
  }
}
