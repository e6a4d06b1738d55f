package org.gristmill.observe;

import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gristmill.Device;

/**
 * What one task of an actor's did, measured by the thread that ran it, and handed over with the
 * task's outcome; so nobody needs a lock.
 */
public final class Work {
  /** What time is spent on. */
  public enum Part {
    READ("read"),
    DECODE("decode"),
    LOAD("load model"),
    PREPARE("resize and pack"),
    FORWARD("forward pass"),
    OTHER("other");

    private final String title;

    Part(String title) {
      this.title = title;
    }

    public String title() {
      return title;
    }
  }

  // The one place where a user's code and the run that called it meet: a model that is loaded
  // inside a worker counts itself here, wherever the worker's class was defined.
  private static final ThreadLocal<Work> CURRENT = new ThreadLocal<>();

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final boolean KNOWS_CPU = THREADS.isCurrentThreadCpuTimeSupported();

  private final Device device;
  private final int actor;
  private final Map<Part, Long> nanos = new EnumMap<>(Part.class);
  private List<LoadedModel> models = List.of();
  private int loads;
  private long computed; // rows of forward passes
  private long filling; // of these, such as only filled up a batch
  private long began; // System.nanoTime()
  private long ended;
  private long cpu;
  private Elsewhere elsewhere; // null where all of it was done here
  private long waited; // for another process, and so no work

  /** What of a task was done in another process, as it travels from there. */
  public record Elsewhere(
      String place,
      Map<Part, Long> nanos,
      long cpu,
      int loads,
      long computed,
      long filling,
      List<Model> models)
      implements Serializable {
    private record Model(String file, String settings) implements Serializable {}
  }

  /**
   * @param actor its number in its crew
   */
  public Work(Device device, int actor) {
    this.device = device;
    this.actor = actor;
  }

  /** Work in a time that is not this machine's: all of it other work, without a pause. */
  public static Work of(Device device, int actor, long began, long ended) {
    var work = new Work(device, actor);
    work.began = began;
    work.ended = ended;
    work.nanos.put(Part.OTHER, ended - began);
    return work;
  }

  /** The work of the calling thread, if it is an actor's. */
  public static Optional<Work> current() {
    return Optional.ofNullable(CURRENT.get());
  }

  /**
   * Runs a piece of work and counts its time as that part of the calling actor's, if it is one's.
   * Pieces do not nest.
   */
  public static <T> T time(Part part, Callable<T> piece) throws Exception {
    long from = System.nanoTime();
    T result = piece.call();
    Work work = CURRENT.get();
    if (work != null) {
      work.nanos.merge(part, System.nanoTime() - from, Long::sum);
      work.loads += part == Part.LOAD ? 1 : 0;
    }
    return result;
  }

  /** Runs the task: what its pieces do not account for is other work. */
  public <T> T task(Callable<T> task) throws Exception {
    Work outer = CURRENT.get();
    CURRENT.set(this);
    long cpuBefore = cpuTime();
    began = System.nanoTime();
    try {
      return task.call();
    } finally {
      ended = System.nanoTime();
      cpu += cpuTime() - cpuBefore;
      nanos.merge(Part.OTHER, Math.max(0, ended - began - waited - busy()), Long::sum);
      CURRENT.set(outer);
    }
  }

  private static long cpuTime() {
    return KNOWS_CPU ? THREADS.getCurrentThreadCpuTime() : 0;
  }

  /** The calling actor has loaded a model. */
  public void model(LoadedModel model) {
    if (models.isEmpty()) {
      models = new ArrayList<>();
    }
    models.add(model);
  }

  /** What this work was, to be sent to the process that asked for it. */
  public Elsewhere sent(String place) {
    var sent = new ArrayList<Elsewhere.Model>();
    models.forEach(
        model -> sent.add(new Elsewhere.Model(model.file().toString(), model.settings())));
    return new Elsewhere(place, new EnumMap<>(nanos), cpu, loads, computed, filling, sent);
  }

  /** Part of this work was done in another process: it counts as if it had been done here. */
  public void add(Elsewhere other) {
    elsewhere = other;
    other.nanos().forEach((part, spent) -> nanos.merge(part, spent, Long::sum));
    cpu += other.cpu();
    loads += other.loads();
    computed += other.computed();
    filling += other.filling();
    other
        .models()
        .forEach(model -> model(new LoadedModel(Path.of(model.file()), model.settings())));
  }

  /** The calling thread waited so long for a process that can do the work. */
  public void waited(long time) {
    waited += time;
  }

  /** Whether another process has done it. */
  public boolean isElsewhere() {
    return elsewhere != null;
  }

  /** Where it was done: the device, and which process had it, if it was not this one. */
  public String place() {
    return elsewhere == null ? device.toString() : elsewhere.place();
  }

  /** The device that the actor was given. */
  public Device device() {
    return device;
  }

  /** The number of the actor in its crew, from 0. */
  public int actor() {
    return actor;
  }

  /** Nanoseconds of a processor that its thread used; an engine's own threads do not count. */
  public long cpu() {
    return cpu;
  }

  /** When the task began, by {@link System#nanoTime}; 0 if it never did. */
  public long began() {
    return began;
  }

  /** When the task ended. */
  public long ended() {
    return ended;
  }

  /** Nanoseconds of all parts together. */
  public long busy() {
    long sum = 0;
    for (long part : nanos.values()) {
      sum += part;
    }
    return sum;
  }

  /** Nanoseconds by part. */
  public Map<Part, Long> nanos() {
    return Collections.unmodifiableMap(nanos);
  }

  /** How many models were loaded. */
  public int loads() {
    return loads;
  }

  /** A forward pass computed so many rows, of which some only filled up the batch. */
  public void computed(int rows, int filledUp) {
    computed += rows;
    filling += filledUp;
  }

  /** Nanoseconds of the forward passes that went into rows that only filled up batches. */
  public long padding() {
    return computed == 0 ? 0 : nanos.getOrDefault(Part.FORWARD, 0L) * filling / computed;
  }

  /** The models that were loaded. */
  public List<LoadedModel> models() {
    return models;
  }
}
