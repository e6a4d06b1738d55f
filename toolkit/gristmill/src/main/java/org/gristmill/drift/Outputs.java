package org.gristmill.drift;

import java.util.SplittableRandom;
import org.gristmill.Prediction;

/**
 * Numbers of a prediction. The embedding is what can be had of any model without its inner layers:
 * the square roots of the probabilities that the prediction names, under a few fixed random
 * projections (Achlioptas, Database-friendly random projections, 2003). Models say the most
 * probable classes only, so it knows nothing that these do not.
 */
final class Outputs {
  private static final int FIRST = Feature.EMBEDDING_1.place();
  private static final float NO_NUMBER = -1; // which no probability is

  private Outputs() {}

  static void measure(Prediction prediction, float[] values) {
    double rest = 1;
    double entropy = 0;
    for (var score : prediction.top()) {
      double p = score.probability();
      rest -= p;
      entropy -= p > 0 ? p * Math.log(p) : 0;
      for (int i = FIRST; i < Feature.COUNT; i++) {
        values[i] += (float) (Math.sqrt(p) * weight(i, score.index()));
      }
    }
    entropy -= rest > 0 ? rest * Math.log(rest) : 0;
    double second = prediction.top().size() < 2 ? 0 : prediction.top().get(1).probability();
    values[Feature.CONFIDENCE.place()] = prediction.confidence();
    values[Feature.MARGIN.place()] = (float) (prediction.confidence() - second);
    values[Feature.ENTROPY.place()] = (float) entropy;
    for (int i = Feature.CONFIDENCE.place(); i < Feature.COUNT; i++) {
      values[i] = Float.isFinite(values[i]) ? values[i] : NO_NUMBER; // else sketches leave it out
    }
  }

  /** From -1 to 1; follows from the projection and the class. */
  private static double weight(int projection, int index) {
    return 2 * new SplittableRandom(1_000_003L * projection + index).nextDouble() - 1;
  }
}
