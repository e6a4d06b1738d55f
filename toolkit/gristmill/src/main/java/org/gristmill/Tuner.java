package org.gristmill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.gristmill.ExecutionPlan.Measured;
import org.gristmill.model.Engines;
import org.gristmill.notebook.ArmsTile;
import org.gristmill.observe.ProcessMemory;
import org.gristmill.pool.OutOfMemory;
import org.gristmill.tune.Contender;
import org.gristmill.tune.Search;
import org.gristmill.tune.Shape;
import org.gristmill.tune.Trial;
import org.gristmill.tune.Trials;

/**
 * Finds the batch size, the number of actors and their threads, and which of several pools, that
 * give the most rows a second on rows of one's own: by running them. Immutable.
 *
 * <pre>{@code
 * var tuning = images.tune(pool);          // 15 s
 * images.mapBatches(tuning.batchSize(), tuning.pool())
 *
 * Tuner.of("pytorch", pytorch).or("onnx", onnx).latencyAtMost(Duration.ofMillis(200)).tune(images)
 * }</pre>
 *
 * @param <T> the rows that a worker takes
 * @param <R> the results that it gives
 */
public final class Tuner<T, R> {
  private static final Duration BUDGET = Duration.ofSeconds(15);
  private static final AtomicInteger TUNINGS = new AtomicInteger(); // so that two do not meet

  /**
   * One of the pools to choose from.
   *
   * @param expression what the line to paste says for it
   */
  record Choice<T, R>(String expression, ActorPool<T, R> pool) {}

  private final Map<String, Choice<T, R>> pools; // by name
  private final Search.Goal goal;

  private Tuner(Map<String, Choice<T, R>> pools, Search.Goal goal) {
    this.pools = pools;
    this.goal = goal;
  }

  /**
   * Tunes a pool: how many actors it has and how many threads each; what else it was told stays. A
   * pool that asks for GPUs is tried with one and with two actors a GPU, where there are any.
   *
   * @param name what the line to paste calls it, such as its variable's name
   */
  public static <T, R> Tuner<T, R> of(String name, ActorPool<T, R> pool) {
    return Tuner.<T, R>none().or(name, pool);
  }

  /**
   * Tunes {@link ImageClassifier#pool} over several files of a model, or several models, such as
   * one for each engine. One in reduced precision answers differently now and then: name it only if
   * a {@link PrecisionGate} has let it through.
   *
   * @param models names or paths, as {@link ImageClassifier#load(String)} takes them
   */
  public static Tuner<Image, Prediction> ofModels(String... models) {
    if (models.length == 0) {
      throw new IllegalArgumentException("there is no model to tune: name one or more");
    }
    Tuner<Image, Prediction> tuner = none();
    for (String model : models) {
      String expression = "ImageClassifier.pool(\"" + model + "\")";
      var choice = new Choice<>(expression, ImageClassifier.pool(model));
      String file = Path.of(model).getFileName().toString();
      tuner = tuner.or(tuner.pools.containsKey(file) ? model : file, choice);
    }
    return tuner;
  }

  private static <T, R> Tuner<T, R> none() {
    return new Tuner<>(Map.of(), new Search.Goal(BUDGET, Optional.empty()));
  }

  /** Another pool that does the same job, such as one on another engine. */
  public Tuner<T, R> or(String name, ActorPool<T, R> pool) {
    return or(name, new Choice<>(name, Objects.requireNonNull(pool, "pool")));
  }

  private Tuner<T, R> or(String name, Choice<T, R> choice) {
    var more = new LinkedHashMap<>(pools);
    if (more.put(name, choice) != null) {
      throw new IllegalArgumentException("there are two pools named " + name);
    }
    return new Tuner<>(more, goal);
  }

  /**
   * How long to look, about; the default is 15 s. A batch that would take more than a seventh of it
   * is not tried, so slow models and large batches need a longer one.
   */
  public Tuner<T, R> budget(Duration budget) {
    if (budget.isNegative() || budget.isZero()) {
      throw new IllegalArgumentException("tuning needs some time, not " + budget);
    }
    return new Tuner<>(pools, new Search.Goal(budget, goal.latency()));
  }

  /**
   * How long 99 % of batches may take, from when an actor begins with one until it has ended. The
   * most rows a second are then looked for among batches that keep to it.
   */
  public Tuner<T, R> latencyAtMost(Duration batch) {
    if (batch.isNegative() || batch.isZero()) {
      throw new IllegalArgumentException("a batch needs some time, not " + batch);
    }
    return new Tuner<>(pools, new Search.Goal(goal.budget(), Optional.of(batch)));
  }

