package org.gristmill.repository;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.gristmill.GristmillException;
import org.gristmill.source.Store;

/**
 * What happened to a model, an entry a file, none of which is ever changed: {@code
 * log/00000001.json} and so on. Each holds what held from then on, so the last one is all that a
 * reader needs, and nothing can happen that is not in it. Of several who want to write the next
 * entry one succeeds, and the others look again. Thread-safe.
 */
public final class Log {
  private final Store store;
  private final String model;
  private volatile Entry last = Entry.next(0, "", 0, "", Versions.NONE); // that is known

  public Log(Store store, String model) {
    this.store = store;
    this.model = model;
  }

  private String folder() {
    return model + "/log";
  }

  private String key(long revision) {
    return String.format(Locale.ROOT, "%s/%08d.json", folder(), revision);
  }

  /** The last entry; one of revision 0 if there is none. */
  public Entry last() {
    Entry known = last;
    if (known.revision() == 0) {
      var names = store.names(folder());
      if (names.isEmpty()) {
        return known;
      }
      known = read(folder() + "/" + names.get(names.size() - 1));
    }
    while (true) {
      String next = key(known.revision() + 1);
      var content = store.read(next);
      if (content.isEmpty()) {
        last = known;
        return known;
      }
      known = Entry.decode(content.get(), next + " in " + store);
    }
  }

  private Entry read(String key) {
    String where = key + " in " + store;
    byte[] content = store.read(key).orElseThrow(() -> new GristmillException(where + " is gone"));
    return Entry.decode(content, where);
  }

  /** All entries, the first one first. */
  public List<Entry> entries() {
    var entries = new ArrayList<Entry>();
    for (String name : store.names(folder())) {
      entries.add(read(folder() + "/" + name));
    }
    return List.copyOf(entries);
  }

  /**
   * Writes an entry.
   *
   * @param change of what holds; throws if it may not be
   * @return the entry
   */
  public Entry append(String event, int version, String why, UnaryOperator<Versions> change) {
    while (!Thread.currentThread().isInterrupted()) {
      Entry before = last();
      long revision = before.revision() + 1;
      var entry = Entry.next(revision, event, version, why, change.apply(before.versions()));
      if (store.create(key(revision), entry.encode())) {
        last = entry;
        return entry;
      }
    }
    throw new GristmillException("interrupted before it was written that " + model + " " + event);
  }
}
