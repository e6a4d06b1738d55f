package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;
import org.gristmill.image.Decode;
import org.gristmill.image.Pack;
import org.gristmill.model.ModelFile;
import org.gristmill.model.Network;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against what Pillow, torchvision and PyTorch made of the same pictures and weights:
 * shared/data/golden.
 */
@ExtendWith({SharedData.class, NothingLeft.class})
class GoldenTest {
  private static final Path DATA = SharedData.FOLDER;

  private static String model(String file) {
    return DATA.resolve("models").resolve(file).toString();
  }

  /** One array of a NumPy archive: little-endian float32 or what looks like it. */
  private static FloatBuffer array(String archive, String name) throws IOException {
    try (var zip = new ZipFile(DATA.resolve("golden").resolve(archive).toFile())) {
      byte[] bytes = zip.getInputStream(zip.getEntry(name + ".npy")).readAllBytes();
      var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      int header = buffer.getShort(8);
      String description = new String(bytes, 10, header, StandardCharsets.US_ASCII);
      assertTrue(description.contains("'<f4'") && description.contains("False"), description);
      return buffer.position(10 + header).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "efficientnet_lite0.pt",
        "efficientnet_lite0.onnx",
        "efficientnet_lite2.pt",
        "mobilenet_v2.pt",
        "mobilenet_v2.onnx",
      })
  void theEngineGivesTheReferencesLogits(String file) throws Exception {
    String archive = file.replaceAll("\\.\\w+$", "") + "_koala_bagel.npz";
    FloatBuffer input = array(archive, "input");
    FloatBuffer expected = array(archive, "logits");
    var direct = ByteBuffer.allocateDirect(input.remaining() * 4).order(ByteOrder.nativeOrder());
    direct.asFloatBuffer().put(input);

    float[] logits;
    var wanted = ModelFile.find(model(file)).preprocessing();
    try (var network = Network.load(Path.of(model(file)), Device.cpu().withThreads(1), wanted)) {
      logits = network.forward(new Network.Batch(direct, 2));
    }

    assertEquals(2000, logits.length);
    for (int i = 0; i < logits.length; i++) {
      assertEquals(expected.get(i), logits[i], 1e-3f, "logit " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"efficientnet_lite0.pt", "efficientnet_lite2.pt", "mobilenet_v2.pt"})
  void picturesBecomeTheReferencesTensor(String file) throws Exception {
    String archive = file.replace(".pt", "_koala_bagel.npz");
    FloatBuffer expected = array(archive, "input");
    var preprocessing = ModelFile.find(model(file)).preprocessing();
    var pack = new Pack(preprocessing);
    float step = 1 / 255f / preprocessing.std().get(0);

    int far = 0;
    for (String name : List.of("koala", "bagel")) {
      Path picture = DATA.resolve("images/cc16").resolve(name + ".jpg");
      var actual = FloatBuffer.allocate(pack.floats());
      pack.put(Decode.row(Decode.read(picture), Image.Mode.RGB, picture.toString()), actual);
      for (int i = 0; i < pack.floats(); i++) {
        far += Math.abs(actual.get(i) - expected.get()) > 1.01 * step ? 1 : 0;
      }
    }
    assertTrue(far <= 0.001 * 2 * pack.floats(), far + " samples differ by more than 1/255");
  }

  @ParameterizedTest
  @CsvSource({
    "efficientnet_lite0.pt, 262",
    "efficientnet_lite0.onnx, 262",
    "efficientnet_lite2.pt, 250",
    "mobilenet_v2.pt, 247",
  })
  void predictionsAreTheReferences(String file, int decisiveRows) throws Exception {
    Map<String, String[]> golden = new HashMap<>();
    String csv = file.replaceAll("\\.\\w+$", "") + ".csv";
    for (String line : Files.readAllLines(DATA.resolve("golden").resolve(csv))) {
      String[] cells = line.split(",");
      golden.put(cells[0], cells);
    }
    var pool =
        ActorPool.<Image, Prediction>of(
            2,
            device -> {
              var model = ImageClassifier.load(model(file), device);
              return new BatchWorker<>() {
                @Override
                public List<Prediction> apply(List<Image> batch) {
                  return model.classify(batch);
                }

                @Override
                public void close() {
                  model.close();
                }
              };
            });

    int decisive = 0;
    int rows = 0;
    for (String folder : List.of("imagenet", "cc16")) {
      Path images = DATA.resolve("images").resolve(folder);
      var run = Dataset.readImages(images.toString()).mapBatches(16, pool).toList();
      for (int i = 0; i < run.size(); i++) {
        String name = folder + "/" + Path.of(run.path(i).orElseThrow()).getFileName();
        String[] cells = golden.get(name);
        Prediction prediction = run.get(i);
        int top1 = Integer.parseInt(cells[2]);
        float p1 = Float.parseFloat(cells[3]);
        float p2 = Float.parseFloat(cells[5]);
        rows++;
        if (p1 - p2 > 0.1) {
          decisive++;
          assertEquals(top1, prediction.index(), name);
        } else {
          assertTrue(
              prediction.top().stream().limit(2).anyMatch(score -> score.index() == top1), name);
        }
        for (var score : prediction.top()) {
          if (score.index() == top1) {
            assertEquals(p1, score.probability(), 0.02f, name);
          }
        }
      }
    }
    assertEquals(271, rows);
    assertEquals(decisiveRows, decisive);
  }
}
