package org.gristmill.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrialsTest {
  private static final int LOOKS = 1000;
  private static final int WALKS = 2000;

  @Test
  void evidenceIsTheMeanOfTheLikelihoodOverThePriorDividedByThatOfTheProbability() {
    // Beta(5/2, 3/2) / Beta(1/2, 1/2) = 1/16 for two successes and one failure.
    assertEquals(1.0 / 16 / (0.3 * 0.3 * 0.7), new Trials(2, 3).evidenceAgainst(0.3), 1e-12);
    assertEquals(1, Trials.NONE.evidenceAgainst(0.3), 1e-12);
    assertEquals(Double.POSITIVE_INFINITY, new Trials(1, 3).evidenceAgainst(0));
  }

  /** Looked at after every trial: the error is that of all looks together. */
  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.2, 0.5, 0.95})
  void theTrueProbabilityIsEverLeftOutInNoMoreThanTheStatedShareOfWalks(double truth) {
    var random = new Random(7);
    int wrong = 0;
    for (int walk = 0; walk < WALKS; walk++) {
      var trials = Trials.NONE;
      boolean left = false;
      for (int look = 0; look < LOOKS && !left; look++) {
        trials = trials.and(random.nextDouble() < truth);
        left = trials.evidenceAgainst(truth) >= 20;
      }
      wrong += left ? 1 : 0;
    }
    // 5 % of 2,000 are 100; three standard deviations of chance on top.
    assertTrue(wrong <= 100 + 3 * Math.sqrt(100 * 0.95), wrong + " of " + WALKS);
  }

  @Test
  void aTrueDifferenceIsFoundAndTheRangeShrinks() {
    var random = new Random(7);
    var trials = Trials.NONE;
    double width = 1;
    for (int look = 1; look <= 4096; look++) {
      trials = trials.and(random.nextDouble() < 0.8);
      if (Integer.bitCount(look) == 1 && look >= 64) {
        var range = trials.range(0.05);
        assertTrue(range.low() < 0.8 && 0.8 < range.high(), range + " after " + trials);
        assertTrue(range.high() - range.low() < width, range + " after " + trials);
        width = range.high() - range.low();
      }
    }
    assertTrue(trials.evidenceAgainst(0.75) > 20);
    assertTrue(width < 0.06, "width " + width);
  }

  @Test
  void theRangeHoldsWhatThereIsTooLittleEvidenceAgainst() {
    for (var trials :
        new Trials[] {new Trials(0, 10), new Trials(10, 10), new Trials(3, 10), new Trials(1, 1)}) {
      var range = trials.range(0.05);
      for (double p = 0.001; p < 1; p += 0.001) {
        boolean inside = range.low() <= p && p <= range.high();
        assertEquals(trials.evidenceAgainst(p) < 20, inside, trials + " at " + p);
      }
    }
    assertEquals(new Trials.Range(0, 1), Trials.NONE.range(0.05));
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Trials(2, 1));
    assertThrows(IllegalArgumentException.class, () -> new Trials(1, 2).range(0));
  }
}
