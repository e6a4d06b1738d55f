package org.gristmill.bench;

import com.google.gson.Gson;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.RunStats;
import org.gristmill.samples.Classifier;

/**
 * Our side of {@code ci/bench gpu}: pools of some actors on one GPU over a folder of pictures.
 * Arguments: the folder, how many rows a run has, numbers of actors and sizes of batches, both with
 * commas, and the model files. Prints a line of JSON a way, and the stats of the last.
 */
final class GpuSpeed {
  private static final int NAIVE_BATCH = 16;
  private static final int NAIVE_BATCHES = 24;

  private final String folder;
  private final int rows;

  private GpuSpeed(String folder, int rows) {
    this.folder = folder;
    this.rows = rows;
  }

  private Dataset<Image> images(int count) {
    return Dataset.readImages(folder, Image.Mode.RGB).limit(count);
  }

  private static void tell(String what, String model, int actors, int batch, RunStats stats) {
    var line = new LinkedHashMap<String, Object>();
    line.put("what", what);
    line.put("model", Path.of(model).getFileName().toString());
    line.put("actors", actors);
    line.put("batch", batch);
    line.put("rate", stats.rowsPerSecond());
    line.put("cpu_us", stats.cpu().toNanos() / 1e3 / stats.rows());
    line.put("parts_us", parts(stats));
    line.put("gpu_bytes", stats.memory().gpu());
    line.put("notes", stats.notes());
    System.out.println(new Gson().toJson(line));
  }

  /** Microseconds of the threads a row, by what they did. */
  private static Map<String, Double> parts(RunStats stats) {
    var parts = new LinkedHashMap<String, Double>();
    stats.time().forEach((part, time) -> parts.put(part, time.toNanos() / 1e3 / stats.rows()));
    return parts;
  }

  /** What the decoding threads can do at most, with actors that do nothing. */
  private void decoding(String model, int batch) {
    var pool =
        ActorPool.<Image, Integer>of(
                1, device -> pictures -> pictures.stream().map(Image::width).toList())
            .input(Preprocessing.of(model));
    var job = images(rows).mapBatches(batch, pool);
    job.forEach(width -> {});
    tell("decoding alone", model, 1, batch, job.forEach(width -> {}));
  }

  /** The model loaded in every batch, one picture at a time. */
  private void naive(String model, Device device) {
    var job =
        images(NAIVE_BATCH * NAIVE_BATCHES)
            .mapBatches(
                NAIVE_BATCH,
                1,
                (List<Image> batch) -> {
                  try (var classifier = ImageClassifier.load(model, device)) {
                    return batch.stream().map(classifier::classify).toList();
                  }
                });
    tell("naive", model, 1, NAIVE_BATCH, job.forEach(prediction -> {}));
  }

  /** Twice, with workers that are kept: the second time counts. */
  private RunStats pooled(String model, int actors, int batch) {
    try (ActorPool<Image, Prediction> pool =
        ActorPool.<Image, Prediction>of(actors, device -> new Classifier(model, device))
            .gpusPerActor(1.0 / actors)
            .input(Preprocessing.of(model))
            .keepWarm("gpu")) {
      var job = images(rows).mapBatches(batch, pool);
      job.forEach(prediction -> {});
      RunStats stats = job.forEach(prediction -> {});
      tell("ours", model, actors, batch, stats);
      return stats;
    }
  }

  private static List<Integer> numbers(String text) {
    return Stream.of(text.split(",")).map(Integer::valueOf).toList();
  }

  public static void main(String[] arguments) {
    var ours = new GpuSpeed(arguments[0], Integer.parseInt(arguments[1]));
    List<Integer> actors = numbers(arguments[2]);
    List<Integer> batches = numbers(arguments[3]);
    List<String> models = List.of(arguments).subList(4, arguments.length);
    ours.decoding(models.get(0), 64);
    for (String model : models) {
      for (int count : actors) {
        for (int batch : batches) {
          RunStats stats = ours.pooled(model, count, batch);
          if (batch == batches.get(batches.size() - 1) && count == actors.get(actors.size() - 1)) {
            System.out.println(stats);
          }
        }
      }
    }
    boolean gpu = org.gristmill.model.Engines.gpuCount() > 0;
    models.forEach(model -> ours.naive(model, gpu ? Device.gpu(0) : Device.cpu()));
  }
}
