package org.gristmill.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.ImageClassifier;
import org.gristmill.NothingLeft;
import org.gristmill.Preprocessing;
import org.gristmill.observe.ProcessMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NothingLeft.class)
@Timeout(60)
class ModelMemoryTest {
  @TempDir Path folder;

  private Path file(String name, long bytes) throws IOException {
    Path file = folder.resolve(name);
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(bytes); // takes no disk
    }
    return file;
  }

  @Test
  void copiesThatAreLoadedAtTheSameTimeAreCounted() throws Exception {
    Path model = file("model.pt", 40_000_000);
    var memory = new ModelMemory(() -> 100_000_000);

    String refusal =
        memory.load(
            model,
            () ->
                memory.load(
                    model,
                    () ->
                        assertThrows(
                                GristmillException.class, () -> memory.load(model, () -> "third"))
                            .getMessage()));

    assertEquals(
        "a copy of model.pt takes at least 40 MB, 20 MB are free and 2 copies are loaded: use at"
            + " most 2 actors, or free memory",
        refusal);
  }

  @Test
  void aCopyThatIsClosedOrDidNotLoadCountsNoMore() throws Exception {
    Path model = file("model.pt", 60_000_000);
    var memory = new ModelMemory(() -> 100_000_000);

    assertThrows(
        IOException.class,
        () ->
            memory.load(
                model,
                () -> {
                  throw new IOException("not a model");
                }));
    assertEquals("loaded", memory.load(model, () -> "loaded"));
    memory.closed(model);

    var huge = file("huge.pt", 200_000_000);
    var refused = assertThrows(GristmillException.class, () -> memory.load(huge, () -> "never"));
    assertTrue(
        refused.getMessage().endsWith("0 copies are loaded: use a smaller model, or free memory"));
  }

  @Test
  void aPoolWhoseModelDoesNotFitIsRefusedBeforeAnythingRuns() throws Exception {
    Path huge = file("huge.onnx", 2 * ProcessMemory.limit());
    var preprocessing =
        new Preprocessing(
            256, Preprocessing.Resampling.BILINEAR, 224, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f));
    class Worker implements BatchWorker<Integer, Integer> {
      private final ImageClassifier model;

      Worker(Device device) {
        model = ImageClassifier.load(huge, preprocessing, List.of(), device);
      }

      @Override
      public List<Integer> apply(List<Integer> batch) {
        return batch;
      }

      @Override
      public void close() {
        model.close();
      }
    }
    var dataset = Dataset.of(List.of(1, 2, 3)).mapBatches(1, ActorPool.of(2, Worker::new));

    var refused = assertThrows(GristmillException.class, dataset::toList);

    assertTrue(refused.getMessage().contains("a copy of huge.onnx takes"), refused.getMessage());
    assertTrue(Files.size(huge) > 0);
  }
}
