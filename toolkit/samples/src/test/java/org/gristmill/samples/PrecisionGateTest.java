package org.gristmill.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.PrecisionGate;
import org.gristmill.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reduced precision is used only where it is good enough on rows of one's own. */
class PrecisionGateTest {
  private static final double MEAN = 127 / 255.0;

  @TempDir Path temp;

  @AfterEach
  void nothingIsLeft() {
    var session = Session.start();
    assertEquals(List.of(), session.threads());
    assertEquals(List.of(), session.models());
    assertEquals(List.of(), session.pools());
  }

  private static Dataset<Image> rows() {
    return Samples.images(24);
  }

  /** The reference is TorchScript, so that what is faster is so by far. */
  @Test
  void aFileThatAgreesAndIsFasterIsTaken() {
    String int8 = Samples.MODEL + ".int8.onnx";

    var gate = PrecisionGate.measure(Samples.MODEL + ".pt", List.of(int8), rows(), 0.9);

    var candidate = gate.candidates().get(0);
    assertEquals(int8, gate.model(), gate.toString());
    assertEquals(24, candidate.agreement().orElseThrow().rows());
    assertTrue(candidate.rowsPerSecond() > gate.reference().rowsPerSecond(), gate.toString());
    assertTrue(gate.summary().startsWith(int8 + " is taken: "), gate.summary());
    assertTrue(gate.summary().contains(" of 24 rows ("), gate.summary());
    assertTrue(gate.summary().contains("So few rows leave it open"), gate.summary());
    assertEquals("taken", gate.table().rows().get(1).get(5));
    try (var model = ImageClassifier.load(gate.model(), Device.cpu())) {
      assertEquals(int8, model.name());
    }
  }

  @Test
  void allFilesOfAModelAreMeasured() {
    var gate = PrecisionGate.measure(Samples.MODEL, rows(), 0.9);

    assertEquals(Samples.MODEL + ".pt", gate.reference().model());
    assertEquals(
        List.of(Samples.MODEL + ".onnx", Samples.MODEL + ".int8.onnx"),
        gate.candidates().stream().map(PrecisionGate.Candidate::model).toList());
    assertTrue(gate.model().endsWith(".onnx"), gate.toString());
  }

  @Test
  void aFileThatDisagreesIsRefusedWithTheRowsAndTheReferenceStays() throws IOException {
    Path wrong = ModelFolders.write(temp.resolve("wrong"), "wrong", MEAN + 1.5, ".onnx");
    String candidate = wrong.resolve("wrong.onnx").toString();
    String reference = Samples.MODEL + ".pt";

    var gate = PrecisionGate.measure(reference, List.of(candidate), rows(), 0.99);

    assertEquals(reference, gate.model(), gate.toString());
    var agreement = gate.candidates().get(0).agreement().orElseThrow();
    assertTrue(agreement.share() < 0.9, gate.toString());
    String said = "efficientnet_lite0.pt stays. wrong.onnx is refused: the same class in only ";
    assertTrue(gate.summary().startsWith(said), gate.summary());
    assertTrue(gate.summary().contains("the floor is 99.0 %; row "), gate.summary());
    assertTrue(gate.summary().contains("(samples/"), "the row's path: " + gate.summary());
    assertEquals("below the floor", gate.table().rows().get(1).get(5));
    var others = gate.tables().get(1).rows();
    assertEquals(Math.min(5, agreement.rows() - agreement.same()), others.size());
  }

  @Test
  void aFileThatCannotBeRunIsNamedAndTheReferenceStays() throws IOException {
    Path broken = ModelFolders.write(temp.resolve("broken"), "broken", MEAN, ".onnx");
    Path file = broken.resolve("broken.onnx");
    Files.write(file, new byte[1000]);
    String reference = Samples.MODEL + ".onnx";

    var gate = PrecisionGate.measure(reference, List.of(file.toString()), rows(), 0.99);

    assertEquals(reference, gate.model());
    assertTrue(gate.summary().contains("broken.onnx cannot be run: "), gate.summary());
    assertTrue(gate.summary().contains("is not the file that was exported"), gate.summary());
    assertEquals("cannot be run", gate.table().rows().get(1).get(5));
  }

  @Test
  void aSlowerFileIsNotTakenHoweverWellItAgrees() {
    String slower = Samples.MODEL + ".pt";
    String reference = Samples.MODEL + ".int8.onnx";

    var gate = PrecisionGate.measure(reference, List.of(slower), rows(), 0.5);

    assertEquals(reference, gate.model());
    assertEquals("not faster", gate.table().rows().get(1).get(5));
  }

  @Test
  void whatCannotBeMeasuredIsRefused() throws IOException {
    var none = List.of(Samples.MODEL + ".onnx");
    assertThrows(
        IllegalArgumentException.class,
        () -> PrecisionGate.measure(Samples.MODEL, none, rows(), 99));
    assertThrows(
        IllegalArgumentException.class,
        () -> PrecisionGate.measure(none.get(0), none, rows(), 0.99));
    var noRows =
        assertThrows(
            GristmillException.class,
            () -> PrecisionGate.measure(Samples.MODEL, none, Samples.images(0), 0.99));
    assertTrue(noRows.getMessage().startsWith("there are no rows to compare"), noRows.getMessage());
    Path single = ModelFolders.write(temp.resolve("single"), "single", MEAN, ".onnx");
    var one =
        assertThrows(
            GristmillException.class, () -> PrecisionGate.measure(single.toString(), rows(), 0.99));
    assertTrue(one.getMessage().contains("is one file"), one.getMessage());
  }
}
