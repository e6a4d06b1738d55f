package org.gristmill.serve;

import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * What a service did at several rates. Immutable.
 *
 * @param steps in the order in which they were run
 */
public record LoadCurve(List<Step> steps) implements Tabular {
  /**
   * A rate.
   *
   * @param offered requests a second, on average
   * @param requests that were sent
   * @param answered requests a second, with a result
   * @param p50 what half of those with a result took, from when they were to be sent
   * @param refused requests that were told to come again
   * @param failed requests with any other answer, or none
   */
  public record Step(
      double offered,
      int requests,
      double answered,
      Duration p50,
      Duration p95,
      Duration p99,
      int refused,
      int failed) {
    private String latency(Duration time) {
      return answered == 0 ? "-" : String.format(Locale.ROOT, "%,.0f ms", time.toNanos() / 1e6);
    }
  }

  public LoadCurve {
    steps = List.copyOf(steps);
  }

  /**
   * The largest rate whose p99 was within this and of whose requests none was refused or failed.
   */
  public double heldWithin(Duration p99) {
    return steps.stream()
        .filter(step -> step.refused == 0 && step.failed == 0 && step.p99.compareTo(p99) <= 0)
        .mapToDouble(Step::offered)
        .max()
        .orElse(0);
  }

  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    for (Step step : steps) {
      rows.add(
          List.of(
              number(step.offered),
              String.valueOf(step.requests),
              number(step.answered),
              step.latency(step.p50),
              step.latency(step.p95),
              step.latency(step.p99),
              String.valueOf(step.refused),
              String.valueOf(step.failed)));
    }
    return new Table(
        List.of("offered/s", "requests", "answered/s", "p50", "p95", "p99", "refused", "failed"),
        rows,
        "latencies from when a request was to be sent");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** p50 and p99 of several services, in the order of their names, against the offered load. */
  public static BufferedImage chart(Map<String, LoadCurve> byName) {
    return LoadChart.draw(byName);
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
