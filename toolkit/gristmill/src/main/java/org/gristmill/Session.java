package org.gristmill;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.gristmill.dashboard.Dashboard;
import org.gristmill.dashboard.RunsFeed;
import org.gristmill.model.CheckedFiles;
import org.gristmill.model.ModelMemory;
import org.gristmill.notebook.Notebook;
import org.gristmill.notebook.ProgressLines;
import org.gristmill.notebook.Tile;
import org.gristmill.observe.Listeners;
import org.gristmill.observe.Metrics;
import org.gristmill.observe.RunListener;
import org.gristmill.observe.Runs;
import org.gristmill.observe.Snapshot;
import org.gristmill.pool.Closing;
import org.gristmill.pool.Warm;

/**
 * The one session of this process: it teaches the notebook's kernel to show our types, tells what
 * the machine has, and closes what is left open. Thread-safe.
 */
public final class Session implements AutoCloseable {
  private static final Session ONE = new Session();

  private final Set<ImageClassifier> open = ConcurrentHashMap.newKeySet();
  private final Map<String, Warm<?>> warm = new ConcurrentHashMap<>(); // pools by name
  private final Map<String, AutoCloseable> services = new ConcurrentHashMap<>(); // by name

  private final ModelMemory modelMemory = new ModelMemory();
  private final CheckedFiles checkedFiles = new CheckedFiles();
  private final Runs runs = new Runs();
  private final Listeners counting = new Listeners(); // what all runs are told: kept and added up
  private final Listeners listeners = new Listeners();
  private final Listeners progress = new Listeners(); // those of them who show how a run stands
  private Dashboard dashboard; // guarded by this; null before the first
  private Metrics metrics; // guarded by this; from the first time that somebody asks

  private final Tile tile = new Tile();
  private final ProgressLines lines = new ProgressLines();

  private Session() {
    counting.add(runs);
    listeners.add(counting);
    listeners.add(progress);
    if (!"off".equalsIgnoreCase(System.getenv("GRISTMILL_PROGRESS"))) {
      showProgress();
    }
  }

  /** Starts the session, or gives the one that is running. Safe to run again. */
  public static Session start() {
    Notebook.install();
    return ONE;
  }

  static ModelMemory modelMemory() {
    return ONE.modelMemory;
  }

  static CheckedFiles checkedFiles() {
    return ONE.checkedFiles;
  }

  /** Who looks on while runs go on. */
  static Listeners listeners() {
    return ONE.listeners;
  }

  /** Who looks on at what goes on beside the notebook's cells: all but those who show progress. */
  public static RunListener background() {
    return ONE.counting;
  }

  /**
   * Has a service closed with the session. What had its name is closed now, so that a notebook's
   * cell can be run again.
   */
  public static void keep(String name, AutoCloseable service) {
    AutoCloseable predecessor = ONE.services.put(name, service);
    if (predecessor != null) {
      close(predecessor);
    }
  }

  /** The session need not close this any more. */
  public static void forget(String name, AutoCloseable service) {
    ONE.services.remove(name, service);
  }

  /** Closes the service of that name, if there is one. */
  public static void closeService(String name) {
    AutoCloseable service = ONE.services.remove(name);
    if (service != null) {
      close(service);
    }
  }

  private static void close(AutoCloseable service) {
    try {
      service.close();
    } catch (RuntimeException failed) {
      throw failed;
    } catch (Exception failed) {
      throw new GristmillException(GristmillException.reason(failed), failed);
    }
  }

  /** Who shows how a run stands, for runs that nobody is to keep or count. */
  static Listeners progress() {
    return ONE.progress;
  }

  /** The run that did this, if it is one of the latest. */
  static Optional<Snapshot> runOf(RunStats stats) {
    return ONE.runs.latest().stream()
        .filter(run -> run.stats().timeline().equals(stats.timeline()))
        .findFirst();
  }

  /** What shows in a notebook how runs stand. */
  static Tile tile() {
    return ONE.tile;
  }

  static void opened(ImageClassifier classifier) {
    ONE.open.add(classifier);
  }

  static void closed(ImageClassifier classifier) {
    ONE.open.remove(classifier);
  }

  /** Keeps a pool, and closes the one that had its name. */
  static void keep(Warm<?> pool) {
    var predecessor = ONE.warm.put(pool.name(), pool);
    if (predecessor != null) {
      predecessor.close();
    }
  }

  static void drop(Warm<?> pool) {
    ONE.warm.remove(pool.name(), pool);
    pool.close();
  }

  /**
   * Shows how runs stand while they go on: as a tile in a notebook, and as lines on the process's
   * standard error, for a terminal or a kernel's log. That is how a session starts, unless the
   * environment says {@code GRISTMILL_PROGRESS=off}. Safe to call again.
   */
  public void showProgress() {
    hideProgress();
    progress.add(tile);
    progress.add(lines);
  }

  /** Shows nothing of runs from now on but what they give. */
  public void hideProgress() {
    progress.remove(tile);
    progress.remove(lines);
  }

  /** What this machine has for inference. Loads the engines' native libraries. */
  public Resources resources() {
    return Resources.ofThisMachine();
  }

  /**
   * A page that shows this session's runs while they go on, for a browser on this machine. Started
   * once; the same one again until it is closed.
   */
  public synchronized Dashboard dashboard() {
    if (dashboard == null || dashboard.isClosed()) {
      dashboard = Dashboard.start(new RunsFeed(runs, this::scrape));
    }
    return dashboard;
  }

  private void closeDashboard() {
    Dashboard last;
    synchronized (this) {
      last = dashboard;
    }
    if (last != null) {
      last.close(); // without the lock, for which a request that it waits for may be waiting
    }
  }

  /**
   * Threads of runs that have not ended, of pools that are kept warm, and of the dashboard, by
   * name.
   */
  public List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("gristmill "))
        .sorted()
        .toList();
  }

  /**
   * What all runs of this process add up to, from the first call on: counters that never go down,
   * also over {@link #close}. Add your own metrics and they are in {@link #scrape} too. What there
   * is: rows, batches, failures, model loads, worker time and memory under {@code gristmill.}, and
   * the process and the JVM.
   */
  public MeterRegistry metrics() {
    return observed().registry();
  }

  /** The {@link #metrics} as text in Prometheus's format, as a server gives it at /metrics. */
  public String scrape() {
    return observed().scrape();
  }

  private synchronized Metrics observed() {
    if (metrics == null) {
      metrics = new Metrics();
      counting.add(metrics);
    }
    return metrics;
  }

  /** The models that are loaded. */
  public List<String> models() {
    return open.stream().map(ImageClassifier::toString).sorted().toList();
  }

  /** The names of the pools that are kept warm. */
  public List<String> pools() {
    return warm.keySet().stream().sorted().toList();
  }

  /**
   * Closes every service, pool and model that is still open, and the dashboard. The session can be
   * started again.
   *
   * @throws GristmillException if one of them failed to close; the others are closed all the same
   */
  @Override
  public void close() {
    var closings = new ArrayList<Runnable>();
    List.copyOf(services.keySet()).forEach(name -> closings.add(() -> closeService(name)));
    warm.values().forEach(pool -> closings.add(() -> drop(pool)));
    open.forEach(model -> closings.add(model::close));
    closings.add(this::closeDashboard);
    Closing.all(closings);
  }

  @Override
  public String toString() {
    return "Gristmill session: " + threads().size() + " threads, " + open.size() + " open models";
  }
}
