package org.gristmill;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.gristmill.model.Engines;
import org.gristmill.pool.Crew;
import org.gristmill.pool.Host;
import org.gristmill.pool.Warm;

/**
 * How many actors to run, and how each makes its worker. A recipe: building one starts nothing, and
 * the same pool may be used by many runs. Each run makes every actor's worker once, as it starts or
 * as the pool grows, and again only if it dies, and closes it at the end; a pool that is {@link
 * #keepWarm kept warm} keeps its workers for the next run. Immutable.
 *
 * @param <T> the rows that a worker takes
 * @param <R> the results that it gives
 */
public final class ActorPool<T, R> implements AutoCloseable {
  private static final int RESTARTS = 3;
  private static final Duration NO_LIMIT = Duration.ZERO;

  /** Actors at least and at most, and the threads of each; 0 where they share the processors. */
  private record Size(int min, int max, int threads) {}

  /** The share of a GPU that each actor has, and whether the run fails without. */
  private record Gpus(double share, boolean strict) {}

  /** What becomes of workers that die, and of batches that take long. */
  private record Faults(int restarts, Duration timeLimit) {}

  /** What is made of pictures ahead of the actors, and whether they may be scaled for it. */
  private record Input(Optional<Preprocessing> wanted, boolean scaled) {}

  /** What can be chosen. */
  private record Settings(
      Size size, Gpus gpus, Faults faults, String version, Input input, Optional<Cluster> cluster) {
    Settings with(Size other) {
      return new Settings(other, gpus, faults, version, input, cluster);
    }

    Settings with(Gpus other) {
      return new Settings(size, other, faults, version, input, cluster);
    }

    Settings with(Faults other) {
      return new Settings(size, gpus, other, version, input, cluster);
    }

    Settings with(String other) {
      return new Settings(size, gpus, faults, other, input, cluster);
    }

    /** Where the actors are threads of this process. */
    Settings here() {
      var gpus = cluster.isPresent() ? new Gpus(0, false) : this.gpus;
      return new Settings(size, gpus, faults, version, input, Optional.empty());
    }

    Settings with(Input other) {
      return new Settings(size, gpus, faults, version, other, cluster);
    }
  }

  private final Settings settings;
  private final BatchWorker.Factory<T, R> factory;
  private final Warm<BatchWorker<T, R>> warm; // null where every run makes its own actors
  private final AtomicBoolean told = new AtomicBoolean(); // whether a shortage was printed

  private ActorPool(
      Settings settings, BatchWorker.Factory<T, R> factory, Warm<BatchWorker<T, R>> warm) {
    this.settings = settings;
    this.factory = factory;
    this.warm = warm;
  }

  /**
   * A pool of as many actors on the CPU as there are processors for this process, each with one
   * thread: most often the fastest, because small operations gain little from a second thread and
   * threads that outnumber the processors get in each other's way. A container's limit counts.
   */
  public static <T, R> ActorPool<T, R> of(BatchWorker.Factory<T, R> factory) {
    return of(Runtime.getRuntime().availableProcessors(), factory);
  }

  /** A pool of that many actors on the CPU, which share its processors evenly. */
  public static <T, R> ActorPool<T, R> of(int size, BatchWorker.Factory<T, R> factory) {
    return of(size, size, factory);
  }

  /**
   * A pool that grows while all of its actors are busy and one more brings more rows a second, and
   * shrinks while they wait for rows. Each actor gets the processors divided by the largest number
   * of actors.
   *
   * @param min actors to start with, and at least
   * @param max actors at most
   */
  public static <T, R> ActorPool<T, R> of(int min, int max, BatchWorker.Factory<T, R> factory) {
    if (min < 1) {
      throw new IllegalArgumentException("a pool needs at least 1 worker, not " + min);
    }
    if (max < min) {
      throw new IllegalArgumentException(
          "a pool of at least %d workers cannot have at most %d".formatted(min, max));
    }
    var settings =
        new Settings(
            new Size(min, max, 0),
            new Gpus(0, false),
            new Faults(RESTARTS, NO_LIMIT),
            "",
            new Input(Optional.empty(), false),
            Optional.empty());
    return new ActorPool<>(settings, Objects.requireNonNull(factory, "factory"), null);
  }

  private ActorPool<T, R> with(Settings other) {
    return new ActorPool<>(other, factory, warm);
  }

  /** As many actors of this kind that do something else, for as long as it takes. */
  <S> ActorPool<T, S> doing(BatchWorker.Factory<T, S> other) {
    var faults = new Faults(settings.faults.restarts, NO_LIMIT);
    return new ActorPool<>(settings.with(faults).here(), other, null);
  }

  /** As many actors of this kind, whose workers are within others; none are kept warm. */
  ActorPool<T, R> within(UnaryOperator<BatchWorker<T, R>> others) {
    return new ActorPool<>(settings.here(), device -> others.apply(worker(device)), null);
  }

  /** The same pool, for which nothing is made of pictures ahead. */
  ActorPool<T, R> withoutInput() {
    return with(settings.with(new Input(Optional.empty(), false)));
  }