  /**
   * Runs the first rows of a dataset, again and again, in all the ways that are worth trying. Those
   * runs are not among the session's; rows that fail are left out if the dataset sets rows aside,
   * and go nowhere. In a notebook a tile shows how it stands. All workers are closed at the end.
   *
   * @param rows like those that are to be run: order, threads and memory are as it says. A hundred
   *     will do, a thousand are better
   * @throws GristmillException if a row fails, no way could be run, or none keeps to the latency
   */
  public Tuning<T, R> tune(Dataset<T> rows) {
    var contenders = contenders();
    Path aside = null;
    try (var tile =
        Session.tile().compare(contenders.keySet().stream().map(Contender::toString).toList())) {
      aside = Files.createTempFile("gristmill-tuning", ".jsonl");
      var running = new Running<>(rows.settingAsideIn(aside), contenders, tile);
      long began = System.nanoTime();
      var results = Search.run(List.copyOf(contenders.keySet()), goal, running);
      var took = Duration.ofNanos(System.nanoTime() - began);
      tile.measured();
      return new Tuning<>(results, took, pools);
    } catch (IOException failed) {
      throw new GristmillException(
          "tuning needs a temporary file: " + GristmillException.reason(failed), failed);
    } finally {
      contenders.values().forEach(ActorPool::close);
      remove(aside);
    }
  }

  private static void remove(Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException left) {
      file.toFile().deleteOnExit();
    }
  }

  /** Each kept warm, so that loading is in no trial but its first, which only warms up. */
  private Map<Contender, ActorPool<T, R>> contenders() {
    int number = TUNINGS.incrementAndGet();
    var contenders = new LinkedHashMap<Contender, ActorPool<T, R>>();
    pools.forEach(
        (name, choice) -> {
          for (Shape shape : shapes(choice.pool())) {
            var contender = new Contender(name, shape);
            var pool =
                Tuning.shaped(choice.pool(), shape)
                    .keepWarm("tuning %d: %s".formatted(number, contender));
            contenders.put(contender, pool);
          }
        });
    return contenders;
  }

  private static List<Shape> shapes(ActorPool<?, ?> pool) {
    int gpus = pool.gpusPerActor() == 0 ? 0 : Engines.gpuCount();
    return gpus == 0
        ? Shape.ofProcessors(Runtime.getRuntime().availableProcessors())
        : Shape.ofGpus(gpus);
  }

  /** Trials on this machine. */
  private static final class Running<T, R> implements Trials {
    private final Dataset<T> rows;
    private final Map<Contender, ActorPool<T, R>> pools;
    private final ArmsTile tile;

    Running(Dataset<T> rows, Map<Contender, ActorPool<T, R>> pools, ArmsTile tile) {
      this.rows = rows;
      this.pools = pools;
      this.tile = tile;
    }

    @Override
    public Trial run(Contender contender, int batchSize, int count) {
      tile.turn(contender.toString(), "batches of " + batchSize);
      try {
        var stats = rows.limit(count).mapBatches(batchSize, pools.get(contender)).trial();
        Measured batches =
            stats.plan().stages().stream()
                .flatMap(stage -> stage.measured().stream())
                .filter(Measured::batches)
                .reduce((first, second) -> second)
                .orElseThrow();
        var outOfMemory =
            stats.notes().stream().filter(note -> note.contains(OutOfMemory.NOTE)).findFirst();
        if (stats.rows() == 0 && stats.setAside() > 0) {
          return Trial.failed(
              "all its rows were set aside: run a few without OnError.setAside to see why");
        }
        return new Trial(
            stats.rows(),
            stats.setAside(),
            stats.wall(),
            batches.duration().p99(),
            stats.memory().process(),
            outOfMemory);
      } catch (GristmillException failed) {
        if (Thread.currentThread().isInterrupted() || isOfTheDataset(failed, batchSize)) {
          throw failed;
        }
        return Trial.failed(failed.getMessage());
      }
    }

    /** Whether a row failed before it came to the pool, as it will in any. */
    private static boolean isOfTheDataset(GristmillException failed, int batchSize) {
      return failed.row().isPresent()
          && !OutOfMemory.is(failed)
          && failed.stage().stream()
              .noneMatch(of -> of.startsWith("mapBatches(" + batchSize + ","));
    }

    @Override
    public void close(Contender contender) {
      pools.get(contender).close();
    }

    @Override
    public long freeMemory() {
      return ProcessMemory.available();
    }

    @Override
    public long memory() {
      return ProcessMemory.resident();
    }

    @Override
    public long nanoTime() {
      return System.nanoTime();
    }
  }
}
