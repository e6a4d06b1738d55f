package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.gristmill.compare.Judgement.Outcome;
import org.gristmill.image.Decode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Real models over labelled pictures, against what PyTorch made of them: shared/data/golden. */
@ExtendWith({SharedData.class, NothingLeft.class})
class ABTestGoldenTest {
  private static final Path DATA = SharedData.FOLDER;
  private static final Path IMAGES = DATA.resolve("images");

  /** A column of a file of these pictures, by their names. */
  private static Map<String, Integer> column(Path csv, int column) throws IOException {
    var values = new HashMap<String, Integer>();
    for (String line : Files.readAllLines(csv).subList(1, 272)) {
      String[] cells = line.split(",", -1);
      values.put(cells[0], Integer.valueOf(cells[column]));
    }
    return values;
  }

  private static ActorPool<Image, Prediction> pool(String file) {
    return ImageClassifier.pool(DATA.resolve("models").resolve(file).toString());
  }

  private static Image image(String name) {
    try {
      return Decode.row(Decode.read(IMAGES.resolve(name)), Image.Mode.RGB, name);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Test
  void threeModelsInOnePassAreAsAccurateAsTheReferencesAndJudgedByHand() throws IOException {
    var labels = column(DATA.resolve("labels/labels.csv"), 2);
    var images =
        Dataset.of(labels.keySet().stream().sorted().toList()).map(ABTestGoldenTest::image);

    var ab =
        ABTest.champion("lite0", pool("efficientnet_lite0.onnx"))
            .challenger("lite2", pool("efficientnet_lite2.pt"))
            .challenger("mobilenet", pool("mobilenet_v2.onnx"))
            .labels(image -> labels.get(image.path()))
            .run(images);

    // MANIFEST.md; where two classes are nearly as probable, rounding may decide.
    assertNear(244, ab.models().get(0).right().successes(), 271 - 262, ab);
    assertNear(246, ab.models().get(1).right().successes(), 271 - 250, ab);
    assertNear(229, ab.models().get(2).right().successes(), 271 - 247, ab);
    assertEquals(271, ab.rows());

    var lite0 = column(DATA.resolve("golden/efficientnet_lite0.csv"), 2);
    var mobilenet = column(DATA.resolve("golden/mobilenet_v2.csv"), 2);
    int better = 0;
    int worse = 0;
    for (String name : labels.keySet()) {
      boolean first = lite0.get(name).equals(labels.get(name));
      boolean second = mobilenet.get(name).equals(labels.get(name));
      better += second && !first ? 1 : 0;
      worse += first && !second ? 1 : 0;
    }
    double p = 2 * BinomialDistribution.of(better + worse, 0.5).cumulativeProbability(better);
    assertTrue(2 * p < 0.05, "Holm doubles the smaller of two: " + p);
    var verdict = ab.verdict("mobilenet");
    assertEquals(Outcome.WORSE, verdict.outcome(), ab.toString());
    assertNear(worse, verdict.pairs().onlyFirst(), 3, ab);
    assertNear(better, verdict.pairs().onlySecond(), 3, ab);
    assertTrue(verdict.difference().high() < 0, ab.toString());
    assertEquals(Outcome.UNDECIDED, ab.verdict("lite2").outcome(), ab.toString());
  }

  private static void assertNear(long expected, long actual, long off, ABTest ab) {
    assertTrue(Math.abs(expected - actual) <= off, () -> expected + " expected: " + ab);
  }
}
