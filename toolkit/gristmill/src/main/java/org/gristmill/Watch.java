package org.gristmill;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.gristmill.drift.Seen;
import org.gristmill.drift.Sketches;
import org.gristmill.model.FileHash;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;
import org.gristmill.observe.LoadedModel;
import org.gristmill.observe.Work;

/**
 * Looks on while a pool works: its workers look at every picture and at what the model says of it,
 * and keep what makes a {@link Profile}. Nothing is read twice, memory is the same for any number
 * of rows, and predictions are what they are without it.
 *
 * <pre>{@code
 * var watch = Watch.over(ImageClassifier.pool("efficientnet_lite0.onnx"));
 * var run = images.mapBatches(16, watch.pool()).toList();
 * watch.profile().against(Profile.read("reference.json.gz"))       // what has drifted
 * }</pre>
 *
 * <p>Its rows are those for which a worker gave a prediction, in the order in which actors were
 * done: also of a batch of which later steps make nothing. Rows that an earlier run of a job has
 * written are not seen again. A batch that is worked on again counts again: one that came too late
 * for a limit of time, or that the other model of an {@link ABTest} failed on. It adds up all runs
 * of its pool. Thread-safe.
 */
public final class Watch implements Tabular {
  private static final int MOST = 16; // windows
  private static final int WINDOW = 256;

  private final ActorPool<Image, Prediction> watched;
  private final ToIntFunction<Image> labels;
  private final int first; // rows of a window, at first

  // guarded by this
  private final List<Sketches> windows = new ArrayList<>();
  private int window; // rows of one
  private LoadedModel loaded; // null: none yet
  private String model;

  private Watch(ActorPool<Image, Prediction> watched, ToIntFunction<Image> labels, int window) {
    this.watched = watched;
    this.labels = labels;
    this.first = window;
    this.window = window;
    this.model = watched.version();
  }

  /** A watch over what a pool does; its workers are not kept warm. */
  public static Watch over(ActorPool<Image, Prediction> pool) {
    return new Watch(Objects.requireNonNull(pool, "pool"), image -> -1, WINDOW);
  }

  /**
   * A watch that has seen nothing yet and knows the true class of pictures: a reference needs it,
   * to tell later what accuracy to expect.
   *
   * @param of gives its index, or less than 0 where it is not known; several threads call it at
   *     once. The picture may have been resized and cropped already; its path stays
   */
  public Watch labels(ToIntFunction<Image> of) {
    return new Watch(watched, Objects.requireNonNull(of, "of"), first);
  }

  /**
   * A watch that has seen nothing yet and keeps windows of so many rows; the default is 256. When
   * there are 16, neighbours become one, and windows are twice as long from then on.
   */
  public Watch windowsOf(int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("a window needs at least 1 row, not " + rows);
    }
    return new Watch(watched, labels, rows);
  }

  /** The pool that is watched, to be used in its place. */
  public ActorPool<Image, Prediction> pool() {
    return watched.within(Watching::new);
  }

  /** A worker that tells the watch what it was given and what it said. */
  private final class Watching implements BatchWorker<Image, Prediction> {
    private final BatchWorker<Image, Prediction> worker;

    Watching(BatchWorker<Image, Prediction> worker) {
      this.worker = worker;
      loaded(); // by its constructor
    }

    @Override
    public List<Prediction> apply(List<Image> batch) throws Exception {
      var predictions = worker.apply(batch);
      if (predictions != null && predictions.size() == batch.size()) { // else it is told elsewhere
        var rows = new ArrayList<Seen>();
        for (int i = 0; i < batch.size(); i++) {
          Image image = batch.get(i);
          rows.add(Seen.of(image, predictions.get(i), labels.applyAsInt(image)));
        }
        add(rows);
      }
      return predictions;
    }

    @Override
    public void close() throws Exception {
      worker.close();
    }
  }

  private synchronized void add(List<Seen> rows) {
    loaded(); // one that loads its model in a call
    for (Seen row : rows) {
      if (windows.isEmpty() || windows.get(windows.size() - 1).count() >= window) {
        next();
      }
      windows.get(windows.size() - 1).add(row);
    }
  }

  private void next() {
    if (windows.size() == MOST) {
      for (int i = 0; i < MOST / 2; i++) {
        windows.get(i).add(windows.remove(i + 1));
      }
      window *= 2;
    }
    windows.add(new Sketches());
  }

  /** Looks which model the calling actor has loaded in what it is doing. */
  private synchronized void loaded() {
    var models = Work.current().map(Work::models).orElse(List.of());
    if (!models.isEmpty() && !models.get(0).equals(loaded)) {
      loaded = models.get(0);
      model = FileHash.of(FileHash.of(loaded.file()) + " " + loaded.settings());
    }
  }

  private Profile profile(Sketches of) {
    String pictures = watched.input().map(this::prepared).orElse("as they were decoded");
    return new Profile(model, pictures, of.summary());
  }

  private String prepared(Preprocessing input) {
    return "resized to %d (%s), cropped to %d x %d%s"
        .formatted(
            input.shortSide(),
            input.resampling().name().toLowerCase(Locale.ROOT),
            input.crop(),
            input.crop(),
            watched.scalesInput() ? ", decoded at a smaller size" : "");
  }

  /** All rows so far. */
  public synchronized Profile profile() {
    var all = new Sketches();
    windows.forEach(all::add);
    return profile(all);
  }

  /**
   * The rows so far by when they came, at most 16 windows of the same number; the last has fewer.
   */
  public synchronized List<Profile> windows() {
    return windows.stream().map(this::profile).toList();
  }

  /**
   * Compares each window with a reference. A false alarm in any of them has a probability of at
   * most 1 %, if one looks once, at the end.
   *
   * @throws GristmillException if the reference is not of the same model and pictures, or has no
   *     rows
   */
  public Tracking against(Profile reference) {
    return Tracking.of(reference, windows());
  }

  /** What was usual so far. */
  @Override
  public Table table() {
    return profile().table();
  }

  @Override
  public String toString() {
    return profile().toString();
  }
}
