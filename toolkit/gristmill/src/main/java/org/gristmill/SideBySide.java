package org.gristmill;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.gristmill.image.Pack;
import org.gristmill.image.Thumbnail;
import org.gristmill.observe.Work;
import org.gristmill.pool.Closing;

/**
 * What an actor of an A/B test holds: a worker of each model. All are given the same batches, each
 * in turn as the first one, so that what one leaves in the caches favours nobody. A batch that one
 * of them fails on has failed for all.
 */
final class SideBySide implements BatchWorker<Image, SideBySide.Answers> {
  /** Rows on which models differ that an actor makes small copies of. */
  static final int MOST_PICTURES = 24;

  /**
   * What the models say of a picture.
   *
   * @param path where it came from, or null
   * @param label the index of its class, or less than 0
   * @param predictions in the order of the models
   * @param batch what its batch took, for the first row of a batch
   * @param picture of one of the first rows on which the models differ
   */
  record Answers(
      String path,
      int label,
      List<Prediction> predictions,
      Optional<BatchTime> batch,
      Optional<Thumbnail> picture) {
    boolean differ() {
      int first = predictions.get(0).index();
      return predictions.stream().anyMatch(prediction -> prediction.index() != first);
    }
  }

  /**
   * How long each model took for a batch.
   *
   * @param nanos in the order of the models
   */
  record BatchTime(int rows, List<Long> nanos) {}

  /** A model's worker, and what makes of pictures what it wants. */
  private record Arm(String name, BatchWorker<Image, Prediction> worker, Optional<Pack> pack) {
    /** A failure names the model; an interrupt and an Error are not the model's. */
    List<Prediction> apply(List<Image> batch) throws InterruptedException {
      try {
        return predictions(batch);
      } catch (InterruptedException interrupted) {
        throw interrupted;
      } catch (Exception failed) {
        throw failed(failed);
      }
    }

    private GristmillException failed(Exception why) {
      return new GristmillException(name + ": " + GristmillException.reason(why), why);
    }

    private List<Prediction> predictions(List<Image> batch) throws Exception {
      var predictions = worker.apply(pack.isEmpty() ? batch : prepared(batch));
      if (predictions == null || predictions.size() != batch.size()) {
        throw new IllegalStateException(
            "it gave %s for %d rows: a worker gives one prediction a row"
                .formatted(
                    predictions == null ? "null" : predictions.size() + " predictions",
                    batch.size()));
      }
      return predictions;
    }

    private List<Image> prepared(List<Image> batch) throws Exception {
      return Work.time(
          Work.Part.PREPARE,
          () -> batch.stream().map(image -> pack.orElseThrow().prepared(image)).toList());
    }

    void close() {
      try {
        worker.close();
      } catch (Exception failed) {
        throw failed(failed);
      }
    }
  }

  private final List<Arm> arms = new ArrayList<>();
  private final ToIntFunction<Image> labels;
  private int batches; // owned by the actor's thread, as the next one
  private int pictures;

  private SideBySide(
      Map<String, ActorPool<Image, Prediction>> pools,
      boolean packs,
      ToIntFunction<Image> labels,
      Device device)
      throws Exception {
    this.labels = labels;
    try {
      for (var pool : pools.entrySet()) {
        var pack = pool.getValue().input().filter(input -> packs).map(Pack::new);
        arms.add(new Arm(pool.getKey(), pool.getValue().worker(device), pack));
      }
    } catch (Throwable failed) {
      close();
      throw failed;
    }
  }

  /**
   * Actors like the first pool's, each with a worker of every pool. Where all want the same made of
   * pictures, that is done ahead of the actors; else pictures travel as they were decoded.
   */
  static ActorPool<Image, Answers> pool(
      Map<String, ActorPool<Image, Prediction>> pools, ToIntFunction<Image> labels) {
    var first = pools.values().iterator().next();
    boolean alike =
        pools.values().stream()
                .map(pool -> List.of(pool.input(), pool.scalesInput()))
                .distinct()
                .count()
            == 1;
    return (alike ? first : first.withoutInput())
        .doing(device -> new SideBySide(pools, !alike, labels, device));
  }

  @Override
  public List<Answers> apply(List<Image> batch) throws Exception {
    if (batches == 0) { // engines and the JVM are slow the first time; that is in nobody's figures
      for (Arm arm : arms) {
        arm.apply(batch);
      }
    }
    var predictions = new ArrayList<List<Prediction>>(Collections.nCopies(arms.size(), List.of()));
    var nanos = new ArrayList<Long>(Collections.nCopies(arms.size(), 0L));
    for (int turn = 0; turn < arms.size(); turn++) {
      int arm = (batches + turn) % arms.size();
      long began = System.nanoTime();
      predictions.set(arm, arms.get(arm).apply(batch));
      nanos.set(arm, Math.max(1, System.nanoTime() - began));
    }
    batches++;
    var time = new BatchTime(batch.size(), List.copyOf(nanos));
    var answers = new ArrayList<Answers>();
    for (int row = 0; row < batch.size(); row++) {
      int number = row;
      var said = predictions.stream().map(arm -> arm.get(number)).toList();
      answers.add(answers(batch.get(row), said, row == 0 ? Optional.of(time) : Optional.empty()));
    }
    return answers;
  }

  private Answers answers(Image image, List<Prediction> said, Optional<BatchTime> time) {
    var row = new Answers(image.path(), labels.applyAsInt(image), said, time, Optional.empty());
    if (!row.differ() || pictures == MOST_PICTURES) {
      return row;
    }
    pictures++;
    return new Answers(row.path, row.label, said, time, Optional.of(Thumbnail.of(image)));
  }

  @Override
  public void close() {
    Closing.all(arms.stream().<Runnable>map(arm -> arm::close).toList());
  }
}
