package org.gristmill.bench;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.Run;
import org.gristmill.Session;
import org.gristmill.Tuner;
import org.gristmill.samples.Classifier;

/**
 * What must hold where actors have a GPU, for {@code ci/bench gpu}. Arguments: {@code predictions},
 * a folder of pictures, a model file in full precision and the same model in bfloat16; or {@code
 * memory}, where somebody else has taken nearly all of the GPU's, a folder, a model file, how many
 * rows, and how many make a batch far too large. Prints a line a check, each beginning with ok or
 * FAILED.
 */
final class GpuChecks {
  private static final double MOST = 0.02; // a probability's difference in full precision
  private static final double MOST_REDUCED = 0.15;

  private final Dataset<Image> images;
  private final String model;
  private boolean failed;

  private GpuChecks(String folder, String model) {
    this.images = Dataset.readImages(folder, Image.Mode.RGB);
    this.model = model;
  }

  private void check(String what, boolean holds, Object seen) {
    failed |= !holds;
    System.out.printf(Locale.ROOT, "%s: %s: %s%n", holds ? "ok" : "FAILED", what, seen);
  }

  private static ActorPool<Image, Prediction> pool(String model, int actors) {
    return ActorPool.<Image, Prediction>of(actors, device -> new Classifier(model, device))
        .input(Preprocessing.of(model));
  }

  private Run<Prediction> run(ActorPool<Image, Prediction> pool) {
    return images.mapBatches(16, pool).take(Integer.MAX_VALUE);
  }

  private static Map<Integer, Float> probabilities(Prediction prediction) {
    var found = new HashMap<Integer, Float>();
    prediction.top().forEach(score -> found.put(score.index(), score.probability()));
    return found;
  }

  /** The same classes, and how far probabilities of the classes that both name are apart. */
  private void agree(String what, List<Prediction> expected, List<Prediction> found, double most) {
    int same = 0;
    double apart = 0;
    for (int i = 0; i < expected.size(); i++) {
      same += expected.get(i).index() == found.get(i).index() ? 1 : 0;
      var there = probabilities(found.get(i));
      for (var score : expected.get(i).top()) {
        Float other = there.get(score.index());
        apart = other == null ? apart : Math.max(apart, Math.abs(other - score.probability()));
      }
    }
    check(
        what,
        same >= 0.95 * expected.size() && apart <= most,
        String.format(
            Locale.ROOT,
            "the same class in %d of %d, probabilities at most %.5f apart",
            same,
            expected.size(),
            apart));
  }

  private void predictions(String reduced) {
    var resources = Session.start().resources();
    System.out.println(resources);
    check("a GPU is seen", resources.gpus() > 0, resources.gpus());
    var onCpu = run(pool(model, 4));
    var onGpu = run(pool(model, 1).gpusPerActor(1));
    System.out.println(onGpu.stats());
    agree("full precision, GPU against CPU", onCpu, onGpu, MOST);
    agree(
        "bfloat16 on the GPU against full precision on the CPU",
        onCpu,
        run(pool(reduced, 1).gpusPerActor(1)),
        MOST_REDUCED);
    var memory = onGpu.stats().memory();
    check("nvidia-smi tells how full the GPU is", memory.gpu() > 0, memory.gpu());
    var shared = run(pool(model, 2).gpusPerActor(0.5));
    agree("two actors share the GPU", onGpu, shared, MOST);
    check("no note is told", shared.stats().notes().isEmpty(), shared.stats().notes());
    var short1 = run(pool(model, 2).gpusPerActor(1));
    check(
        "two actors that want a GPU each are told",
        short1.stats().notes().toString().contains("share GPUs"),
        short1.stats().notes());
    try {
      run(pool(model, 2).gpusPerActor(1).strictGpus());
      check("strictGpus() refuses", false, "it ran");
    } catch (GristmillException refused) {
      check("strictGpus() refuses", true, refused.getMessage());
    }
  }

  /** A batch that does not fit is split; the tuner does without it. */
  private void memory(int rows, int farTooLarge) {
    var pool = pool(model, 1).gpusPerActor(1);
    var first = images.mapBatches(16, pool).take(rows);
    System.out.println("batches of 16 run beside it");
    var split = images.mapBatches(farTooLarge, pool).take(rows);
    check(
        "a batch too large for the GPU is split", !split.stats().notes().isEmpty(), split.stats());
    agree("and predicts the same", first, split, MOST);
    var tuning = Tuner.of("pool", pool).budget(Duration.ofSeconds(12)).tune(images.limit(rows));
    check("the tuner", tuning.batchSize() < farTooLarge, tuning);
  }

  public static void main(String[] arguments) {
    var checks = new GpuChecks(arguments[1], arguments[2]);
    if (arguments[0].equals("memory")) {
      checks.memory(Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
    } else {
      checks.predictions(arguments[3]);
    }
    System.exit(checks.failed ? 1 : 0);
  }
}
