package org.gristmill.observe;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/** The latest runs of this process, those that go on included. Thread-safe. */
public final class Runs implements RunListener {
  private static final int MOST_RUNS = 50;
  private static final int MOST_SPANS = 100_000; // of all of them: some 10 MB

  private final Map<Long, Snapshot> byId = new ConcurrentSkipListMap<>();

  @Override
  public void progressed(Snapshot run) {
    byId.put(run.id(), run);
  }

  @Override
  public void ended(Snapshot run) {
    byId.put(run.id(), run);
    long spans = 0;
    int count = 0;
    for (Snapshot kept : latest()) {
      spans += kept.stats().timeline().spans().size();
      count++;
      boolean over = count > MOST_RUNS || (spans > MOST_SPANS && count > 1);
      if (over && kept.state() != Snapshot.State.RUNNING) {
        byId.remove(kept.id());
      }
    }
  }

  /** The latest first. */
  public List<Snapshot> latest() {
    var all = new ArrayList<>(byId.values());
    all.sort(Comparator.comparingLong(Snapshot::id).reversed());
    return all;
  }

  public Optional<Snapshot> find(long id) {
    return Optional.ofNullable(byId.get(id));
  }
}
