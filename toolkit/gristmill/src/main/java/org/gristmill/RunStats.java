package org.gristmill;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.gristmill.chart.MemoryChart;
import org.gristmill.chart.RunCharts;
import org.gristmill.dashboard.Report;
import org.gristmill.dashboard.SnapshotJson;
import org.gristmill.diagnosis.Diagnosis;
import org.gristmill.image.Thumbnail;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;
import org.gristmill.observe.Snapshot;
import org.gristmill.observe.Work.Part;

/**
 * What a run did, measured by the threads that did it. Immutable.
 *
 * @param steps of the dataset, in the order in which rows flowed
 * @param rows rows that came out
 * @param setAside rows that failed and went to the dead-letter file
 * @param wall from the start of the run until everything was closed
 * @param firstRow from the start until the first row came out
 * @param workers actors, or threads of a function without state; of a pool that grew, the most
 * @param busy time of all workers together, making and using their models
 * @param batchSizes how many batches there were of each size
 * @param modelLoads how often a model was loaded
 * @param time thread time by what it was spent on, all threads together
 * @param output time that went into what the rows were handed to, on the calling thread
 * @param cpu processor time of the whole process meanwhile
 * @param load the share of all processors, 0..1, that anybody used meanwhile, other processes
 *     included
 * @param memory the most that it took
 * @param plan the stages that carried them out, and what each did
 * @param timeline what every actor did when
 * @param failures the first rows that failed
 * @param notes what else a reader should know, such as files that were skipped
 */
