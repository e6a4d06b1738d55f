package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.gristmill.ExecutionPlan;
import org.gristmill.RunStats;
import org.gristmill.Timeline;

/**
 * A run in outline: how many rows went through which parts, and what each part takes for one, as
 * means of what was measured. Times are nanoseconds. Immutable.
 *
 * @param rows that the source gives
 * @param parts the source, and the stages in the order in which rows flow
 * @param output what the rows are handed to takes for one, on the thread that drives the run
 * @param memory bytes that rows on their way may hold
 */
public record Outline(long rows, List<Part> parts, double output, long memory) {
  private static final long OBJECT = 48; // of a row's bytes, with which every row counts

  private static final int LONGEST_PATTERN = 1000;
  private static final long LATE_NANOS = 200_000_000; // after the first worker

  /** How a part takes its rows. */
  public enum Kind {
    SOURCE,
    ROWS,
    BATCHES
  }

  /**
   * What rows go through together.
   *
   * @param workers 0 for the thread that drives the run
   * @param size rows that a worker is called with, but for the last ones; 1 where they are single
   * @param making of a worker
   * @param row what a row takes, without loads
   * @param loads of a model within a call, on average
   * @param load of a model
   * @param out rows that leave it for one that comes in
   * @param bytes of a row that leaves it
   * @param pattern how long calls took in turn, by their mean; empty where that is not known
   */
  public record Part(
      String name,
      Kind kind,
      int workers,
      int size,
      double making,
      double row,
      double loads,
      double load,
      double out,
      double bytes,
      List<Double> pattern) {
    public Part {
      pattern = List.copyOf(pattern);
    }

    /** A part of single rows that hold as much as those before, and take that long. */
    public static Part ofRows(double row, double bytes) {
      return new Part("", Kind.BATCHES, 1, 1, 0, row, 0, 0, 1, bytes, List.of());
    }

    /** The same with another number of workers. */
    public Part withWorkers(int other) {
      return new Part(name, kind, other, size, making, row, loads, load, out, bytes, pattern);
    }

    /** The same, a row of which takes another time. */
    public Part withRow(double other) {
      return new Part(name, kind, workers, size, making, other, loads, load, out, bytes, pattern);
    }

    /** The same, with workers that are there at once. */
    public Part made() {
      return new Part(name, kind, workers, size, 0, row, loads, load, out, bytes, pattern);
    }

    /** The same with calls that all take the mean. */
    Part even() {
      return new Part(name, kind, workers, size, making, row, loads, load, out, bytes, List.of());
    }

    /** The same with workers that load their model when they are made, and not in calls. */
    public Part loadingOnce() {
      return loads == 0
          ? this
          : new Part(
              name, Kind.BATCHES, workers, size, making + load, row, 0, load, out, bytes, pattern);
    }

    /** The same as batches of one row. */
    public Part inBatches(int workers) {
      return new Part(
          name, Kind.BATCHES, workers, 1, making, row, loads, load, out, bytes, pattern);
    }

    /** How much of its workers' time it takes if so many rows come in. */
    double busy(double rowsIn) {
      return making * Math.max(1, workers) + rowsIn * (row + loads * load / size);
    }
  }

  public Outline {
    parts = List.copyOf(parts);
  }

  /** The outline of a run that did something. */
  public static Optional<Outline> of(RunStats stats) {
    var stages = stats.plan().stages();
    if (stats.rows() == 0 || stages.isEmpty()) {
      return Optional.empty();
    }
    var parts = new ArrayList<Part>();
    for (int i = 0; i < stages.size(); i++) {
      var measured = stages.get(i).measured();
      if (measured.isEmpty() || (i > 0 && measured.get().rowsIn() == 0)) {
        return Optional.empty();
      }
      parts.add(part(i, stages.get(i).name(), measured.get(), stats.timeline()));
    }
    var first = stages.get(0).measured().orElseThrow();
    long rows = stages.size() == 1 ? first.rows() : stages.get(1).measured().orElseThrow().rowsIn();
    double output = (double) stats.output().toNanos() / stats.rows();
    return Optional.of(new Outline(rows, parts, output, stats.memory().budget()));
  }

