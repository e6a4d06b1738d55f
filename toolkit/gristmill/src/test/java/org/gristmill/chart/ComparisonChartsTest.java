package org.gristmill.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.gristmill.ABTest;
import org.gristmill.ActorPool;
import org.gristmill.Comparison;
import org.gristmill.Dataset;
import org.gristmill.Image;
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

    assertEquals(0, inkAtTheEdges(image), "dark pixels at an edge");
  }

  @Test
  void theLabelsOfDifferencesAreNotCutOff() {
    var images =
        Dataset.of(IntStream.range(0, 90).boxed().toList())
            .map(i -> Image.of(1, 1, Image.Mode.GREY, new byte[] {(byte) i.intValue()}, null));

    var image =
        ABTest.champion("in use", says(i -> i % 2))
            .challenger("right in nearly all of the pictures", says(i -> i % 9 == 0 ? 1 : 0))
            .challenger("wrong in nearly all of the pictures", says(i -> i % 9 == 0 ? 0 : 1))
            .labels(picture -> 0)
            .run(images)
            .differenceChart();

    assertEquals(0, inkAtTheEdges(image), "dark pixels at an edge");
  }

  private static ActorPool<Image, Prediction> says(IntUnaryOperator index) {
    return ActorPool.of(
        device ->
            batch ->
                batch.stream()
                    .map(image -> index.applyAsInt(image.sample(0, 0, 0)))
                    .map(said -> new Prediction(said, "class", 1, List.of()))
                    .toList());
  }

  private static int inkAtTheEdges(BufferedImage image) {
    int ink = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < EDGE; x++) {
        ink += (image.getRGB(x, y) & 0xff) < 0x80 ? 1 : 0;
        ink += (image.getRGB(image.getWidth() - 1 - x, y) & 0xff) < 0x80 ? 1 : 0;
      }
    }
    return ink;
  }
}
