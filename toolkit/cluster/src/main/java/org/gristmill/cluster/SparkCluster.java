package org.gristmill.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;
import org.gristmill.BatchWorker;
import org.gristmill.Cluster;
import org.gristmill.GristmillException;
import org.gristmill.Session;
import org.gristmill.observe.Work;

/**
 * The executors of Apache Spark as a place for actors:
 *
 * <pre>{@code
 * var spark = SparkCluster.start("local-cluster[2,1,1024]");
 * images.mapBatches(16, pool.on(spark)).writeJsonLines("predictions");
 * }</pre>
 *
 * <p>Each actor is a Spark task that lasts as long as the actor does; Spark decides where it runs,
 * starts executors anew that were lost, and as many as are asked for where allocation is dynamic.
 * Batches go to actors, and results come back, over a connection of each actor's own. A process has
 * one cluster at a time: starting another closes it. Thread-safe.
 */
public final class SparkCluster implements Cluster, AutoCloseable {
  private static final String NAME = "spark"; // in the session
  private static final String PORT = "spark.gristmill.port";
  private static final long LOOK_MILLIS = 1_000;
  private static final long PAUSE_MILLIS = 200;
  private static final int TRIES = 10;
  private static final long SILENT = TimeUnit.MINUTES.toNanos(5); // of an executor with a task
  private static final long SLOW = TimeUnit.MINUTES.toNanos(2); // of one that is to come
  // Of one where all have come; a seat whose actor does not answer an interrupt is free in 10 s.
  private static final long QUIET = TimeUnit.SECONDS.toNanos(15);

  /** An actor that runs on an executor now. Thread-safe. */
  public static final class Actor {
    private final Door.Hello hello;
    private volatile boolean working; // written by the actor's thread

    Actor(Door.Hello hello) {
      this.hello = hello;
    }

    void begin() {
      working = true;
    }

    void end() {
      working = false;
    }

    /** The number that Spark gave its executor. */
    public String executor() {
      return hello.executor();
    }

    /** The name or address of its machine. */
    public String host() {
      return hello.host();
    }

    /** The executor's process on that machine. */
    public long pid() {
      return hello.pid();
    }

    /** Whether it is working on a batch, or making or closing its worker. */
    public boolean isWorking() {
      return working;
    }

    @Override
    public String toString() {
      return "executor %s at %s (process %d)".formatted(executor(), host(), pid());
    }
  }

  private final String master;
  private final JavaSparkContext context;
  private final Door door;
  private final Map<SparkWorker<?, ?>, Actor> actors = new ConcurrentHashMap<>();
  private final Map<Double, ResourceProfile> profiles = new ConcurrentHashMap<>(); // by GPUs
  private final AtomicInteger mostExecutors; // that there were, or are to be
  private volatile long latestCall = System.nanoTime(); // of an actor that has found its place
  private final AtomicBoolean closed = new AtomicBoolean();

  private SparkCluster(JavaSparkContext context, Door door) {
    this.master = context.master();
    this.context = context;
    this.door = door;
    String local = master.replaceFirst("local-cluster\\[\\s*(\\d+).*", "$1");
    mostExecutors = new AtomicInteger(local.equals(master) ? 1 : Integer.parseInt(local));
  }

  /**
   * Connects to a cluster, or starts one on this machine.
   *
   * @param master {@code spark://host:7077}, {@code local-cluster[executors,cores,MiB]} for
   *     processes on this machine that listen on the loopback interface only, or what else Spark
   *     takes
   */
  public static SparkCluster start(String master) {
    return start(master, Map.of());
  }

