package org.gristmill.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.gristmill.BatchWorker;
import org.gristmill.GristmillException;

/** Batches of an exact size, each turned into results by a worker. */
final class Batching implements Job<BatchWorker<Object, Object>>, Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final int size;
  private final boolean oneToOne;

  Batching(Plan.Batches batches) {
    name = Plan.name(batches);
    size = batches.size();
    oneToOne = batches.oneToOne();
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean isBatches() {
    return true;
  }

  @Override
  public boolean isOneToOne() {
    return oneToOne;
  }

  @Override
  public List<Row<?>> apply(BatchWorker<Object, Object> worker, List<Row<?>> rows)
      throws Exception {
    var values = new ArrayList<Object>(rows.size());
    rows.forEach(row -> values.add(row.value()));
    List<Object> results = worker.apply(Collections.unmodifiableList(values));
    results = results == null ? null : new ArrayList<>(results);
    if (results == null || results.contains(null)) {
      throw new Wrong("got null for", "a worker returns a list without nulls");
    }
    if (oneToOne && results.size() != rows.size()) {
      throw new Wrong(
          "got " + results.size() + " results for",
          "it takes one a row; use flatMapBatches for another number");
    }
    var made = new ArrayList<Row<?>>(results.size());
    for (int i = 0; i < results.size(); i++) {
      Row<?> row = oneToOne ? rows.get(i) : new Row<>(0, null, null);
      made.add(row.with(results.get(i)));
    }
    return made;
  }

  /** A worker that breaks the rules: what it did with its rows, and what it should do. */
  private static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;
    private final String rule;

    Wrong(String what, String rule) {
      super(what);
      this.rule = rule;
    }
  }

  @Override
  public Row<?> failed(List<Row<?>> rows, Throwable why) {
    Row<?> first = rows.get(0);
    String which =
        rows.size() == 1
            ? first.name()
            : "a batch of %d, %s to %s"
                .formatted(rows.size(), first.name(), rows.get(rows.size() - 1).name());
    String what =
        why instanceof Wrong wrong
            ? wrong.getMessage() + " " + which + ": " + wrong.rule
            : "failed on " + which + ": " + GristmillException.reason(why);
    Throwable cause = why instanceof Wrong ? null : why;
    return first.failed(
        new GristmillException(name + " " + what, name, first.number(), first.path(), cause));
  }
}
