package org.gristmill.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.OnError;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.samples.Samples;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real models and their natives on executors, and pictures that are read and decoded there. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ModelsTest {
  private static SparkCluster spark;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    spark = SparkCluster.start("local-cluster[2,1,1024]");
  }

  @AfterAll
  static void stop() {
    spark.close();
  }

  record Classifying(ImageClassifier model) implements BatchWorker<Image, Prediction> {
    static BatchWorker.Factory<Image, Prediction> of(String name) {
      return device -> new Classifying(ImageClassifier.load(name, device));
    }

    @Override
    public List<Prediction> apply(List<Image> batch) throws Exception {
      return model.classify(batch);
    }

    @Override
    public void close() {
      model.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"efficientnet_lite0", "efficientnet_lite0.onnx"})
  void predictionsAreThoseOfThisProcess(String model) {
    var pool = ActorPool.of(2, Classifying.of(model)).input(Preprocessing.of(model));
    var here = Samples.images(24).mapBatches(8, pool).toList();
    var there = Samples.images(24).mapBatches(8, pool.on(spark)).toList();
    assertEquals(List.copyOf(here), List.copyOf(there));
    var stage = there.stats().plan().stages().get(1);
    assertTrue(
        stage.name().startsWith("map > resize and crop to 224 x 224 > mapBatches(8"), stage.name());
    assertTrue(there.stats().time().containsKey("decode"), there.stats()::toString);
    assertEquals(2, stage.measured().orElseThrow().loads());
  }

  @Test
  void filesAreReadAndDecodedThereAndABrokenOneIsSetAside() throws Exception {
    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    for (String name : Samples.names()) {
      try (var in = Samples.class.getResourceAsStream("/gristmill/images/" + name)) {
        Files.copy(in, pictures.resolve(name));
      }
    }
    Files.writeString(pictures.resolve("m.jpg"), "no picture");
    var pool = ActorPool.of(2, Classifying.of("efficientnet_lite0"));
    var images = Dataset.readImages(pictures.toString());
    var here =
        images.mapBatches(4, pool).onError(OnError.setAside(folder + "/here.jsonl")).toList();
    var there =
        images
            .mapBatches(4, pool.on(spark))
            .onError(OnError.setAside(folder + "/there.jsonl"))
            .toList();
    assertEquals(classes(here), classes(there));
    String here1 = Files.readString(folder.resolve("here.jsonl"));
    String there1 = Files.readString(folder.resolve("there.jsonl"));
    assertTrue(there1.contains("m.jpg"), there1);
    assertEquals(cause(here1), cause(there1));
  }

  private static List<Integer> classes(List<Prediction> predictions) {
    return predictions.stream().map(Prediction::index).toList();
  }

  private static String cause(String letter) {
    return letter.replaceFirst(".*\"cause\":", "");
  }
}
