package org.gristmill.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.gristmill.GristmillException;

/** All who look on. One that fails is told of once, and left out from then on. Thread-safe. */
public final class Listeners implements RunListener {
  private volatile List<RunListener> all = List.of(); // written guarded by this

  public synchronized void add(RunListener listener) {
    var more = new ArrayList<>(all);
    more.add(listener);
    all = List.copyOf(more);
  }

  public synchronized void remove(RunListener listener) {
    all = all.stream().filter(other -> other != listener).toList();
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
    for (RunListener listener : all) {
      try {
        event.accept(listener);
      } catch (RuntimeException | LinkageError failed) { // a run is worth more than its picture
        remove(listener);
        System.err.println(
            "note: %s looks on no more: %s"
                .formatted(listener.getClass().getName(), GristmillException.reason(failed)));
      }
    }
  }
}
