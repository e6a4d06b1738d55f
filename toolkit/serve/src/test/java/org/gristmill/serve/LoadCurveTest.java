package org.gristmill.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.gristmill.chart.Look;
import org.junit.jupiter.api.Test;

class LoadCurveTest {
  private static LoadCurve.Step step(double offered, int p50, int p99, int refused, int failed) {
    return new LoadCurve.Step(
        offered,
        100,
        offered,
        Duration.ofMillis(p50),
        Duration.ofMillis((p50 + p99) / 2),
        Duration.ofMillis(p99),
        refused,
        failed);
  }

  private static final LoadCurve CURVE =
      new LoadCurve(
          List.of(
              step(10, 20, 40, 0, 0),
              step(20, 25, 80, 0, 0),
              step(30, 30, 70, 1, 0),
              step(40, 30, 70, 0, 1),
              step(50, 900, 2100, 0, 0)));

  @Test
  void whatItHeldIsTheLargestRateInTimeOfWhichNothingIsMissing() {
    assertEquals(10, CURVE.heldWithin(Duration.ofMillis(40)));
    assertEquals(20, CURVE.heldWithin(Duration.ofMillis(100)));
    assertEquals(50, CURVE.heldWithin(Duration.ofSeconds(3)));
    assertEquals(0, CURVE.heldWithin(Duration.ofMillis(39)));
  }

  @Test
  void theTableHasARowARate() {
    assertEquals(5, CURVE.table().rows().size());
    assertEquals(
        List.of("50.0", "100", "50.0", "900 ms", "1,500 ms", "2,100 ms", "0", "0"),
        CURVE.table().rows().get(4));
  }

  @Test
  void theChartHasALineForEachPercentileOfEachService() {
    var faster = new LoadCurve(List.of(step(10, 2, 4, 0, 0), step(50, 3, 9, 0, 0)));

    var chart = LoadCurve.chart(Map.of("slow", CURVE, "fast", faster));

    assertTrue(pixels(chart, Look.BLUE.getRGB()) > 300);
    assertTrue(pixels(chart, Look.ORANGE.getRGB()) > 300);
    var alone = LoadCurve.chart(Map.of("slow", CURVE));
    assertEquals(0, pixels(alone, Look.ORANGE.getRGB()));
  }

  private static int pixels(BufferedImage image, int rgb) {
    int found = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        found += image.getRGB(x, y) == rgb ? 1 : 0;
      }
    }
    return found;
  }
}
