package org.gristmill.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.Session;
import org.gristmill.model.ModelFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that kernel/export-model wrote, and {@code ImageClassifier.load}. */
class ModelFolderTest {
  private static final double MEAN = 127 / 255.0;

  @TempDir Path temp;

  @AfterEach
  void nothingIsLeft() {
    assertEquals(List.of(), Session.start().models());
  }

  private static Image bee() {
    return Samples.images(1).take(1).get(0);
  }

  private static void assertSame(Prediction expected, Prediction actual) {
    assertEquals(expected.label(), actual.label());
    assertEquals(expected.confidence(), actual.confidence(), 1e-5f);
  }

  @Test
  void aFolderIsTakenInFullPrecisionAndOnnxOnTheCpu() throws IOException {
    Path folder =
        ModelFolders.write(temp.resolve("lite"), "lite.0", MEAN, ".int8.onnx", ".pt", ".onnx");

    assertEquals("lite.0.onnx", fileOf(folder, Device.cpu()));
    assertEquals("lite.0.pt", fileOf(folder, Device.gpu(0)));
    try (var model = ImageClassifier.load(folder.toString());
        var same = ImageClassifier.load(Samples.MODEL + ".onnx")) {
      assertSame(same.classify(bee()), model.classify(bee()));
    }
  }

  private static String fileOf(Path folder, Device device) throws IOException {
    return ModelFile.find(folder.toString(), device).file().getFileName().toString();
  }

  @Test
  void reducedPrecisionIsNeverTakenWithoutBeingNamed() throws IOException {
    Path folder = ModelFolders.write(temp.resolve("lite"), "lite", MEAN, ".int8.onnx");

    var failure =
        assertThrows(
            GristmillException.class, () -> ImageClassifier.load(folder.toString(), Device.cpu()));

    assertEquals(
        folder.resolve("lite.json") + " names neither lite.onnx nor lite.pt", failure.getMessage());
    try (var model = ImageClassifier.load(folder.resolve("lite.int8.onnx").toString());
        var same = ImageClassifier.load(Samples.MODEL + ".int8.onnx")) {
      assertSame(same.classify(bee()), model.classify(bee()));
    }
  }

  @Test
  void aFileThatIsNotTheExportedOneIsRefused() throws IOException {
    Path folder = ModelFolders.write(temp.resolve("lite"), "lite", MEAN, ".onnx");
    Path file = folder.resolve("lite.onnx");
    ImageClassifier.load(folder.toString(), Device.cpu()).close(); // it is right, and known to be
    byte[] content = Files.readAllBytes(file);
    content[content.length / 2] ^= 1;
    Files.write(file, content);
    Files.setLastModifiedTime(file, FileTime.fromMillis(0));

    for (String path : List.of(folder.toString(), file.toString())) {
      var failure =
          assertThrows(GristmillException.class, () -> ImageClassifier.load(path, Device.cpu()));
      String message = failure.getMessage();
      assertTrue(
          message.startsWith(file + " is not the file that was exported: its SHA-256 is "),
          message);
      assertTrue(message.endsWith("export the model again, or copy its folder again."), message);
    }
  }

  @Test
  void aFileThatTheFolderLacksIsNamed() throws IOException {
    Path folder = ModelFolders.write(temp.resolve("lite"), "lite", MEAN, ".onnx");
    Files.delete(folder.resolve("lite.onnx"));

    var failure =
        assertThrows(
            GristmillException.class, () -> ImageClassifier.load(folder.toString(), Device.cpu()));

    assertTrue(
        failure.getMessage().startsWith(folder.resolve("lite.onnx") + " is missing"),
        failure.getMessage());
  }

  @Test
  void aFolderWithoutAModelOrWithTwoIsRefused() throws IOException {
    Path folder = Files.createDirectories(temp.resolve("models"));
    Files.writeString(folder.resolve("config.json"), "{\"architectures\": []}");
    var none =
        assertThrows(
            GristmillException.class, () -> ImageClassifier.load(folder.toString(), Device.cpu()));
    ModelFolders.write(folder, "one", MEAN, ".onnx");
    Files.delete(folder.resolve("labels.txt"));
    ModelFolders.write(folder, "two", MEAN, ".onnx");
    var two =
        assertThrows(
            GristmillException.class, () -> ImageClassifier.load(folder.toString(), Device.cpu()));

    assertTrue(none.getMessage().contains("is no model folder: it has 0 files"), none.getMessage());
    assertTrue(two.getMessage().contains("is no model folder: it has 2 files"), two.getMessage());
  }
}
