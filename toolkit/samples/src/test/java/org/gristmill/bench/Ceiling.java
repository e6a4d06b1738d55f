package org.gristmill.bench;

import com.google.gson.Gson;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Preprocessing;
import org.gristmill.RunStats;
import org.gristmill.image.Decode;
import org.gristmill.image.Pack;
import org.gristmill.observe.Work;
import org.gristmill.observe.Work.Part;

/**
 * What classifying pictures takes of a processor, part by part, alone on one thread; and in turn
 * with that, what the pool of {@link Classifying} reaches in the same process. Arguments: the model
 * file, the folder of pictures, how many rows a batch has, how many a run, how many rounds. Prints
 * a line of JSON a round, then the last run's stats.
 */
final class Ceiling {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** A part of a row's way is measured with a quarter of a run's rows. */
  private static final int PART = 4;

  private final Path folder;
  private final int batch;
  private final Preprocessing input;
  private final Map<String, Double> seconds = new LinkedHashMap<>(); // of a processor

  private Ceiling(Path folder, int batch, Preprocessing input) {
    this.folder = folder;
    this.batch = batch;
    this.input = input;
  }

  /** Counts the processor time of a piece of work as that part's. */
  private <T> T timed(String part, Callable<T> piece) throws Exception {
    long before = THREADS.getCurrentThreadCpuTime();
    T made = piece.call();
    seconds.merge(part, (THREADS.getCurrentThreadCpuTime() - before) / 1e9, Double::sum);
    return made;
  }

  /** Processor seconds of a row, by part, on the calling thread alone. */
  private Map<String, Double> alone(ImageClassifier model, int rows) throws Exception {
    seconds.clear();
    var pack = new Pack(input);
    var pictures = new ArrayList<Image>();
    List<Path> files = Job.files(folder, rows);
    for (Path file : files) {
      byte[] bytes = timed("read", () -> Decode.read(file));
      Image image = timed("decode", () -> Decode.row(bytes, Image.Mode.RGB, file.toString()));
      pictures.add(timed("resize", () -> pack.prepared(image)));
      if (pictures.size() == batch) {
        classify(model, pictures);
        pictures.clear();
      }
    }
    if (!pictures.isEmpty()) {
      classify(model, pictures);
    }
    var ofRow = new LinkedHashMap<String, Double>();
    seconds.forEach((part, spent) -> ofRow.put(part, spent / files.size()));
    return ofRow;
  }

  /**
   * The classifier tells its parts by the clock; the thread's processor time is shared out alike.
   */
  private void classify(ImageClassifier model, List<Image> pictures) throws Exception {
    var work = new Work(model.device(), 0);
    work.task(() -> model.classify(List.copyOf(pictures)));
    share("pack", Part.PREPARE, work);
    share("forward", Part.FORWARD, work);
    share("predictions", Part.OTHER, work);
  }

  private void share(String name, Part part, Work work) {
    double share = work.nanos().getOrDefault(part, 0L) / (double) Math.max(1, work.busy());
    seconds.merge(name, share * work.cpu() / 1e9, Double::sum);
  }

  private static Map<String, Object> told(Map<String, Double> alone, RunStats stats) {
    int processors = Runtime.getRuntime().availableProcessors();
    double wall = stats.wall().toNanos() / 1e9;
    double used = stats.cpu().toNanos() / 1e9;
    return Map.of(
        "processors",
        processors,
        "alone",
        alone,
        "rate",
        stats.rowsPerSecond(),
        "cpu",
        used / stats.rows(),
        "use",
        used / wall / processors,
        "load",
        stats.load(),
        "own_ceiling",
        stats.ceiling().orElse(0));
  }

  public static void main(String[] arguments) throws Exception {
    String file = arguments[0];
    int batch = Integer.parseInt(arguments[2]);
    int rows = Integer.parseInt(arguments[3]);
    int rounds = Integer.parseInt(arguments[4]);
    Path folder = Path.of(arguments[1]);
    var ceiling = new Ceiling(folder, batch, Preprocessing.of(file));
    try (var model = ImageClassifier.load(file, Device.cpu().withThreads(1));
        var pool = Classifying.pool(file).keepWarm("bench")) {
      var job =
          Dataset.readImages(folder.toString(), Image.Mode.RGB).limit(rows).mapBatches(batch, pool);
      ceiling.alone(model, Math.max(batch, rows / PART)); // the warm-up
      RunStats last = job.forEach(prediction -> {});
      for (int round = 0; round < rounds; round++) {
        var alone = ceiling.alone(model, Math.max(batch, rows / PART));
        last = job.forEach(prediction -> {});
        System.out.println(new Gson().toJson(told(alone, last)));
      }
      System.out.println(last);
    }
  }
}
