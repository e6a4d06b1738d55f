package org.gristmill;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * A version of a model in a {@link ModelRepository}. It never changes: what a version is for, such
 * as champion, the repository knows. Immutable.
 *
 * @param name of the model
 * @param number 1 and up
 * @param folder with its files, on this machine; every one of them has the hash that the repository
 *     knows it by
 * @param source the name or path that it was added from
 * @param parent the version that it is to be better than, if there was a champion
 * @param metrics such as its accuracy, by name
 */
public record ModelVersion(
    String name,
    int number,
    Path folder,
    String source,
    OptionalInt parent,
    Instant created,
    Map<String, Double> metrics) {
  public ModelVersion {
    metrics = Map.copyOf(metrics);
  }

  /** What {@link ImageClassifier#load(String)} takes. */
  public String model() {
    return folder.toString();
  }

  /** As {@link ImageClassifier#pool}, of this version. */
  public ActorPool<Image, Prediction> pool() {
    return ImageClassifier.pool(model());
  }

  @Override
  public String toString() {
    return "%s version %d (from %s%s)%s"
        .formatted(
            name,
            number,
            source,
            parent.isPresent() ? ", after version " + parent.getAsInt() : "",
            metrics.isEmpty() ? "" : " " + new TreeMap<>(metrics));
  }
}