  private static Part part(
      int place, String name, ExecutionPlan.Measured measured, Timeline timeline) {
    double making = 0;
    double busy = 0;
    double loading = 0;
    var spans = timeline.spans().stream().filter(span -> span.stage() == place).toList();
    for (Timeline.Span span : spans) {
      if (span.kind() == Timeline.Kind.MAKING) {
        making += span.to() - span.from(); // what of it was before the run does not count
      } else {
        busy += span.busy();
        loading += span.loading();
      }
    }
    long rows = Math.max(1, measured.rowsIn());
    int size = measured.batches() ? Math.max(1, measured.sizes().lastKey()) : 1;
    long calls = measured.batches() ? Math.max(1, measured.tasks()) : rows;
    return new Part(
        name,
        place == 0 ? Kind.SOURCE : measured.batches() ? Kind.BATCHES : Kind.ROWS,
        workers(spans, measured),
        size,
        making / Math.max(1, measured.workers()),
        (busy - loading) / rows,
        (double) measured.loadsInTasks() / calls,
        loading / Math.max(1, measured.loadsInTasks()),
        place == 0 ? 1 : (double) measured.rows() / rows,
        (double) measured.bytes() / Math.max(1, measured.rows()) - OBJECT,
        pattern(spans, size, calls));
  }

  /** How many workers there were; of a pool that grew while the run went on, on average. */
  private static int workers(List<Timeline.Span> spans, ExecutionPlan.Measured measured) {
    var came = new TreeMap<Integer, Long>();
    var left = new TreeMap<Integer, Long>();
    for (Timeline.Span span : spans) {
      came.merge(span.actor(), span.from(), Math::min);
      left.merge(span.actor(), span.to(), Math::max);
    }
    long first = came.values().stream().min(Long::compare).orElse(0L);
    long last = left.values().stream().max(Long::compare).orElse(0L);
    boolean grew =
        spans.stream()
            .anyMatch(
                span -> span.kind() == Timeline.Kind.MAKING && span.from() > first + LATE_NANOS);
    if (!grew || last <= first) {
      return measured.workers();
    }
    double together = 0;
    for (int actor : came.keySet()) {
      together += left.get(actor) - came.get(actor);
    }
    return (int) Math.max(1, Math.round(together / (last - first)));
  }

  /** How long calls took, by their mean, if the timeline still tells most of them apart. */
  private static List<Double> pattern(List<Timeline.Span> spans, int size, long calls) {
    var alone =
        spans.stream()
            .filter(span -> span.tasks() == 1 && span.rows() == size)
            .sorted(Comparator.comparingLong(Timeline.Span::from))
            .limit(LONGEST_PATTERN)
            .mapToDouble(span -> span.busy() - span.loading())
            .toArray();
    double mean = Arrays.stream(alone).average().orElse(0);
    boolean tells = mean > 0 && alone.length >= Math.min(calls, LONGEST_PATTERN) / 2;
    return tells ? Arrays.stream(alone).mapToObj(nanos -> nanos / mean).toList() : List.of();
  }

  /** The same with another number of rows. */
  public Outline withRows(long other) {
    return new Outline(other, parts, output, memory);
  }

  /** The same with a part changed. */
  public Outline with(int place, UnaryOperator<Part> change) {
    var other = new ArrayList<>(parts);
    other.set(place, change.apply(parts.get(place)));
    return new Outline(rows, other, output, memory);
  }

  /** The same with all parts changed. */
  public Outline withAll(UnaryOperator<Part> change) {
    return new Outline(rows, parts.stream().map(change).toList(), output, memory);
  }

  /** The same with one more part. */
  public Outline plus(int place, Part part) {
    var other = new ArrayList<>(parts);
    other.add(place, part);
    return new Outline(rows, other, output, memory);
  }

  /** The same with rows that are taken in no time. */
  public Outline withoutOutput() {
    return new Outline(rows, parts, 0, memory);
  }

  /** The same with other bytes for its rows. */
  public Outline withMemory(long bytes) {
    return new Outline(rows, parts, output, bytes);
  }

  /** The same with so many rows taken for one. */
  Outline coarser(int rowsAsOne) {
    var coarse = new ArrayList<Part>();
    for (Part part : parts) {
      coarse.add(
          new Part(
              part.name,
              part.kind,
              part.workers,
              part.kind == Kind.BATCHES ? part.size / rowsAsOne : 1,
              part.making,
              part.row * rowsAsOne,
              part.kind == Kind.BATCHES ? part.loads : part.loads * rowsAsOne,
              part.load,
              part.out,
              part.bytes * rowsAsOne,
              part.kind == Kind.BATCHES || rowsAsOne == 1 ? part.pattern : List.of()));
    }
    return new Outline(rows / rowsAsOne, coarse, output * rowsAsOne, memory);
  }

  /** How much time of threads it takes, all together. */
  public double busy() {
    double busy = 0;
    double rowsIn = rows;
    for (Part part : parts) {
      busy += part.busy(rowsIn);
      rowsIn *= part.out;
    }
    return busy + rowsIn * output;
  }
}
