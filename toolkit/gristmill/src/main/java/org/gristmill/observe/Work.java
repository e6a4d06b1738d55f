package org.gristmill.observe;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gristmill.Device;

/**
 * What one task of a run did, measured on the thread that did it and handed back with its result,
 * so that nobody needs a lock. Owned by that thread until {@link #close}, read-only afterwards.
 */
public final class Work implements AutoCloseable {
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
  // inside a worker counts
  // itself here, wherever the worker's class was defined.
  private static final ThreadLocal<Work> CURRENT = new ThreadLocal<>();

  private final Device device;
  private final long began = System.nanoTime();
  private final Map<Part, Long> nanos = new EnumMap<>(Part.class);
  private final List<Long> loads = new ArrayList<>();

  private Work(Device device) {
    this.device = device;
  }

  /**
   * Begins a task on the calling thread; the device is what {@link Device#current} answers
   * meanwhile.
   */
  public static Work begin(Device device) {
    var work = new Work(device);
    CURRENT.set(work);
    return work;
  }

  /** The task of the calling thread. */
  public static Optional<Work> current() {
    return Optional.ofNullable(CURRENT.get());
  }

  /**
   * Runs a piece of work and counts its time as that part of the calling thread's task, if it has
   * one.
   */
  public static <T> T time(Part part, Callable<T> piece) throws Exception {
    long from = System.nanoTime();
    try {
      return piece.call();
    } finally {
      current().ifPresent(work -> work.add(part, System.nanoTime() - from));
    }
  }

  private void add(Part part, long time) {
    nanos.merge(part, time, Long::sum);
    if (part == Part.LOAD) {
      loads.add(time);
    }
  }

  public Device device() {
    return device;
  }

  /** Nanoseconds by part; {@link Part#OTHER} is what the task took beyond the rest. */
  public Map<Part, Long> nanos() {
    return nanos;
  }

  /** The nanoseconds of each model load. */
  public List<Long> loads() {
    return loads;
  }

  @Override
  public void close() {
    long known = nanos.values().stream().mapToLong(Long::longValue).sum();
    add(Part.OTHER, Math.max(0, System.nanoTime() - began - known));
    CURRENT.remove();
  }
}
