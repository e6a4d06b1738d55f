package org.gristmill.drift;

import org.gristmill.Image;
import org.gristmill.Prediction;

/**
 * What was seen of a row: some 80 bytes, whatever the picture's size.
 *
 * @param values by {@link Feature#place}; must not be changed
 * @param index the predicted class
 * @param label the true class; less than 0 where it is not known
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record Seen(float[] values, int index, int label) {
  /** Looks at a picture and at what a model said of it. */
  public static Seen of(Image image, Prediction prediction, int label) {
    float[] values = new float[Feature.COUNT];
    Pixels.measure(image, values);
    Outputs.measure(prediction, values);
    return new Seen(values, prediction.index(), label);
  }

  float value(Feature feature) {
    return values[feature.place()];
  }
}
