package org.gristmill.observe;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.gristmill.GristmillException;

/** All who look on. One that fails is told of once, and left out from then on. Thread-safe. */
public final class Listeners implements RunListener {
  private final List<RunListener> all = new CopyOnWriteArrayList<>();

  public void add(RunListener listener) {
    all.add(listener);
  }

  public void remove(RunListener listener) {
    all.remove(listener);
  }

  @Override
  public void progressed(Snapshot run) {
    tell(listener -> listener.progressed(run));
  }

  @Override
  public void ended(Snapshot run) {
    tell(listener -> listener.ended(run));
  }

  @Override
  public void batch(int place, String stage, int rows, long nanos) {
    tell(listener -> listener.batch(place, stage, rows, nanos));
  }

  private void tell(Consumer<RunListener> event) {
    for (RunListener listener : List.copyOf(all)) {
      try {
        event.accept(listener);
      } catch (RuntimeException | LinkageError failed) { // a run is worth more than its picture
        all.remove(listener);
        System.err.println(
            "note: %s looks on no more: %s"
                .formatted(listener.getClass().getName(), GristmillException.reason(failed)));
      }
    }
  }
}
