package org.gristmill.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.Session;
import org.gristmill.samples.Samples;
import org.gristmill.sink.JsonLines;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a service answers is what a run gives, to the last digit, whatever is done ahead. */
class SamePredictionsTest {
  private static final int PICTURES = 12;

  @TempDir Path folder;

  @AfterEach
  void close() {
    Session.start().close();
  }

  private void assertSame(ActorPool<Image, Prediction> pool) throws IOException {
    for (String name : Samples.names().subList(0, PICTURES)) {
      try (var picture = Samples.class.getResourceAsStream("/gristmill/images/" + name)) {
        Files.write(folder.resolve(name), picture.readAllBytes());
      }
    }
    var run = Dataset.readImages(folder.toString()).mapBatches(1, pool).toList();

    try (var service = Serve.start(pool)) {
      var client = new Client(service);
      for (int row = 0; row < run.size(); row++) {
        byte[] file = Files.readAllBytes(Path.of(run.path(row).orElseThrow()));
        assertEquals(JsonLines.encode(run.get(row), null), client.predict(file).join().body());
      }
      assertEquals(PICTURES, run.size());
    }
  }

  @Test
  void preparedAheadOfTheActors() throws IOException {
    assertSame(ImageClassifier.pool(Samples.MODEL));
  }

  @Test
  void decodedSmaller() throws IOException {
    assertSame(ImageClassifier.pool(Samples.MODEL).scaledInput(Preprocessing.of(Samples.MODEL)));
  }

  @Test
  void onTheOtherEngine() throws IOException {
    assertSame(ImageClassifier.pool(Samples.MODEL + ".onnx"));
  }
}
