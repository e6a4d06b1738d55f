package org.gristmill.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairedTest {
  /**
   * Airway hyper-responsiveness before and after a transplantation: 1 child before only, 7 after
   * only, of 21; as Fagerland, Lydersen and Laake, Recommended tests and confidence intervals for
   * paired binomial proportions, 2014, have it.
   */
  @Test
  void theTextbooksFiguresComeOut() {
    var airways = new Paired(7, 1, 21);

    assertEquals(2 * 9 / 256.0, airways.p(), 1e-12);
    var interval = airways.interval(0.05);
    assertEquals(-0.286, interval.value(), 5e-4);
    assertEquals(-0.517, interval.low(), 5e-4);
    assertEquals(-0.026, interval.high(), 5e-4);
  }

  @Test
  void theIntervalOfNoRowsApartIsThatOfTheScoreTest() {
    double z = 1.959964;
    var interval = new Paired(0, 0, 100).interval(0.05);

    assertEquals(z * z / (100 + z * z), interval.high(), 1e-6);
    assertEquals(-interval.high(), interval.low(), 1e-9);
    assertEquals(1, new Paired(0, 0, 100).p());
  }

  @Test
  void theTwoChangePlaces() {
    var one = new Paired(3, 9, 50);
    var other = new Paired(9, 3, 50);

    assertEquals(one.p(), other.p());
    assertEquals(one.anytimeP(), other.anytimeP(), 1e-12);
    assertEquals(one.interval(0.05).low(), -other.interval(0.05).high(), 1e-9);
    assertEquals(one.anytimeInterval(0.05).low(), -other.anytimeInterval(0.05).high(), 1e-9);
  }

  @Test
  void whereEveryRowTellsThemApartTheIntervalEndsAtOne() {
    var interval = new Paired(0, 30, 30).interval(0.05);

    assertEquals(1, interval.high());
    assertTrue(interval.low() > 0.7 && interval.low() < 1, interval.toString());
  }

  /** Not checked on samples of a few walks: every outcome is weighed by its probability. */
  @ParameterizedTest
  @CsvSource({ // rows, share that one alone has right, difference
    "50, 0.02, 0",
    "50, 0.1, 0",
    "50, 0.1, 0.05",
    "100, 0.01, 0",
    "100, 0.03, 0.02",
    "271, 0.01, 0",
    "271, 0.02, 0.01",
    "271, 0.02, -0.01",
    "271, 0.05, 0",
    "271, 0.12, 0.055",
    "500, 0.012, -0.01",
    "500, 0.03, -0.01",
    "1000, 0.002, 0",
    "1000, 0.01, 0.005",
    "1000, 0.012, -0.01",
    "1000, 0.03, -0.01",
    "1000, 0.05, -0.01",
    "2000, 0.03, -0.01"
  })
  void theIntervalHoldsTheDifferenceAsOftenAsItSays(int n, double discordant, double difference) {
    double covered = 0;
    double above = 0; // of a margin that is just the difference: no worse, by mistake
    var apart = BinomialDistribution.of(n, discordant);
    for (int d = 0; d <= n; d++) {
      if (apart.probability(d) < 1e-9) {
        continue;
      }
      var second = BinomialDistribution.of(d, (1 + difference / discordant) / 2);
      for (int c = 0; c <= d; c++) {
        double probability = apart.probability(d) * second.probability(c);
        var interval = new Paired(d - c, c, n).interval(0.05);
        boolean holds = interval.low() <= difference && difference <= interval.high();
        covered += holds ? probability : 0;
        above += interval.low() > difference ? probability : 0;
      }
    }
    assertTrue(covered >= 0.9495, "covered in " + covered);
    assertTrue(above <= (difference < 0 ? 0.025 : 0.035), "above in " + above);
  }

  @Test
  void theSequencesIntervalLeavesOutZeroExactlyWhenItsPIsSmall() {
    for (int first = 0; first <= 40; first++) {
      for (int second = 0; second <= 40; second++) {
        var pairs = new Paired(first, second, 200);
        var interval = pairs.anytimeInterval(0.05);
        boolean out = interval.low() > 0 || interval.high() < 0;
        assertEquals(pairs.anytimeP() <= 0.05, out, pairs + ": " + interval);
      }
    }
  }

  @Test
  void rowsThatWouldDoAreTold() {
    // 7.84 * 0.02 / 0.01^2
    assertTrue(Math.abs(1568 - new Paired(10, 9, 999).rowsToShowNoWorse(0.01)) <= 1);
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Paired(2, 2, 3));
    assertThrows(IllegalArgumentException.class, () -> new Paired(-1, 0, 3));
  }
}
