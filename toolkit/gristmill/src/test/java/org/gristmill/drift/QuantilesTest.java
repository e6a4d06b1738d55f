package org.gristmill.drift;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.apache.datasketches.kll.KllFloatsSketch;
import org.junit.jupiter.api.Test;

class QuantilesTest {
  private static final int K = 400;

  private static KllFloatsSketch sketch(float[] values) {
    var sketch = KllFloatsSketch.newHeapInstance(K);
    for (float value : values) {
      sketch.update(value);
    }
    return sketch;
  }

  private static float[] draw(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      // a continuous part and an atom, as widths of pictures have
      values[i] = random.nextInt(3) == 0 ? 500 : (float) (500 + 100 * random.nextGaussian());
    }
    return values;
  }

  /** The largest distance of the true share of rows to the one that is told. */
  private static double off(float[] values, Quantiles told) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    double most = 0;
    for (int i = 0; i < sorted.length; i++) {
      if (i + 1 == sorted.length || sorted[i + 1] > sorted[i]) {
        float rounded = Math.nextUp(sorted[i] + 0.1f); // values are told with four digits
        double share = (i + 1.0) / sorted.length;
        double above = shareAtMost(sorted, rounded + 0.1f);
        double found = told.share(rounded);
        most = Math.max(most, Math.max(share - found, found - above));
      }
    }
    return most;
  }

  private static double shareAtMost(float[] sorted, float value) {
    int at = 0;
    while (at < sorted.length && sorted[at] <= value) {
      at++;
    }
    return at / (double) sorted.length;
  }

  @Test
  void fewValuesAreKeptAsTheyAre() {
    var told = Quantiles.of(sketch(new float[] {3, 1, 2.5f, 2.5f}));

    assertArrayEquals(new float[] {1, 2.5f, 2.5f, 3}, told.values());
    assertEquals(0, told.error());
    assertEquals(0.75, told.share(2.5f));
    assertEquals(2.5, told.at(0.5));
  }

  @Test
  void sharesOfRowsAreWithinTheErrorThatIsStated() {
    var random = new Random(3);
    int beyond = 0;
    for (int draw = 0; draw < 60; draw++) {
      float[] values = draw(random, 3000);
      var told = Quantiles.of(sketch(values));
      assertEquals(0.0118, told.error(), 0.0001, "0.68 % of the sketch and half of 1 %");
      beyond += off(values, told) > told.error() ? 1 : 0;
    }
    assertTrue(beyond <= 3, beyond + " of 60 are beyond what holds with 99 %");
  }

  @Test
  void sumsAreWithinTheErrorThatTheyState() {
    var random = new Random(4);
    float[] all = draw(random, 6000);
    Quantiles sum = Quantiles.of(sketch(Arrays.copyOf(all, 1000)));
    for (int part = 1; part < 6; part++) {
      sum = sum.plus(Quantiles.of(sketch(Arrays.copyOfRange(all, 1000 * part, 1000 * (part + 1)))));
    }

    assertEquals(6000, sum.count());
    assertTrue(off(all, sum) <= sum.error(), off(all, sum) + " of " + sum.error());
    assertTrue(sum.error() < 0.04, String.valueOf(sum.error()));
  }

  @Test
  void nothingIsAddedByNothing() {
    var none = Quantiles.of(KllFloatsSketch.newHeapInstance(K));
    var some = Quantiles.of(sketch(new float[] {1, 2}));

    assertArrayEquals(some.values(), some.plus(none).values());
    assertArrayEquals(some.values(), none.plus(some).values());
    assertEquals(Double.NaN, none.at(0.5));
  }

  @Test
  void edgesPartRowsEvenlyAndDoNotRepeat() {
    float[] numbers = new float[1000];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i < 400 ? 0 : i;
    }
    var told = Quantiles.of(sketch(numbers));

    float[] edges = told.edges(10);

    assertEquals(7, edges.length, "0 stands for four tenths, and nothing is below it");
    double[] shares = told.shares(edges);
    assertEquals(0, shares[0]);
    assertEquals(0.4, shares[1], 0.011);
    for (int i = 2; i < shares.length; i++) {
      assertEquals(0.1, shares[i], 0.011);
    }
  }
}
