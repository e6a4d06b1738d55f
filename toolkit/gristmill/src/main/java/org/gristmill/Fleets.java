package org.gristmill;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.gristmill.Cost.Rate;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * The fewest machines of each type that do some rows in time, the cheapest first. Each machine
 * takes an equal part of the rows, so they must be easy to divide, such as files of a folder.
 * Immutable.
 *
 * @param fleets a type each; none if no type is fast enough however many there are
 * @param summary the answer in a sentence
 */
public record Fleets(List<Fleet> fleets, String currency, String summary) implements Tabular {
  /**
   * Machines of a type.
   *
   * @param rate what one of them does
   * @param machines how many
   * @param time that they take
   * @param price of all of them together
   */
  public record Fleet(Rate rate, int machines, Duration time, double price) {}

  public Fleets {
    fleets = List.copyOf(fleets);
  }

  static Fleets of(List<Rate> rates, long rows, Duration deadline, String currency) {
    var fleets =
        rates.stream()
            .filter(Rate::isKnown)
            .flatMap(rate -> fleet(rate, rows, deadline).stream())
            .sorted(Comparator.comparingDouble(Fleet::price))
            .toList();
    String within = String.format(Locale.ROOT, "%,d rows within %s", rows, Cost.in(deadline));
    String answer =
        fleets.isEmpty() ? none(rates, rows, within) : cheapest(fleets.get(0), within, currency);
    String unknown =
        rates.stream()
            .filter(rate -> !rate.isKnown())
            .map(rate -> rate.machine().name())
            .collect(Collectors.joining(", "));
    String but = unknown.isEmpty() ? "" : " Nothing is known of " + unknown + ".";
    return new Fleets(fleets, currency, answer + but);
  }

  private static Optional<Fleet> fleet(Rate rate, long rows, Duration deadline) {
    double left = Cost.seconds(deadline.minus(rate.start()));
    long each = (long) Math.floor(left * rate.rowsPerSecond() + 1e-6); // rows that one has time for
    long machines = each < 1 ? Long.MAX_VALUE : 1 + (rows - 1) / each;
    if (machines > Integer.MAX_VALUE) {
      return Optional.empty();
    }
    var time = rate.time(1 + (rows - 1) / machines);
    double price = machines * rate.machine().perHour() * Cost.hours(time);
    return Optional.of(new Fleet(rate, (int) machines, time, price));
  }

  private static String cheapest(Fleet fleet, String within, String currency) {
    return "Cheapest for %s: %d x %s, %s, %s %s."
        .formatted(
            within,
            fleet.machines,
            fleet.rate.machine().name(),
            Cost.in(fleet.time),
            Cost.money(fleet.price),
            currency);
  }

  private static String none(List<Rate> rates, long rows, String within) {
    return rates.stream()
        .filter(Rate::isKnown)
        .min(Comparator.comparing(rate -> rate.time(rows)))
        .map(
            rate ->
                "No machines do %s, however many: each needs its start and at least a row. The fastest alone is %s: %s, of which %s to start."
                    .formatted(
                        within,
                        rate.machine().name(),
                        Cost.in(rate.time(rows)),
                        Cost.in(rate.start())))
        .orElse("No machines are known to do %s: %s.".formatted(within, rates.get(0).why()));
  }

  /** The cheapest, if there is any. */
  public Optional<Fleet> best() {
    return fleets.stream().findFirst();
  }

  /** Machines of a type a row. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    for (Fleet fleet : fleets) {
      var rate = fleet.rate;
      rows.add(
          List.of(
              rate.machine().name(),
              String.valueOf(fleet.machines),
              rate.workers() == 0 ? "-" : String.valueOf(rate.workers()),
              Cost.in(fleet.time),
              Cost.money(fleet.price),
              rate.basisInWords()));
    }
    return new Table(
        List.of("", "machines", "workers on each", "time", currency, ""), rows, summary);
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
