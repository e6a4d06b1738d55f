package org.gristmill.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;

/**
 * Our side of {@code ci/bench peers}: the tutorial's pool of actors over a folder of pictures.
 * Arguments: the model file, the folder, how many rows a batch has, a file for the predictions, and
 * the jobs, each as many rows as are classified, or {@code take:ROWS}.
 */
final class Classifying {
  private final String model;
  private final Path folder;
  private final int batch;
  private final AtomicLong ready = new AtomicLong(); // System.nanoTime() of the last worker

  private Classifying(String model, Path folder, int batch) {
    this.model = model;
    this.folder = folder;
    this.batch = batch;
  }

  private final class Worker implements BatchWorker<Image, Prediction> {
    private final ImageClassifier classifier;

    Worker(Device device) {
      classifier = ImageClassifier.load(model, device);
      ready.accumulateAndGet(System.nanoTime(), Math::max);
    }

    @Override
    public List<Prediction> apply(List<Image> images) {
      return classifier.classify(images);
    }

    @Override
    public void close() {
      classifier.close();
    }
  }

  private Dataset<Prediction> predictions(int rows) {
    return Dataset.readImages(folder.toString(), Image.Mode.RGB)
        .limit(rows)
        .mapBatches(batch, ActorPool.of(Worker::new));
  }

  private static List<List<Number>> top(Prediction prediction) {
    return prediction.top().stream()
        .map(score -> List.<Number>of(score.index(), score.probability()))
        .toList();
  }

  private void all(int rows, Path out) throws Exception {
    var files = Job.files(folder, rows).iterator();
    ready.set(0);
    var job = new Job();
    predictions(rows).forEach(prediction -> job.found(files.next(), top(prediction)));
    job.end(ready.get(), out);
  }

  /** As the tutorial takes some of a hundred. */
  private void take(int rows, Path out) throws Exception {
    var files = Job.files(folder, rows).iterator();
    ready.set(0);
    var job = new Job();
    for (Prediction prediction : predictions(100).take(rows)) {
      job.found(files.next(), top(prediction));
    }
    job.end(ready.get(), out);
  }

  public static void main(String[] arguments) throws Exception {
    var ours = new Classifying(arguments[0], Path.of(arguments[1]), Integer.parseInt(arguments[2]));
    Path out = Path.of(arguments[3]);
    for (String job : List.of(arguments).subList(4, arguments.length)) {
      if (job.startsWith("take:")) {
        ours.take(Integer.parseInt(job.substring("take:".length())), out);
      } else {
        ours.all(Integer.parseInt(job), out);
      }
    }
  }
}
