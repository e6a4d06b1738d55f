package org.gristmill.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.gristmill.ABTest;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.Run;
import org.gristmill.Session;
import org.gristmill.compare.Judgement.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A/B tests of the samples' model in its several files. */
class ModelsSideBySideTest {
  private static final String FP32 = Samples.MODEL + ".onnx";
  private static final String INT8 = Samples.MODEL + ".int8.onnx";
  private static final double MEAN = 127 / 255.0;

  @TempDir Path temp;

  @AfterEach
  void nothingIsLeft() {
    assertEquals(List.of(), Session.start().threads());
    assertEquals(List.of(), Session.start().models());
  }

  private static Run<Prediction> alone(String model, Dataset<Image> images) {
    return images.mapBatches(16, ImageClassifier.pool(model)).toList();
  }

  private static long right(Run<Prediction> run, Run<Image> images) {
    return IntStream.range(0, run.size())
        .filter(i -> run.get(i).index() == Samples.label(images.get(i)))
        .count();
  }

  @Test
  void onePassSaysWhatARunOfEachModelSays() {
    var decoded = new AtomicInteger();
    var images = Samples.images(60);
    var counted =
        images.map(
            image -> {
              decoded.incrementAndGet();
              return image;
            });

    var ab =
        ABTest.champion("fp32", ImageClassifier.pool(FP32))
            .challenger("int8", ImageClassifier.pool(INT8))
            .challenger("PyTorch", ImageClassifier.pool(Samples.MODEL + ".pt"))
            .labels(Samples::label)
            .run(counted);

    assertEquals(60, decoded.get(), "each picture is decoded once");
    var pictures = images.toList();
    var fp32 = alone(FP32, images);
    for (var model : ab.models()) {
      String file =
          model.name().equals("fp32")
              ? FP32
              : model.name().equals("int8") ? INT8 : Samples.MODEL + ".pt";
      var run = alone(file, images);
      long same =
          IntStream.range(0, 60).filter(i -> run.get(i).index() == fp32.get(i).index()).count();
      assertEquals(right(run, pictures), model.right().successes(), ab.toString());
      assertEquals(same, model.same().successes(), ab.toString());
      assertTrue(model.millisPerRow() > 0, ab.toString());
    }
    assertEquals(0, ab.verdict("PyTorch").pairs().discordant(), "the same weights");
    assertTrue(ab.models().get(2).timesAsLong().low() > 1, "PyTorch is the slower: " + ab);
  }

  /** Pictures then travel as they were decoded, and each model makes of them what it wants. */
  @Test
  void modelsThatWantTheirPicturesOtherwiseSeeThemAsTheyDoAlone() throws IOException {
    var images = Samples.images(30);
    Path dark = ModelFolders.write(temp.resolve("dark"), "dark", MEAN + 0.3, ".onnx");

    var ab =
        ABTest.champion("as it should be", ImageClassifier.pool(FP32))
            .challenger("dark", ImageClassifier.pool(dark.toString()))
            .labels(Samples::label)
            .run(images);

    assertEquals(
        right(alone(FP32, images), images.toList()), ab.models().get(0).right().successes());
    assertEquals(
        right(alone(dark.toString(), images), images.toList()),
        ab.models().get(1).right().successes());
  }

  @Test
  void aModelThatIsMuchWorseIsFoundOutWithinTheFirstRowsOfMany() throws IOException {
    Path wrong = ModelFolders.write(temp.resolve("wrong"), "wrong", MEAN + 1.5, ".onnx");

    var ab =
        ABTest.champion("v1", ImageClassifier.pool(FP32))
            .challenger("v2", ImageClassifier.pool(wrong.toString()))
            .labels(Samples::label)
            .untilDecided()
            .run(Samples.images(100_000));

    assertEquals(Outcome.WORSE, ab.verdict("v2").outcome(), ab.toString());
    assertTrue(ab.rows() <= 48, ab.toString());
    var shown = ab.disagreements(4);
    assertEquals(4, shown.pictures().size());
    assertTrue(shown.pictures().get(0).lines().get(0).endsWith(", right"), shown.toString());
  }

  @Test
  void whatIsNoSampleHasNoLabel() {
    var other = Image.of(1, 1, Image.Mode.GREY, new byte[1], "other/cat.jpg");

    assertThrows(IllegalArgumentException.class, () -> Samples.label(other));
  }

  @Test
  void aFileThatIsBrokenFailsTheTestAndLeavesNothingOpen() throws IOException {
    Path broken = ModelFolders.write(temp.resolve("broken"), "broken", MEAN, ".onnx");
    Files.write(broken.resolve("broken.onnx"), new byte[1000]);

    var failed =
        assertThrows(
            GristmillException.class,
            () ->
                ABTest.champion("v1", ImageClassifier.pool(FP32))
                    .challenger("v2", ImageClassifier.pool(broken.toString()))
                    .run(Samples.images(20)));

    assertTrue(
        failed.getMessage().contains("is not the file that was exported"), failed.toString());
  }
}