  /** A worker of this pool, for an actor of another one; whoever asks closes it. */
  BatchWorker<T, R> worker(Device device) throws Exception {
    return settings.cluster.isEmpty()
        ? factory.create(device)
        : settings.cluster.get().start(factory, settings.size.threads, settings.gpus.share);
  }

  /** The same pool with another number of actors. */
  public ActorPool<T, R> size(int actors) {
    if (actors < 1) {
      throw new IllegalArgumentException("a pool needs at least 1 worker, not " + actors);
    }
    return with(settings.with(new Size(actors, actors, settings.size.threads)));
  }

  /**
   * The same pool, each of whose actors on the CPU is told to use that many threads for a single
   * operation ({@link Device#threads}), instead of the processors divided by the largest number of
   * actors. More than there are processors for all actors together make each other wait.
   */
  public ActorPool<T, R> threadsPerActor(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("an actor needs at least 1 thread, not " + threads);
    }
    return with(settings.with(new Size(settings.size.min, settings.size.max, threads)));
  }

  /**
   * The same pool, each actor on a GPU. Where a run finds too few GPUs it says so before it starts
   * and goes on: actors share what there is, or run on the CPU. It never waits for a GPU. See
   * {@link #strictGpus}.
   *
   * @param gpus the share of one GPU, above 0 and at most 1: with 0.5 two actors share a GPU. A
   *     worker is told one device, so more than 1 is refused. 0 means the CPU.
   */
  public ActorPool<T, R> gpusPerActor(double gpus) {
    if (!(gpus >= 0 && gpus <= 1)) {
      throw new IllegalArgumentException(
          "gpusPerActor takes 0 (the CPU) to 1 (a GPU each), not " + gpus);
    }
    return with(settings.with(new Gpus(gpus, settings.gpus.strict)));
  }

  /** The same pool, failing before the run starts where the machine has too few GPUs. */
  public ActorPool<T, R> strictGpus() {
    return with(settings.with(new Gpus(settings.gpus.share, true)));
  }

  /**
   * The same pool, with another number of times in a row that a worker may die, in its constructor
   * or by an {@link Error} in a call, and is made anew. The default is 3. A run whose workers die
   * more often fails.
   */
  public ActorPool<T, R> restarts(int times) {
    if (times < 0) {
      throw new IllegalArgumentException("restarts takes 0 or more, not " + times);
    }
    return with(settings.with(new Faults(times, settings.faults.timeLimit)));
  }

  /**
   * The same pool, with a limit of time for a batch. One that takes longer is interrupted and has
   * failed; the message says where it was. A worker that does not answer the interrupt within a
   * second is replaced, and its thread left behind.
   */
  public ActorPool<T, R> timeLimit(Duration batch) {
    if (batch.isNegative() || batch.isZero()) {
      throw new IllegalArgumentException("a batch needs some time, not " + batch);
    }
    return with(settings.with(new Faults(settings.faults.restarts, batch)));
  }

  /**
   * The same pool, with a word for what its workers do, such as the prompt or the threshold that
   * they use. A folder that was written with another word is written anew: see {@link
   * Dataset#writeJsonLines}. Models that {@link ImageClassifier} loads are told apart without it.
   */
  public ActorPool<T, R> version(String version) {
    return with(settings.with(Objects.requireNonNull(version, "version")));
  }

  /**
   * The same pool for workers whose model wants pictures like that. The steps right before the
   * batches then resize and crop them as well as decode them, off the actors; what waits for an
   * actor takes a fraction of the memory. Predictions are the same, bit for bit: {@link
   * ImageClassifier} has less left to do. Its workers get the pictures as the model sees them.
   *
   * @param input of the model that the workers load: {@link Preprocessing#of}
   */
  public ActorPool<T, R> input(Preprocessing input) {
    return with(settings.with(new Input(Optional.of(input), false)));
  }

  /**
   * The same as {@link #input}, and {@link Dataset#readImages} decodes JPEGs that are much larger
   * than the model's input at a half, a quarter or an eighth of their size (the inverse DCT of the
   * lowest frequencies only), as long as the short side keeps what is asked for. That takes a
   * fraction of the time, and changes samples slightly, and so may change predictions. Behind a
   * step of single rows, such as a {@link Transform}, pictures are decoded as large as they are.
   */
  public ActorPool<T, R> scaledInput(Preprocessing input) {
    return with(settings.with(new Input(Optional.of(input), true)));
  }

  /**
   * The same pool, whose actors run in other processes, as many machines as there may be. The
   * factory travels there, with what it captures; so do the steps of single rows right before the
   * batches ({@link Dataset#readImages}, {@link Dataset#map}), so that pictures are read and
   * decoded where they are needed, and only their names and what workers make of them travel. Both
   * have to be serializable. A process that is lost counts as a worker that died: {@link
   * #restarts}.
   *
   * <p>{@link #gpusPerActor} is the share of a GPU that the cluster is asked for, and waited for;
   * no actor runs without. {@link #timeLimit} is that of a batch with those steps. Inside a {@link
   * Watch}, or behind a service, batches are made in this process, and travel whole.
   */
  public ActorPool<T, R> on(Cluster cluster) {
    Objects.requireNonNull(cluster, "cluster");
    if (warm != null) {
      throw new IllegalStateException(
          "say where actors run before they are kept: on, then keepWarm");
    }
    return with(
        new Settings(
            settings.size,
            settings.gpus,
            settings.faults,
            settings.version,
            settings.input,
            Optional.of(cluster)));
  }

  /**
   * The same pool, whose workers stay for the next run: a model is loaded by the first one only.
   * One run at a time may use it. The workers are closed when the session is, by {@link #close}, or
   * when another pool is kept warm under this name, as happens when a notebook's cell is run again;
   * then this pool is of no more use. Keep it in a variable, in a cell of its own.
   */
  public ActorPool<T, R> keepWarm(String name) {
    var warm = new Warm<BatchWorker<T, R>>(Objects.requireNonNull(name, "name"));
    Session.keep(warm);
    return new ActorPool<>(settings, factory, warm);
  }

  /** Closes workers that are kept warm; a run that uses them fails. Does nothing otherwise. */
  @Override
  public void close() {
    if (warm != null) {
      Session.drop(warm);
    }
  }

  /** Where the actors run, if not in this process. */
  public Optional<Cluster> cluster() {
    return settings.cluster;
  }

  /** The number of actors to begin with, and the least. */
  public int min() {
    return settings.size.min;
  }

  /** The largest number of actors. */
  public int max() {
    return settings.size.max;
  }

  /** The share of a GPU that each actor is to have; 0 for the CPU. */
  public double gpusPerActor() {
    return settings.gpus.share;
  }

  /** How long a batch may take; zero where there is no limit. */
  public Duration timeLimit() {
    return settings.faults.timeLimit;
  }

  /** What is made of pictures ahead of the actors, if anything is. */
  public Optional<Preprocessing> input() {
    return settings.input.wanted;
  }

  /** Whether pictures may be decoded at a smaller size for that. */
  public boolean scalesInput() {
    return settings.input.scaled;
  }

  /** The word for what the workers do; empty if there is none. */
  public String version() {
    return settings.version;
  }

  /**
   * Actors for one run.
   *
   * @param name of the stage that they do
   */
  public Crew<BatchWorker<T, R>> crew(String name, Host host, Consumer<String> notes) {
    List<Device> devices = devices(notes);
    settings
        .cluster
        .flatMap(Cluster::uiUrl)
        .ifPresent(page -> notes.accept("more of the executors: " + page));
    return warm == null
        ? host.start(name, devices, settings.size.min, this::worker, settings.faults.restarts)
        : warm.lend(devices, settings.size.min, this::worker, settings.faults.restarts);
  }

  /**
   * The device of each actor on this machine, decided without waiting for anything; on a cluster
   * its processes tell their own, and what is given here says nothing but how many. Where the
   * actors cannot have the GPUs that were asked for, the sentence that says so is printed, once a
   * pool, and goes into the run's notes.
   *
   * @throws GristmillException if they cannot and {@link #strictGpus} was asked for
   */
  public List<Device> devices(Consumer<String> notes) {
    int size = settings.size.max;
    double gpusPerActor = settings.cluster.isPresent() ? 0 : settings.gpus.share;
    // Whole actors fit on a GPU: with 0.6 each it is one, with 0.5 two.
    int wanted = gpusPerActor == 0 ? 0 : (int) Math.ceil(size / Math.floor(1 / gpusPerActor));
    int present = wanted == 0 ? 0 : Engines.gpuCount();
    if (present < wanted) {
      String note = shortage(wanted, present);
      notes.accept(note);
      if (!told.getAndSet(true)) {
        System.out.println("note: " + note);
      }
    }
    var devices = new ArrayList<Device>();
    int gpus = Math.min(wanted, present);
    int processors = Runtime.getRuntime().availableProcessors();
    int threads = settings.size.threads == 0 ? processors / size : settings.size.threads;
    for (int actor = 0; actor < size; actor++) {
      // Actors are dealt to GPUs in turn, so that a shortage and fractions load each GPU alike.
      devices.add(
          gpus == 0 ? Device.cpu().withThreads(Math.max(1, threads)) : Device.gpu(actor % gpus));
    }
    return devices;
  }

  private String shortage(int wanted, int present) {
    String asked =
        "asked for %d GPU%s (%d actors, %s each), this machine has %s"
            .formatted(
                wanted,
                wanted == 1 ? "" : "s",
                settings.size.max,
                number(settings.gpus.share),
                present == 0 ? "none that PyTorch can use" : present);
    if (settings.gpus.strict) {
      String advice =
          present == 0
              ? ": use gpusPerActor(0), or leave out strictGpus() to go on on the CPU."
              : ": use fewer actors or a smaller share, or leave out strictGpus() to share GPUs.";
      throw new GristmillException(asked + advice);
    }
    return asked + (present == 0 ? "; the actors run on the CPU." : "; the actors share GPUs.");
  }

  private static String number(double value) {
    return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
  }

  @Override
  public String toString() {
    String size = min() == max() ? String.valueOf(max()) : min() + ".." + max();
    return size + (max() == 1 ? " worker" : " workers");
  }
}
