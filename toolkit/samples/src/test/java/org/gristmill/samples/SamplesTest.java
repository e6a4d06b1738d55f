package org.gristmill.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.gristmill.ActorPool;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.Run;
import org.gristmill.Session;
import org.gristmill.Verdict;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The samples' pictures through the samples' model: the tutorial's parts without its notebook. */
class SamplesTest {
  private static ActorPool<Image, Prediction> pool(String model) {
    return ActorPool.of(2, device -> new Classifier(model, device));
  }

  private static List<Prediction> naive(List<Image> batch) {
    var predictions = new ArrayList<Prediction>();
    try (var model = ImageClassifier.load(Samples.MODEL)) {
      batch.forEach(image -> predictions.add(model.classify(image)));
    }
    return predictions;
  }

  @AfterEach
  void nothingIsLeft() {
    assertEquals(List.of(), Session.start().threads());
    assertEquals(List.of(), Session.start().models());
  }

  /** Class indices by file name, as index.csv states them. */
  private static Map<String, Integer> truth() throws IOException {
    var truth = new HashMap<String, Integer>();
    try (var csv = Samples.class.getResourceAsStream("/gristmill/images/index.csv")) {
      new String(csv.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .map(line -> line.split(","))
          .forEach(cells -> truth.put("samples/" + cells[0], Integer.valueOf(cells[1])));
    }
    return truth;
  }

  @ParameterizedTest
  @ValueSource(strings = {"efficientnet_lite0", "efficientnet_lite0.onnx"})
  void everyPhotographIsClassifiedAsWhatItShows(String model) throws IOException {
    var truth = truth();

    var run = Samples.images(truth.size()).mapBatches(5, pool(model)).toList();

    for (int i = 0; i < run.size(); i++) {
      assertEquals(truth.get(run.path(i).orElseThrow()), run.get(i).index(), run.get(i).toString());
    }
  }

  /** Processors without VNNI add 8-bit products with saturation: what comes out depends on them. */
  @Test
  void theModelIn8BitsClassifiesAlmostAllPhotographsAsWhatTheyShow() throws IOException {
    var truth = truth();

    var run =
        Samples.images(truth.size()).mapBatches(5, pool("efficientnet_lite0.int8.onnx")).toList();

    var others = new ArrayList<String>();
    for (int i = 0; i < run.size(); i++) {
      String path = run.path(i).orElseThrow();
      if (truth.get(path) != run.get(i).index()) {
        others.add(path + ": " + run.get(i));
      }
    }
    assertTrue(others.size() <= truth.size() / 10, others::toString);
  }

  @Test
  void picturesThatArePreparedAheadGetTheSamePredictions() {
    var asTheyAre = Samples.images(40).mapBatches(8, pool(Samples.MODEL)).toList();

    var input = Preprocessing.of(Samples.MODEL);
    var prepared = Samples.images(40).mapBatches(8, pool(Samples.MODEL).input(input)).toList();

    assertEquals(List.copyOf(asTheyAre), List.copyOf(prepared));
    assertTrue(prepared.stats().memory().rows() < asTheyAre.stats().memory().rows());
  }

  @Test
  void aThousandRowsAreDifferentPicturesOfTheSameThings() throws IOException {
    var truth = truth();

    var run = Samples.images(120).mapBatches(16, pool(Samples.MODEL)).toList();

    long right = 0;
    for (int i = 0; i < run.size(); i++) {
      String photograph = run.path(i).orElseThrow().replaceAll("#.*", "");
      right += truth.get(photograph) == run.get(i).index() ? 1 : 0;
    }
    assertTrue(right >= 105, right + " of 120 variants keep the class of their photograph");
    assertEquals(1000, Samples.images(1000).count());
    assertEquals(
        120, run.stream().map(Prediction::confidence).distinct().count(), "all are different");
  }

  @Test
  void aRowIsTheSamePictureEveryTime() {
    var once = Samples.images(40).take(40);
    var again = Samples.images(1000).take(40);

    for (int i = 0; i < 40; i++) {
      assertEquals(once.path(i), again.path(i));
      assertEquals(once.get(i).samples(), again.get(i).samples());
    }
    assertNotEquals(once.get(12).samples(), once.get(24).samples());
  }

  @Test
  void bothArmsGiveTheSameAnswersAndCountTheirLoads() {
    var images = Samples.images(1000).limit(100);

    Run<Prediction> naive = images.mapBatches(4, 2, batch -> naive(batch)).take(20);
    Run<Prediction> pooled = images.mapBatches(16, pool(Samples.MODEL)).take(20);
    Run<Prediction> onnx = images.mapBatches(16, pool(Samples.MODEL + ".onnx")).take(20);

    assertEquals(5, naive.stats().modelLoads());
    assertEquals(2, pooled.stats().modelLoads());
    assertEquals("{4=5}", naive.stats().batchSizes().toString());
    assertEquals("{16=2}", pooled.stats().batchSizes().toString());
    for (int i = 0; i < 20; i++) {
      for (Run<Prediction> other : List.of(pooled, onnx)) {
        assertEquals(naive.path(i), other.path(i));
        assertEquals(naive.get(i).index(), other.get(i).index());
        assertEquals(naive.get(i).confidence(), other.get(i).confidence(), 1e-4f);
      }
    }
  }

  /** The tutorial's two arms: what the first one's verdict promises comes true in the second. */
  @Test
  void theNaiveArmsVerdictNamesItsRepeatedLoads() {
    var images = Samples.images(1000).limit(100);

    var verdict = images.mapBatches(4, 2, batch -> naive(batch)).toList().stats().verdict();

    assertEquals(Verdict.Bound.REPEATED_LOADS, verdict.bound(), verdict.toString());
    String measured = "Repeated loads bound this run: the model was loaded 25 times for 100 rows";
    assertTrue(verdict.toString().startsWith(measured), verdict.toString());
    var change = verdict.best().orElseThrow();
    assertEquals(Verdict.Kind.LOAD_ONCE, change.kind());
    assertTrue(change.advice().startsWith("Load it once an actor"), change.advice());
    assertTrue(change.gain() > 1.05, change.toString());
    var pooled = images.mapBatches(16, pool(Samples.MODEL)).toList().stats().verdict();
    assertNotEquals(Verdict.Bound.REPEATED_LOADS, pooled.bound(), pooled.toString());
  }

  @Test
  void greyPicturesAndSinglePixelsAreClassifiedToo() {
    var grey = Image.of(300, 200, Image.Mode.GREY, new byte[300 * 200], "grey");
    var pixel = Image.of(1, 1, Image.Mode.RGB, new byte[3], "pixel");
    var wide = Image.of(2000, 12, Image.Mode.RGB, new byte[2000 * 12 * 3], "wide");
    try (var model = ImageClassifier.load(Samples.MODEL)) {
      assertEquals(3, model.classify(List.of(grey, pixel, wide)).size());
      assertEquals(List.of(), model.classify(List.of()));
    }
  }

  @Test
  void aClosedClassifierSaysSo() {
    var model = ImageClassifier.load(Samples.MODEL);
    model.close();
    model.close();

    var failure =
        assertThrows(
            IllegalStateException.class,
            () -> model.classify(Image.of(1, 1, Image.Mode.RGB, new byte[3], null)));

    assertEquals(
        "the classifier efficientnet_lite0 is closed: load it again", failure.getMessage());
  }

  @Test
  void theSessionClosesModelsThatWereLeftOpen() {
    ImageClassifier.load(Samples.MODEL);

    assertEquals(1, Session.start().models().size());
    Session.start().close();

    assertEquals(List.of(), Session.start().models());
  }

  @Test
  void aFileWithoutPreprocessingOrThatIsNoModelIsSaid(@TempDir Path folder) throws IOException {
    Path model = Files.writeString(folder.resolve("odd.pt"), "not a model");

    var missing =
        assertThrows(GristmillException.class, () -> ImageClassifier.load(model.toString()));
    assertTrue(missing.getMessage().startsWith("nothing says how " + model), missing.getMessage());

    Files.writeString(
        folder.resolve("odd.json"),
        "{\"resize_short_side\": 256, \"interpolation\": \"bicubic\", \"center_crop\": 224}");
    var incomplete =
        assertThrows(GristmillException.class, () -> ImageClassifier.load(model.toString()));
    assertTrue(incomplete.getMessage().contains("incomplete"), incomplete.getMessage());

    Files.writeString(
        folder.resolve("odd.json"),
        "{\"resize_short_side\": 256, \"interpolation\": \"bicubic\", \"center_crop\": 224,"
            + " \"mean\": [0, 0, 0], \"std\": [1, 1, 1]}");
    var broken =
        assertThrows(GristmillException.class, () -> ImageClassifier.load(model.toString()));
    assertTrue(broken.getMessage().startsWith("cannot load " + model), broken.getMessage());
  }

  @Test
  void theLargeModelIsWrittenOnceAndRuns(@TempDir Path folder) throws IOException {
    Path model = RandomResNet50.write(folder);
    var written = Files.getLastModifiedTime(model);

    assertEquals(model, RandomResNet50.write(folder));
    assertEquals(written, Files.getLastModifiedTime(model));
    var images = Samples.images(12).toList();
    try (var classifier = ImageClassifier.load(model.toString())) {
      var together = classifier.classify(images);
      assertEquals(12, together.stream().map(Prediction::index).distinct().count());
      assertEquals(together.get(7).index(), classifier.classify(images.get(7)).index());
    }
  }

  @Test
  void everyPictureAndModelHasItsLicence() throws IOException {
    String licences;
    try (var in = Samples.class.getResourceAsStream("/gristmill/LICENSES.md")) {
      licences = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertTrue(Samples.names().size() >= 6);
    for (String name : Samples.names()) {
      assertTrue(licences.contains(name), name);
    }
    assertTrue(licences.contains("efficientnet_lite0"));
  }
}
