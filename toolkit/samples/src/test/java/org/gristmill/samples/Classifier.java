package org.gristmill.samples;

import java.util.List;
import org.gristmill.BatchWorker;
import org.gristmill.Device;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;

/** A worker that holds a model, as the tutorial has it. */
public record Classifier(ImageClassifier model) implements BatchWorker<Image, Prediction> {
  /** With the samples' model. */
  public Classifier(Device device) {
    this(Samples.MODEL, device);
  }

  public Classifier(String model, Device device) {
    this(ImageClassifier.load(model, device));
  }

  @Override
  public List<Prediction> apply(List<Image> batch) {
    return model.classify(batch);
  }

  @Override
  public void close() {
    model.close();
  }
}
