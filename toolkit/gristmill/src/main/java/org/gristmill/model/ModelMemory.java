package org.gristmill.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.gristmill.GristmillException;
import org.gristmill.notebook.Table;
import org.gristmill.observe.ProcessMemory;

/**
 * Refuses to load one more copy of a model than memory holds, before anything is read. What a copy
 * takes is at least the length of its file. Copies that are being loaded at the same time are
 * counted. Thread-safe.
 */
public final class ModelMemory {
  private final LongSupplier available;
  private final Map<Path, Integer> copies = new HashMap<>(); // guarded by this
  private long loading; // bytes of copies that memory does not show yet; guarded by this

  public ModelMemory() {
    this(ProcessMemory::available);
  }

  ModelMemory(LongSupplier available) {
    this.available = available;
  }

  /** What loads a model. */
  public interface Load<T> {
    T load() throws Exception;
  }

  /**
   * Loads a copy, if there is memory for it; {@link #closed} gives it back.
   *
   * @throws GristmillException if there is not; the message says how many copies there may be
   */
  public <T> T load(Path file, Load<T> load) throws Exception {
    long bytes = Files.size(file);
    reserve(file, bytes);
    boolean loaded = false;
    try {
      T model = load.load();
      loaded = true;
      return model;
    } finally {
      synchronized (this) {
        loading -= bytes;
      }
      if (!loaded) {
        closed(file);
      }
    }
  }

  private synchronized void reserve(Path file, long bytes) {
    long free = available.getAsLong() - loading;
    int there = copies.getOrDefault(file, 0);
    if (bytes > free) {
      String advice =
          there == 0
              ? "use a smaller model, or free memory"
              : "use at most %d actors, or free memory".formatted(there);
      throw new GristmillException(
          "a copy of %s takes at least %s, %s are free and %d copies are loaded: %s"
              .formatted(
                  file.getFileName(),
                  Table.bytes(bytes),
                  Table.bytes(Math.max(0, free)),
                  there,
                  advice));
    }
    loading += bytes;
    copies.put(file, there + 1);
  }

  /** A copy is not loaded any more. */
  public synchronized void closed(Path file) {
    copies.computeIfPresent(file, (same, count) -> count == 1 ? null : count - 1);
  }
}
