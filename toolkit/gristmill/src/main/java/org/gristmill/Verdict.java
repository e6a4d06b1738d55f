package org.gristmill;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * What bounded a run, and what would make it faster by how much. What was measured is told as
 * evidence; what a change brings is a prediction: the run in outline, run again with the change in
 * virtual time. Immutable.
 *
 * @param bound what the run's time depended on most
 * @param evidence a sentence or two with what was measured
 * @param changes what the plan could do otherwise, the best advice first; none if nothing is known
 *     that gains 5 %
 * @param modelled the run as it was in virtual time, by its measured time: 1 where they agree
 */
public record Verdict(Bound bound, String evidence, List<Change> changes, double modelled)
    implements Tabular {
  private static final double ROUGH = 0.25;

  /** What a run's time depends on. */
  public enum Bound {
    /** A step of single rows, such as decoding. */
    ROW_STEP,
    /** A step of batches, such as inference. */
    INFERENCE,
    /** Where the rows come from. */
    SOURCE,
    /** A model that is loaded again and again. */
    REPEATED_LOADS,
    /** What the rows are handed to, on the calling thread. */
    OUTPUT,
    /** The bytes that rows may hold on their way. */
    MEMORY,
    /** The machine: all processors were busy. */
    PROCESSORS,
    /** Making the workers: there were too few rows for it. */
    START_UP,
    /** Nothing stands out. */
    NOTHING
  }

  /** What is changed. */
  public enum Kind {
    /** The model is loaded when a worker is made; so many workers. */
    LOAD_ONCE,
    /** The stage has so many workers. */
    MORE_WORKERS,
    /** The stage becomes batches of one row with so many workers. */
    MOVE_STEP,
    /** The source's work becomes such a stage behind it. */
    MOVE_SOURCE,
    /** The work of what takes the rows becomes such a stage before it. */
    MOVE_OUTPUT,
    /** The rows may hold so many bytes. */
    MORE_MEMORY,
    /** The workers are there when a run begins. */
    KEEP_WARM,
    /** The run has so many rows. */
    MORE_ROWS
  }

  /**
   * A change of the plan, and what it is predicted to bring.
   *
   * @param stage its place in the run's plan; -1 where it is of no stage
   * @param amount of what the kind counts
   * @param advice what to do, as the beginning of a sentence
   * @param wall how long the run would take
   * @param gain how many times as fast, by rows a second
   */
  public record Change(
      Kind kind,
      int stage,
      long amount,
      String advice,
      double rowsPerSecond,
      Duration wall,
      double gain) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%s: about %.1f times as fast (%s, %s).",
          advice,
          gain,
          rate(rowsPerSecond),
          RunStats.time(wall));
    }
  }

  public Verdict {
    changes = List.copyOf(changes);
  }

  /** The change that is advised, if there is one. */
  public Optional<Change> best() {
    return changes.stream().findFirst();
  }

  /** Whether the run in outline took another time than the run, so that predictions are rough. */
  public boolean isRough() {
    return Math.abs(modelled - 1) > ROUGH;
  }

  private String caveat() {
    return changes.isEmpty() || !isRough()
        ? ""
        : String.format(
            Locale.ROOT,
            " This is rough: the model accounts for %.0f %% of the measured time.",
            100 * modelled);
  }

  /** What could be changed, a row each, below what was measured. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    for (Change change : changes) {
      rows.add(
          List.of(
              change.advice(),
              rate(change.rowsPerSecond()),
              RunStats.time(change.wall()),
              String.format(Locale.ROOT, "%.2f", change.gain())));
    }
    return new Table(
        List.of("change", "predicted rows/s", "predicted time", "times as fast"),
        rows,
        evidence + caveat());
  }

  private static String rate(double rowsPerSecond) {
    String format = rowsPerSecond < 10 ? "%.1f rows/s" : "%,.0f rows/s";
    return String.format(Locale.ROOT, format, rowsPerSecond);
  }

  /** What was measured, and the change that is advised. */
  @Override
  public String toString() {
    return evidence + best().map(change -> " " + change).orElse("") + caveat();
  }
}
