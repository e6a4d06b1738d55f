package org.gristmill.bench;

import java.nio.file.Path;
import java.util.List;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.Image;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.samples.Classifier;

/**
 * Our side of {@code ci/bench peers}: the tutorial's pool of actors over a folder of pictures.
 * Arguments: the model file, the folder, how many rows a batch has, a file for the predictions, and
 * the jobs, each as many rows as are classified, or {@code take:ROWS} of a hundred. From the second
 * job on the workers are there.
 */
final class Classifying {
  private static final int TAKEN_OF = 100;

  private final Path folder;
  private final int batch;
  private final ActorPool<Image, Prediction> pool;

  private Classifying(Path folder, int batch, ActorPool<Image, Prediction> pool) {
    this.folder = folder;
    this.batch = batch;
    this.pool = pool;
  }

  private Dataset<Prediction> predictions(int rows) {
    return Dataset.readImages(folder.toString(), Image.Mode.RGB)
        .limit(rows)
        .mapBatches(batch, pool);
  }

  private void run(String task, Path out) throws Exception {
    boolean takes = task.startsWith("take:");
    int rows = Integer.parseInt(takes ? task.substring("take:".length()) : task);
    var files = Job.files(folder, rows).iterator();
    var job = new Job();
    if (takes) {
      predictions(TAKEN_OF).take(rows).forEach(found -> job.found(files.next(), top(found)));
    } else {
      predictions(rows).forEach(found -> job.found(files.next(), top(found)));
    }
    job.end(out);
  }

  private static List<List<Number>> top(Prediction prediction) {
    return prediction.top().stream()
        .map(score -> List.<Number>of(score.index(), score.probability()))
        .toList();
  }

  /** The pool of the tutorial, which says what its workers' model makes of pictures. */
  static ActorPool<Image, Prediction> pool(String model) {
    return ActorPool.of(device -> new Classifier(model, device)).input(Preprocessing.of(model));
  }

  public static void main(String[] arguments) throws Exception {
    int batch = Integer.parseInt(arguments[2]);
    var out = Path.of(arguments[3]);
    try (var pool = pool(arguments[0]).keepWarm("bench")) {
      var ours = new Classifying(Path.of(arguments[1]), batch, pool);
      for (String task : List.of(arguments).subList(4, arguments.length)) {
        ours.run(task, out);
      }
    }
  }
}
