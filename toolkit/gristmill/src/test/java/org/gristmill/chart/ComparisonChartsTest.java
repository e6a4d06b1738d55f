package org.gristmill.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.gristmill.Comparison;
import org.gristmill.Dataset;
import org.gristmill.NothingLeft;
import org.gristmill.Prediction;
import org.gristmill.Run;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class ComparisonChartsTest {
  private static final int EDGE = 12; // pixels

  private static Run<Prediction> run(long millis) {
    return Dataset.of(IntStream.range(0, 8).boxed().toList())
        .mapBatches(
            4,
            1,
            batch -> {
              Thread.sleep(millis);
              return batch.stream().map(i -> new Prediction(i, "class", 1, List.of())).toList();
            })
        .toList();
  }

  @Test
  void theLabelOfTheFastestArmIsNotCutOff() {
    var image =
        Comparison.of("slow", () -> run(40))
            .and("the fastest arm of all, by far", () -> run(5))
            .measure(2)
            .speedUpChart();

    int ink = 0;
    for (int x = image.getWidth() - EDGE; x < image.getWidth(); x++) {
      for (int y = 0; y < image.getHeight(); y++) {
        ink += (image.getRGB(x, y) & 0xff) < 0x80 ? 1 : 0;
      }
    }
    assertEquals(0, ink, "dark pixels at the right edge");
  }
}
