package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.gristmill.Preprocessing.Resampling;
import org.gristmill.image.Decode;
import org.gristmill.image.Pack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** Against Pillow: transform/make.py beside the resources writes what is expected. */
@ExtendWith(NothingLeft.class)
class TransformTest {
  @TempDir Path folder;

  private static Image picture() throws IOException {
    try (var in = TransformTest.class.getResourceAsStream("transform/picture.png")) {
      return Decode.bytes(in.readAllBytes(), Image.Mode.RGB, "picture.png");
    }
  }

  /** The steps that make.py has Pillow do, by their names. */
  private static Map<String, Transform> steps() {
    var steps = new ArrayList<Transform>();
    for (var filter : Resampling.values()) {
      for (int side : new int[] {5, 30, 43, 70}) {
        steps.add(Transform.resize(side, filter));
      }
      for (int[] size : new int[][] {{20, 50}, {61, 20}, {61, 43}, {100, 7}}) {
        steps.add(Transform.resize(size[0], size[1], filter));
      }
    }
    for (int side : new int[] {1, 20, 31}) {
      steps.add(Transform.centerCrop(side));
    }
    for (double factor : new double[] {0, 0.3, 0.5, 0.9, 1, 1.2, 1.7, 3}) {
      steps.add(Transform.brightness(factor));
      steps.add(Transform.contrast(factor));
      steps.add(Transform.saturation(factor));
    }
    steps.add(Transform.crop(7, 3, 40, 11));
    steps.add(Transform.horizontalFlip());
    steps.add(Transform.verticalFlip());
    steps.add(Transform.grey());
    steps.add(Transform.rgb());
    var byName = new HashMap<String, Transform>();
    steps.forEach(step -> byName.put(step.toString(), step));
    return byName;
  }

  @ParameterizedTest
  @CsvFileSource(resources = "transform/golden.csv", numLinesToSkip = 1)
  void everySampleIsPillows(
      String step, String of, int width, int height, Image.Mode mode, String crc)
      throws IOException {
    Image picture = picture();
    Image given =
        switch (of) {
          case "grey" -> Transform.grey().apply(picture);
          case "upright" -> Transform.crop(0, 0, 31, 43).apply(picture);
          default -> picture;
        };

    Image made = steps().get(step).apply(given);

    var actual = new CRC32();
    actual.update(made.samples());
    assertEquals(
        "%d x %d, %s, %s".formatted(width, height, mode, crc),
        "%d x %d, %s, %08x".formatted(made.width(), made.height(), made.mode(), actual.getValue()));
  }

  @Test
  void everyStepKeepsThePathAndLeavesAPictureThatIsPreparedForNoModel() throws IOException {
    var input = preprocessing(50, 43, Resampling.BILINEAR);
    Image prepared = new Pack(input).prepared(picture());

    steps()
        .forEach(
            (name, step) -> {
              if (!name.startsWith("crop")) { // which does not lie in it
                assertEquals("picture.png", step.apply(prepared).path(), name);
                assertTrue(step.apply(prepared).preparedFor().isEmpty(), name);
              }
            });
  }

  private static Preprocessing preprocessing(int shortSide, int crop, Resampling filter) {
    return new Preprocessing(
        shortSide, filter, crop, List.of(0.5f, 0.5f, 0.5f), List.of(0.2f, 0.2f, 0.2f));
  }

  @Test
  void resizingAndCroppingGivesWhatAModelSees() throws IOException {
    var input = preprocessing(32, 27, Resampling.BICUBIC);
    var steps = Transform.resize(32, Resampling.BICUBIC).then(Transform.centerCrop(27));
    for (Image image : List.of(picture(), Transform.resize(40, 90).apply(picture()))) {
      assertEquals(new Pack(input).prepared(image).samples(), steps.apply(image).samples());
    }
  }

  @Test
  void aStepIsCalledWhatItDoesInPlansBeforeAndAfterTheRun() throws IOException {
    var steps = Dataset.of(List.of(picture())).map(Transform.resize(256)).map(Transform.rgb());
    var chained = Dataset.of(List.of(picture())).map(Transform.resize(256).then(Transform.rgb()));

    String name = "resize(256, bilinear) > rgb";
    assertEquals(name, steps.explain().stages().get(1).name());
    assertEquals(name, steps.toList().plan().stages().get(1).name());
    assertEquals(name, chained.explain().stages().get(1).name());
  }

  @Test
  void aJobWithOtherParametersBeginsAnew() throws IOException {
    String out = folder.resolve("out").toString();
    Image picture = picture();
    Dataset<Image> images = Dataset.of(List.of(picture, picture));

    var first = images.map(Transform.resize(20)).map(Image::width).writeJsonLines(out);
    var same = images.map(Transform.resize(20)).map(Image::width).writeJsonLines(out);
    var other = images.map(Transform.resize(21)).map(Image::width).writeJsonLines(out);

    assertEquals(List.of(2L, 0L, 2L), List.of(first.rows(), same.rows(), other.rows()));
    assertTrue(other.notes().toString().contains("superseded"), other.notes().toString());
  }

  @Test
  void aPictureThatIsTooSmallIsSetAsideAndTheOthersComeOut() throws Exception {
    Image large = picture();
    Image small = Transform.crop(0, 0, 61, 20).apply(large);
    Path letters = folder.resolve("letters.jsonl");

    var run =
        Dataset.of(List.of(large, small, large))
            .map(Transform.centerCrop(30))
            .onError(OnError.setAside(letters.toString()))
            .toList();

    assertEquals(2, run.size());
    var letter = Dataset.readJsonLines(letters.toString()).toList().get(0);
    assertEquals(1L, letter.get("row"));
    assertEquals("centerCrop(30)", letter.get("stage"));
    assertEquals(
        "centerCrop(30) failed on row 1: IllegalArgumentException: a picture of 61 x 20 (width x"
            + " height) has no part of 30 x 30 at 16, 0: resize it before (Transform.resize), or"
            + " have such rows set aside (OnError.setAside)",
        letter.get("cause"));
  }

  @Test
  void aPictureThatWouldBeTooLargeForAnyArrayIsAFailedRow() throws IOException {
    Image flat = Transform.resize(3000, 1).apply(picture());

    var refused =
        assertThrows(IllegalArgumentException.class, () -> Transform.resize(1000).apply(flat));

    assertTrue(refused.getMessage().contains("would get 3000000 x 1000"), refused.getMessage());
  }

  @Test
  void noSizeIsTooLargeToBeRefused() {
    Image flat = Image.of(1 << 20, 1, Image.Mode.GREY, new byte[1 << 20], null);

    for (int shortSide : List.of(1 << 22, 1 << 30, Integer.MAX_VALUE)) { // beyond 63 bits of area
      var refused =
          assertThrows(
              IllegalArgumentException.class, () -> Transform.resize(shortSide).apply(flat));

      assertTrue(refused.getMessage().endsWith("none can be so large"), refused.getMessage());
    }
  }

  @Test
  void badArgumentsAreRefusedWhileBuilding() {
    for (Supplier<Transform> bad :
        List.<Supplier<Transform>>of(
            () -> Transform.resize(0),
            () -> Transform.resize(10, -1),
            () -> Transform.centerCrop(0),
            () -> Transform.crop(-1, 0, 5, 5),
            () -> Transform.crop(0, 0, 0, 5),
            () -> Transform.brightness(-0.1),
            () -> Transform.contrast(Double.NaN),
            () -> Transform.saturation(Double.POSITIVE_INFINITY))) {
      var refused = assertThrows(IllegalArgumentException.class, bad::get);
      assertFalse(refused.getMessage().isBlank());
    }
  }
}