  /**
   * The same with settings of Spark's own.
   *
   * @param settings such as {@code spark.executor.memory}; see Spark's "Configuration". Ours is
   *     {@code spark.gristmill.port}, at which this process listens for actors; any, if it is not
   *     set
   * @throws GristmillException if the cluster cannot be reached, or this JVM was started without
   *     the options that Spark needs
   */
  public static SparkCluster start(String master, Map<String, String> settings) {
    Objects.requireNonNull(master, "master");
    Setup.checkJvm();
    Session.closeService(NAME); // Spark allows one in a process
    Setup.quieten();
    JavaSparkContext context = null;
    try {
      context = new JavaSparkContext(Setup.conf(master, settings));
      var set = context.getConf();
      String host = set.get("spark.driver.bindAddress", set.get("spark.driver.host"));
      var door = new Door(host, set.getInt(PORT, 0));
      var cluster = new SparkCluster(context, door);
      Session.keep(NAME, cluster);
      return cluster;
    } catch (Exception failed) {
      if (context != null) {
        context.close();
      }
      throw new GristmillException(
          "cannot start Spark on %s: %s".formatted(master, GristmillException.reason(failed)),
          failed);
    }
  }

  /** The address of Spark's own page about this cluster; empty if it was switched off. */
  @Override
  public Optional<String> uiUrl() {
    var url = context.sc().uiWebUrl();
    return url.isEmpty() ? Optional.empty() : Optional.of(url.get());
  }

  /** The actors that run now, in the order of their executors. */
  public List<Actor> actors() {
    return actors.values().stream()
        .sorted(Comparator.comparing(Actor::executor).thenComparing(Actor::pid))
        .toList();
  }

  /** How many executors there are now. */
  public int executors() {
    return context.statusTracker().getExecutorInfos().length - 1; // the driver is one of them
  }

  @Override
  public <T, R> RemoteWorker<T, R> start(
      BatchWorker.Factory<T, R> factory, int threads, double gpus) throws Exception {
    checkOpen();
    ClassLoader loader = loader(factory);
    var code = new CellCode(loader);
    byte[] sent = Parcel.of(factory, "the factory of the pool's workers", code);
    String ticket = door.ticket();
    JavaFutureAction<Void> task = null;
    SparkWorker<T, R> worker = null;
    try {
      var seat = new Seat(context.getConf().get("spark.driver.host"), door.port(), ticket, threads);
      JavaRDD<Integer> one = context.parallelize(List.of(0), 1);
      task = (gpus > 0 ? one.withResources(profile(gpus)) : one).foreachAsync(seat);
      var caller = await(ticket, task);
      var actor = new Actor(caller.hello());
      worker = new SparkWorker<>(new Line(caller.channel()), actor, loader, this);
      actors.put(worker, actor);
      worker.make(code, sent);
      return worker;
    } catch (Throwable failed) {
      if (worker != null) {
        worker.abandon();
      }
      if (task != null) {
        task.cancel(true);
      }
      throw failed;
    } finally {
      door.forget(ticket);
    }
  }

  /** An actor that runs no more. */
  void forget(SparkWorker<?, ?> worker) {
    actors.remove(worker);
  }

