package org.gristmill.repository;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
  private static final int DIGITS = 8;

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
      var revisions = revisions();
      if (revisions.isEmpty()) {
        return known;
      }
      known = entry(revisions.get(revisions.size() - 1));
    }
    while (true) {
      var next = read(known.revision() + 1);
      if (next.isEmpty()) {
        last = known;
        return known;
      }
      known = next.get();
    }
  }

  /**
   * Those that have an entry. Other files may lie there, as backups and file managers make them.
   */
  private List<Long> revisions() {
    return store.names(folder()).stream()
        .filter(name -> name.matches("[0-9]{8}\\.json"))
        .map(name -> Long.valueOf(name.substring(0, DIGITS)))
        .toList();
  }

  private Optional<Entry> read(long revision) {
    String where = key(revision) + " in " + store;
    return store.read(key(revision)).map(content -> Entry.decode(content, revision, where));
  }

  private Entry entry(long revision) {
    return read(revision)
        .orElseThrow(() -> new GristmillException(key(revision) + " in " + store + " is gone"));
  }

  /** All entries, the first one first. */
  public List<Entry> entries() {
    return revisions().stream().map(this::entry).toList();
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