public record RunStats(
    String steps,
    long rows,
    long setAside,
    Duration wall,
    Duration firstRow,
    int workers,
    Duration busy,
    SortedMap<Integer, Integer> batchSizes,
    int modelLoads,
    Map<String, Duration> time,
    Duration output,
    Duration cpu,
    double load,
    Memory memory,
    ExecutionPlan plan,
    Timeline timeline,
    List<Failure> failures,
    List<String> notes)
    implements Tabular {

  /**
   * Memory in bytes.
   *
   * @param rows what the run's rows hold, those that are expected of running tasks included
   * @param budget what they are to hold at most
   * @param heap what objects take in the JVM's heap, dead ones included
   * @param direct buffers outside of the heap
   * @param process what the whole process takes, models and the JVM included
   * @param gpu what is taken of all GPUs, by anybody; -1 where there is none
   */
  public record Memory(long rows, long budget, long heap, long direct, long process, long gpu) {
    /** The same with what rows hold. */
    public Memory with(long rows, long budget) {
      return new Memory(rows, budget, heap, direct, process, gpu);
    }
  }

  /**
   * A row that failed.
   *
   * @param row its number in the order of the source
   * @param picture what it was, of the first pictures that failed
   */
  public record Failure(
      long row, Optional<String> path, String stage, String message, Optional<Thumbnail> picture) {}

  public RunStats {
    batchSizes = Collections.unmodifiableSortedMap(new TreeMap<>(batchSizes));
    time = Collections.unmodifiableMap(new LinkedHashMap<>(time));
    failures = List.copyOf(failures);
    notes = List.copyOf(notes);
  }

  /** The same with more notes, before the others. */
  public RunStats withNotes(List<String> more) {
    var all = new ArrayList<>(more);
    all.addAll(notes);
    return new RunStats(
        steps,
        rows,
        setAside,
        wall,
        firstRow,
        workers,
        busy,
        batchSizes,
        modelLoads,
        time,
        output,
        cpu,
        load,
        memory,
        plan,
        timeline,
        failures,
        all);
  }

  /**
   * Makes sure that the run kept to these rules, so that a job that did not ends in a failure.
   *
   * @return these stats
   * @throws GristmillException naming every rule that was broken, what was measured and where
   */
  public RunStats check(Rule... rules) {
    Rule.check(this, Optional.empty(), rules);
    return this;
  }

  /**
   * The same, and a webhook is told if a rule was broken. One that cannot be reached, or does not
   * answer within five seconds, is named in the message, beside the rules.
   */
  public RunStats check(Webhook webhook, Rule... rules) {
    Rule.check(this, Optional.of(webhook), rules);
    return this;
  }

  /** How many batches the workers were given. */
  public int batches() {
    return batchSizes.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Rows by wall time, model loads included. */
  public double rowsPerSecond() {
    return rows / seconds(wall);
  }

  /**
   * Rows/s that this machine could do at most in this way, were its processors never idle and did
   * nothing else: the processors by the processor time that the stages took for a row. Making
   * workers, listing and what the run is given to do not count. Empty where that does not tell it:
   * an actor has a GPU, or an engine has threads of its own, whose time is not known.
   */
  public OptionalDouble ceiling() {
    boolean known =
        timeline.lanes().stream()
            .map(Timeline.Lane::device)
            .allMatch(Device.cpu().withThreads(1).toString()::equals);
    double cpu =
        plan.stages().stream()
            .flatMap(stage -> stage.measured().stream())
            .mapToDouble(stage -> stage.cpu().toNanos() / 1e9)
            .sum();
    return known && cpu > 0 && rows > 0
        ? OptionalDouble.of(Runtime.getRuntime().availableProcessors() * rows / cpu)
        : OptionalDouble.empty();
  }

  /** The share of the workers' time, 0..1, in which they were making or using a model. */
  public double utilisation() {
    return workers == 0 ? 0 : Math.min(1, seconds(busy) / (seconds(wall) * workers));
  }

  /** The share of the workers' time, 0..1, that went into loading models. */
  public double loadingShare() {
    var loading = time.getOrDefault(Part.LOAD.title(), Duration.ZERO);
    return workers == 0 ? 0 : Math.min(1, seconds(loading) / (seconds(wall) * workers));
  }

  /**
   * Writes the run as a page to look at: its plan, what every actor did when, errors. One file that
   * needs no server and no network, and may be given away: it names paths, and holds small copies
   * of pictures that failed.
   *
   * @param file such as {@code run.html}; replaced if it is there
   * @return the file's absolute path
   * @throws GristmillException if it cannot be written
   */
  public Path report(String file) {
    try {
      var run = Session.runOf(this).map(kept -> kept.with(this)).orElseGet(() -> Snapshot.of(this));
      return Report.write(Path.of(file), SnapshotJson.whole(List.of(run)));
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot write the report " + file + ": " + GristmillException.reason(failed), failed);
    }
  }

  /**
   * What bounded the run, and what would make it faster. Worked out anew by every call, in virtual
   * time, within some 100 ms.
   */
  public Verdict verdict() {
    return Diagnosis.of(this);
  }

  /**
   * What it costs: a million rows here and on other machines, and what the price of this run went
   * to.
   *
   * @param prices a list with {@link Prices#here this machine} in it
   */
  public Cost cost(Prices prices) {
    return new Cost(this, prices);
  }

  /** What the time of each stage's workers went into. */
  public BufferedImage stagesChart() {
    return RunCharts.stages(this);
  }

  /** How long batches took: half of them, 90 % and 99 %, of each stage of batches. */
  public BufferedImage latencyChart() {
    return RunCharts.latency(this);
  }

  /** How many batches there were of each size. */
  public BufferedImage batchSizesChart() {
    return RunCharts.batchSizes(this);
  }

  /** What the process, the heap, buffers, the GPUs and rows on their way took over time. */
  public BufferedImage memoryChart() {
    return MemoryChart.of(this);
  }

  /** The stats as rows of name and value, with the verdict below. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("steps", steps));
    String aside = setAside == 0 ? "" : " (" + setAside + " more were set aside)";
    rows.add(List.of("rows", this.rows + aside));
    rows.add(
        List.of(
            "wall time",
            String.format(Locale.ROOT, "%s (first row after %s)", time(wall), time(firstRow))));
    rows.add(List.of("throughput", String.format(Locale.ROOT, "%.1f rows/s", rowsPerSecond())));
    ceiling()
        .ifPresent(
            most ->
                rows.add(
                    List.of(
                        "ceiling",
                        String.format(
                            Locale.ROOT,
                            "%.1f rows/s by the processor time of its stages, %.0f %% reached",
                            most,
                            100 * rowsPerSecond() / most))));
    if (workers > 0) {
      rows.add(List.of("batches", batches() + " (" + sizes() + ")"));
      rows.add(
          List.of(
              "workers",
              String.format(Locale.ROOT, "%d, busy %.0f %%", workers, 100 * utilisation())));
      rows.add(List.of("model loads", String.valueOf(modelLoads)));
    }
    time.forEach((part, spent) -> rows.add(List.of("thread time: " + part, time(spent))));
    rows.add(
        List.of(
            "memory",
            "at most: rows %s of %s, heap %s, direct %s, process %s%s"
                .formatted(
                    Table.bytes(memory.rows()),
                    Table.bytes(memory.budget()),
                    Table.bytes(memory.heap()),
                    Table.bytes(memory.direct()),
                    Table.bytes(memory.process()),
                    memory.gpu() < 0 ? "" : ", GPU " + Table.bytes(memory.gpu()))));
    notes.forEach(note -> rows.add(List.of("note", note)));
    return new Table(List.of("", ""), rows, verdict().toString());
  }

  /** The same, and what each stage did. */
  @Override
  public List<Table> tables() {
    return List.of(table(), plan.table());
  }

  private String sizes() {
    return batchSizes.entrySet().stream()
        .map(size -> size.getValue() + " of " + size.getKey())
        .collect(Collectors.joining(", "));
  }

  private static double seconds(Duration duration) {
    return Math.max(1e-9, duration.toNanos() / 1e9);
  }

  static String time(Duration duration) {
    double seconds = seconds(duration);
    return seconds < 1
        ? String.format(Locale.ROOT, "%.0f ms", seconds * 1000)
        : String.format(Locale.ROOT, "%.2f s", seconds);
  }

  @Override
  public String toString() {
    return tables().stream().map(Table::toString).collect(Collectors.joining("\n"));
  }
}
