package org.gristmill;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;

/**
 * What a classifier says of one picture. Immutable.
 *
 * @param index the class with the highest probability; compare on this, labels need not be unique
 * @param label that class's name
 * @param confidence its softmax probability, 0..1
 * @param top the most probable classes, best first
 */
public record Prediction(int index, String label, float confidence, List<Score> top)
    implements Serializable {
  /** A class and its softmax probability, 0..1. */
  public record Score(int index, String label, float probability) implements Serializable {}

  public Prediction {
    top = List.copyOf(top);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s (%d) %.3f", label, index, confidence);
  }
}
