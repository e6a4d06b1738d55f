package org.gristmill.drift;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.gristmill.compare.Trials;
import org.junit.jupiter.api.Test;

class ConfidencesTest {
  /** Rows of a model that is more confident than it is right: c is right in c x c of the cases. */
  private static Confidences draw(Random random, int rows, double hardness) {
    long[] all = new long[Confidences.BINS];
    long[] right = new long[Confidences.BINS];
    for (int i = 0; i < rows; i++) {
      double confidence = Math.pow(random.nextDouble(), hardness);
      int bin = Confidences.bin(confidence);
      all[bin]++;
      right[bin] += random.nextDouble() < confidence * confidence ? 1 : 0;
    }
    return new Confidences(all, all.clone(), right);
  }

  @Test
  void confidencesOfNothingAndOfCertaintyHaveABin() {
    assertEquals(0, Confidences.bin(0));
    assertEquals(Confidences.BINS - 1, Confidences.bin(1));
    assertEquals(Confidences.BINS - 1, Confidences.bin(1.0000001), "rounded by a worker");
    assertEquals(8, Confidences.bin(0.5));
  }

  /** References and rows are drawn anew, so the interval's claim is of both. */
  @Test
  void theIntervalHasTheAccuracyInAsManyDrawsAsItSays() {
    var random = new Random(5);
    var same = Trials.NONE;
    var harder = Trials.NONE;
    for (int draw = 0; draw < 400; draw++) {
      var reference = draw(random, 300, 0.3);
      same = same.and(holds(reference, draw(random, 150, 0.3)));
      harder = harder.and(holds(reference, draw(random, 150, 0.6)));
    }
    System.out.println("within the interval: " + same + ", another mixture: " + harder);
    assertTrue(same.share() > 0.92, same.toString());
    assertTrue(harder.share() > 0.9, "only a change of the mixture: " + harder);
  }

  private static boolean holds(Confidences reference, Confidences now) {
    var expected = now.expected(reference);
    double known = now.known().share();
    return expected.low() <= known && known <= expected.high();
  }

  /** The last window of a run may be of one row. */
  @Test
  void aSingleRowIsRightOrNot() {
    long[] none = new long[Confidences.BINS];
    for (double confidence : new double[] {0, 0.1, 0.5, 0.9, 1}) {
      long[] rows = new long[Confidences.BINS];
      rows[Confidences.bin(confidence)] = 1;
      var row = new Confidences(rows, none, none);

      var expected = row.expected(new Confidences(rows, rows, rows));

      assertTrue(expected.low() <= expected.value(), expected.toString());
      assertTrue(expected.value() <= expected.high(), expected.toString());
    }
  }

  /**
   * Of 20 rows of a good model most often all are right, which a continuous interval leaves out.
   */
  @Test
  void theIntervalOfFewRowsHoldsTheSharesThatTheyCanHave() {
    var random = new Random(6);
    var all = Trials.NONE;
    for (int draw = 0; draw < 400; draw++) {
      all = all.and(holds(draw(random, 500, 0.03), draw(random, 20, 0.03)));
    }
    assertTrue(all.share() > 0.92, all.toString());
  }

  @Test
  void withoutALabelInABinItsConfidenceIsBelieved() {
    long[] none = new long[Confidences.BINS];
    long[] rows = new long[Confidences.BINS];
    rows[Confidences.bin(0.9)] = 50;
    var reference = new Confidences(none, none, none);

    var expected = new Confidences(rows, none, none).expected(reference);

    assertEquals(0.905, expected.value(), 0.005);
    assertTrue(expected.low() < 0.6, "of which little is known: " + expected);
  }
}
