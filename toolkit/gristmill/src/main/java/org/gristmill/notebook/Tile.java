package org.gristmill.notebook;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.gristmill.observe.RunListener;
import org.gristmill.observe.Snapshot;

/**
 * Shows how a run stands while its cell runs, in one output that changes, and keeps how it ended.
 * Runs that are over soon show nothing; without a notebook none does. Thread-safe.
 */
public final class Tile implements RunListener {
  private final Tiles tiles;
  private final LongSupplier clock;
  private final Map<Long, Panel> panels = new ConcurrentHashMap<>(); // of runs that go on
  private final Map<Thread, ArmsTile> comparisons = new ConcurrentHashMap<>(); // by who measures

  public Tile() {
    this(new Tiles(Notebook::cell), System::nanoTime);
  }

  Tile(Tiles tiles, LongSupplier clock) {
    this.tiles = tiles;
    this.clock = clock;
  }

  /**
   * From now on, runs of the calling thread are a comparison's, and share one tile, until it is
   * closed.
   */
  public ArmsTile compare(List<String> arms) {
    var thread = Thread.currentThread();
    var outer = comparisons.get(thread);
    Runnable close =
        () -> {
          if (outer == null) {
            comparisons.remove(thread);
          } else {
            comparisons.put(thread, outer);
          }
        };
    var inner = new ArmsTile(arms, new Panel(tiles::place, clock), clock, close);
    comparisons.put(thread, inner);
    return inner;
  }

  @Override
  public void progressed(Snapshot run) {
    var arms = comparisons.get(Thread.currentThread());
    if (arms != null) {
      arms.show(run);
    } else {
      panels
          .computeIfAbsent(run.id(), id -> new Panel(tiles::place, clock))
          .show(run.stats().wall().toNanos(), () -> Frame.of(run));
    }
  }

  @Override
  public void ended(Snapshot run) {
    var arms = comparisons.get(Thread.currentThread());
    if (arms != null) {
      arms.show(run);
    } else {
      var panel = panels.remove(run.id());
      (panel == null ? new Panel(tiles::place, clock) : panel)
          .showLast(run.stats().wall().toNanos(), () -> Frame.of(run));
    }
  }
}
