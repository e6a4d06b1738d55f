package org.gristmill.chart;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.gristmill.Timeline.Kind;
import org.gristmill.Timeline.Span;

/**
 * What one or several actors did, by columns of a picture: of each column's time the shares, 0..1,
 * that went into loading models, making workers otherwise, and tasks. What is left was waiting. So
 * thousands of spans are drawn in the time of a few, and none is left out for being too short.
 */
final class Columns {
  /** What time is spent on, in the order in which it is drawn, from below. */
  enum What {
    LOADING,
    MAKING,
    TASKS
  }

  private final Map<What, double[]> shares = new EnumMap<>(What.class);
  private final int count;
  private final double nanos; // of a column

  /**
   * @param wall nanoseconds of all columns
   * @param actors that the spans are of
   */
  Columns(List<Span> spans, int columns, double wall, int actors) {
    for (What what : What.values()) {
      shares.put(what, new double[columns]);
    }
    this.count = columns;
    this.nanos = wall / columns;
    for (Span span : spans) {
      double length = span.to() - span.from();
      double loading = Math.min(length, (double) span.loading());
      add(What.LOADING, (double) span.from(), loading, loading / actors);
      double rest = Math.min(length, (double) span.busy()) - loading;
      var what = span.kind() == Kind.MAKING ? What.MAKING : What.TASKS;
      add(what, (double) span.from() + loading, length - loading, rest / actors);
    }
  }

  /** So much of it, spread evenly over a stretch of time. */
  private void add(What what, double from, double length, double amount) {
    if (length <= 0 || amount <= 0) {
      return;
    }
    double[] column = shares.get(what);
    int last = count - 1;
    int first = Math.min(last, (int) (from / nanos));
    for (int i = first; i <= last && i * nanos < from + length; i++) {
      double overlap = Math.min(from + length, (i + 1) * nanos) - Math.max(from, i * nanos);
      column[i] += overlap / length * amount / nanos;
    }
  }

  int count() {
    return count;
  }

  double share(What what, int column) {
    return shares.get(what)[column];
  }
}
