package org.gristmill.observe;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.gristmill.Device;

/**
 * What one actor's thread did for a run, measured by that thread, which owns this object until it
 * ends. Whoever has joined the thread may read it; so nobody needs a lock.
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

  private final Device device;
  private final Map<Part, Long> nanos = new EnumMap<>(Part.class);
  private final TreeMap<Integer, Integer> batchSizes = new TreeMap<>();
  private int loads;

  public Work(Device device) {
    this.device = device;
  }

  /** The work of the calling thread, if it is an actor's. */
  public static Optional<Work> current() {
    return Optional.ofNullable(CURRENT.get());
  }

  /** Makes this the work of the calling thread, for the rest of its life. */
  public void own() {
    CURRENT.set(this);
  }

  /**
   * Runs a piece of work and counts its time as that part of the calling actor's, if it is one's.
   * Pieces do not nest.
   */
  public static <T> T time(Part part, Callable<T> piece) throws Exception {
    long from = System.nanoTime();
    T result = piece.call();
    long spent = System.nanoTime() - from;
    current().ifPresent(work -> work.add(part, spent));
    return result;
  }

  /** Runs a whole task of the calling actor: what its pieces do not account for is other work. */
  public <T> T task(Callable<T> task) throws Exception {
    long from = System.nanoTime();
    long before = busy();
    try {
      return task.call();
    } finally {
      add(Part.OTHER, Math.max(0, System.nanoTime() - from - (busy() - before)));
    }
  }

  /** The calling actor has worked on a batch of that many rows. */
  public void batch(int rows) {
    batchSizes.merge(rows, 1, Integer::sum);
  }

  private void add(Part part, long spent) {
    nanos.merge(part, spent, Long::sum);
    loads += part == Part.LOAD ? 1 : 0;
  }

  /** The device that the actor was given. */
  public Device device() {
    return device;
  }

  /** Nanoseconds of all parts together. */
  public long busy() {
    return nanos.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Nanoseconds by part. */
  public Map<Part, Long> nanos() {
    return Collections.unmodifiableMap(nanos);
  }

  /** How many batches there were of each size. */
  public Map<Integer, Integer> batchSizes() {
    return Collections.unmodifiableMap(batchSizes);
  }

  /** How many models were loaded. */
  public int loads() {
    return loads;
  }
}
