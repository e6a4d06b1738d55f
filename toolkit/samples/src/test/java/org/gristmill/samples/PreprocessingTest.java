package org.gristmill.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.Image;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.Session;
import org.gristmill.Tiles;
import org.gristmill.Transform;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps before a real model: where they are carried out makes no difference. */
class PreprocessingTest {
  private static final Preprocessing INPUT = Preprocessing.of(Samples.MODEL);
  private static final Transform STEPS =
      Transform.resize(300).then(Transform.horizontalFlip()).then(Transform.contrast(1.3));

  @AfterEach
  void nothingIsLeft() {
    assertEquals(List.of(), Session.start().threads());
    assertEquals(List.of(), Session.start().models());
  }

  private static ActorPool<Image, Prediction> pool() {
    return ActorPool.of(2, Classifier::new);
  }

  private static List<Prediction> predictions(Dataset<Image> images, boolean ahead) {
    return images.mapBatches(4, ahead ? pool().input(INPUT) : pool()).toList();
  }

  @Test
  void stepsOfTheDatasetWithinTheWorkerAndAheadOfItGiveTheSamePredictions() {
    var images = Samples.images(16);
    ActorPool<Image, Prediction> preparing =
        ActorPool.of(2, device -> new Preparing(new Classifier(device)));

    var within = images.mapBatches(4, preparing).toList();

    assertEquals(within, predictions(images.map(STEPS), false));
    assertEquals(within, predictions(images.map(STEPS), true));
    assertNotEquals(within, predictions(images, true), "the steps change what the model sees");
  }

  private record Preparing(Classifier classifier) implements BatchWorker<Image, Prediction> {
    @Override
    public List<Prediction> apply(List<Image> batch) {
      return classifier.apply(batch.stream().map(STEPS).toList());
    }

    @Override
    public void close() {
      classifier.close();
    }
  }

  @Test
  void tilesGetTheSamePredictionsWhereverTheyArePrepared() {
    var tiles = Samples.images(3).flatMap(Tiles.of(256, 64));

    assertEquals(predictions(tiles, false), predictions(tiles, true));
  }

  @Test
  void picturesThatAreResizedAsTheModelDoesItGetThePredictionsThatTheyGetAsTheyAre() {
    var resize = Transform.resize(INPUT.shortSide(), INPUT.resampling());

    assertEquals(
        predictions(Samples.images(12), false), predictions(Samples.images(12).map(resize), false));
  }
}
