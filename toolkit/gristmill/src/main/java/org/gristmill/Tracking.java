package org.gristmill;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.gristmill.drift.Shift;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * The windows of a run, each compared with a reference: see {@link Watch#against}. With 99 % none
 * of them is said to have drifted while rows are like those of the reference. A run that had
 * nothing to do has no windows, and has not drifted. Immutable.
 */
public final class Tracking implements Tabular {
  private final List<Drift> windows;

  private Tracking(List<Drift> windows) {
    this.windows = List.copyOf(windows);
  }

  static Tracking of(Profile reference, List<Profile> windows) {
    double error = Drift.ERROR / Math.max(1, windows.size());
    return new Tracking(
        windows.stream().map(window -> Drift.of(reference, window, error)).toList());
  }

  /** What each window has, in the order in which they came. */
  public List<Drift> windows() {
    return windows;
  }

  /** The first row, from 0, of the first window that has drifted, if one has. */
  public Optional<Long> firstDrift() {
    long row = 0;
    for (Drift window : windows) {
      if (window.isFound()) {
        return Optional.of(row);
      }
      row += window.now().rows();
    }
    return Optional.empty();
  }

  /** What was found, in a sentence. */
  public String summary() {
    return firstDrift().isPresent()
        ? "Drift " + found() + "."
        : "No drift in any of %d windows.".formatted(windows.size());
  }

  /** In what. */
  String found() {
    return "in %d of %d windows, from row %d on: %s"
        .formatted(
            windows.stream().filter(Drift::isFound).count(),
            windows.size(),
            firstDrift().orElseThrow(),
            first().found());
  }

  private Drift first() {
    return windows.stream().filter(Drift::isFound).findFirst().orElseThrow();
  }

  /** A line for each window. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    long row = 0;
    for (Drift window : windows) {
      long end = row + window.now().rows();
      var known = window.now().accuracy();
      rows.add(
          List.of(
              row + " to " + (end - 1),
              window.drifted().stream().map(Shift::name).collect(Collectors.joining(", ")),
              window.expectedAccuracy().map(ExpectedAccuracy::toString).orElse(""),
              known.count() == 0
                  ? ""
                  : String.format(Locale.ROOT, "%.1f %%", 100 * known.share())));
      row = end;
    }
    return new Table(
        List.of("rows", "drifted", "expected accuracy (95 %)", "by labels"), rows, summary());
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