  /** Has Spark kill the process of an actor that does not answer, and start another one. */
  void replace(Actor actor) {
    context.sc().killAndReplaceExecutor(actor.executor());
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new GristmillException(
          "the cluster %s is closed: start one, and make the pool again".formatted(master));
    }
    if (context.sc().isStopped()) {
      throw new GristmillException(
          "Spark has ended the cluster %s: its master is gone, or its executors end as soon as they are started, which their settings may cause (spark.executor.*, spark.executorEnv.*). Start one, and make the pool again"
              .formatted(master));
    }
  }

  /** Spark gives tasks of the same profile to an executor, and not of an equal one. */
  private ResourceProfile profile(double gpus) {
    return profiles.computeIfAbsent(
        gpus,
        share -> {
          var requests = new TaskResourceRequests().cpus(1).resource("gpu", share);
          return new ResourceProfileBuilder().require(requests).build();
        });
  }

  private static ClassLoader loader(Object factory) {
    ClassLoader own = factory.getClass().getClassLoader();
    return own == null ? ClassLoader.getSystemClassLoader() : own;
  }

  /** Waits until Spark has found a place for the task. */
  private Door.Caller await(String ticket, JavaFutureAction<Void> task) throws Exception {
    long began = System.nanoTime();
    long changed = began;
    long placed = 0; // System.nanoTime(), when an executor had it
    int executors = executors();
    while (true) {
      var caller = door.await(ticket, LOOK_MILLIS);
      long now = System.nanoTime();
      if (caller.isPresent()) {
        latestCall = now;
        long waited = now - began;
        Work.current().ifPresent(work -> work.waited(waited));
        return caller.get();
      }
      checkOpen();
      if (task.isDone()) {
        throwWhy(task);
      }
      if (!isPlaced(task)) {
        placed = 0;
      } else if (placed == 0) {
        placed = now;
      }
      if (placed != 0 && now - placed > SILENT) {
        throw new GristmillException(noCall());
      }
      if (placed != 0 || executors() != executors) {
        executors = executors();
        changed = now;
      }
      mostExecutors.accumulateAndGet(executors, Math::max);
      long quiet = comesMore(executors) ? SLOW : QUIET;
      if (now - Math.max(changed, latestCall) > quiet) {
        throw new NoRoom(noRoom(executors, quiet));
      }
    }
  }

  /** A task ended before its actor called back. */
  private static void throwWhy(JavaFutureAction<Void> task) throws InterruptedException {
    Throwable why = null;
    try {
      task.get();
    } catch (ExecutionException | CancellationException failed) {
      why = failed.getCause() == null ? failed : failed.getCause();
    }
    String reason = why == null ? "nothing" : GristmillException.reason(why);
    String first = reason.lines().findFirst().orElse("");
    String text = "Spark ended an actor's task before it began: " + first;
    if (first.contains("ExecutorLostFailure")) {
      throw new Lost(text, why);
    }
    throw new GristmillException(text, why);
  }

  /**
   * Whether there should be more executors than that: one is missing, or they come as asked for.
   */
  private boolean comesMore(int executors) {
    return executors < mostExecutors.get()
        || context.getConf().getBoolean("spark.dynamicAllocation.enabled", false);
  }

  /** Whether an executor has got the task; it may have to fetch our jars first. */
  private boolean isPlaced(JavaFutureAction<Void> task) {
    var tracker = context.statusTracker();
    for (int job : task.jobIds()) {
      var info = tracker.getJobInfo(job);
      for (int stage : info == null ? new int[0] : info.stageIds()) {
        var running = tracker.getStageInfo(stage);
        if (running != null && running.numActiveTasks() > 0) {
          return true;
        }
      }
    }
    return false;
  }

  private String noCall() {
    var conf = context.getConf();
    return "an executor of %s has an actor's task and did not call back to %s within %d s: its machine has to reach this one by that name (spark.driver.host)"
        .formatted(master, conf.get("spark.driver.host"), TimeUnit.NANOSECONDS.toSeconds(SILENT));
  }

  private String noRoom(int executors, long quiet) {
    int running = actors.size();
    return ("%s has no room for one more actor: %d %s on its %d %s, and no other executor came within %d s."
            + " Ask for no more actors than there are cores, GPUs included (ActorPool.size), or for"
            + " more executors; what Spark says: %s")
        .formatted(
            master,
            running,
            running == 1 ? "runs" : "run",
            executors,
            executors == 1 ? "executor" : "executors",
            TimeUnit.NANOSECONDS.toSeconds(quiet),
            uiUrl().orElse("its page is switched off"));
  }

  /** Ends all executors that are this process's. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    Session.forget(NAME, this);
    try {
      door.close();
    } catch (IOException gone) {
      // as it should be
    }
    Optional<Path> work =
        master.startsWith("local-cluster") ? Optional.of(work()) : Optional.empty();
    context.close();
    work.ifPresent(SparkCluster::delete);
  }

  /** Where executors that Spark has started on this machine keep their logs. */
  private Path work() {
    String home = Objects.requireNonNullElse(System.getenv("SPARK_HOME"), ".");
    return Path.of(home, "work", context.sc().applicationId()).toAbsolutePath();
  }

  /** With the folder that it is in, if that is empty then. Executors may still be writing to it. */
  private static void delete(Path folder) {
    for (int i = 0; i < TRIES && Files.exists(folder); i++) {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
      } catch (IOException | UncheckedIOException written) {
        // meanwhile: once more
      }
      if (Files.exists(folder)) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
      }
    }
    folder.getParent().toFile().delete();
  }

  @Override
  public String toString() {
    return master;
  }
}
