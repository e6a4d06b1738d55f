package org.gristmill;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.gristmill.cost.Accounts;
import org.gristmill.cost.Rates;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * What a run costs: a million rows of it on each type of machine, the cheapest machines that do so
 * many rows in time, and what the price of the run itself went to. Immutable.
 *
 * <p>So many rows on a machine take a start and then so much a row. The start is making workers and
 * what their first loads take longer than later ones; a run whose workers were kept warm has none.
 * All the rest of the run's wall time is put down to its rows, so that a short run, in which the
 * JVM still compiles, says too much rather than too little. Rows are those that came out. Starting
 * a machine and a JVM, storage and network are not in it, nor is a smallest time that is billed.
 *
 * <p>What was measured here is called measured. For a machine without a GPU whose processors are
 * more or fewer, or faster, it is predicted: see {@link Rates}. That takes for granted that memory
 * and what it is read from keep up. Nothing is predicted of a GPU.
 */
public final class Cost implements Tabular {
  private static final long MILLION = 1_000_000;
  private static final double MUCH = 0.1; // of the processors, by others

  /** How it is known what a machine does. */
  public enum Basis {
    MEASURED,
    PREDICTED,
    GIVEN,
    UNKNOWN
  }

  /**
   * What a type of machine does.
   *
   * @param start before the first row
   * @param rowsPerSecond from then on; 0 if it is not known
   * @param workers of pools; 0 if that is not known, or there are none
   * @param bound what it is bound by; empty if that is not known
   * @param why it is not known, or empty
   */
  public record Rate(
      Prices.Machine machine,
      Basis basis,
      Duration start,
      double rowsPerSecond,
      int workers,
      String bound,
      String why) {
    /** Whether it is known. */
    public boolean isKnown() {
      return basis != Basis.UNKNOWN;
    }

    /** How long so many rows take. */
    public Duration time(long rows) {
      return start.plusNanos(Math.round(rows * 1e9 / rowsPerSecond));
    }

    /** What so many rows cost on one machine. */
    public double price(long rows) {
      return machine.perHour() * hours(time(rows));
    }

    String basisInWords() {
      return switch (basis) {
        case MEASURED -> "measured";
        case PREDICTED ->
            machine.speed() == 1
                ? "predicted, with processors as fast as here"
                : "predicted, with processors %s times as fast".formatted(decimal(machine.speed()));
        case GIVEN -> "rows/s as the list says";
        case UNKNOWN -> why;
      };
    }
  }

  private final Prices prices;
  private final RunStats stats;
  private final Prices.Machine here;
  private final List<Rate> rates;
  private final Ledger ledger;

  Cost(RunStats stats, Prices prices) {
    this.prices = prices;
    this.stats = stats;
    this.here = prices.named(Prices.HERE);
    var known = new Rates(stats, here);
    this.rates = prices.machines().stream().map(known::of).toList();
    this.ledger = spent();
  }

  /** The price list. */
  public Prices prices() {
    return prices;
  }

  /** What the run did. */
  public RunStats stats() {
    return stats;
  }

  /** What each type of machine does, in the order of the price list. */
  public List<Rate> rates() {
    return rates;
  }

  /**
   * What a type of machine does.
   *
   * @throws IllegalArgumentException if the price list has none of that name
   */
  public Rate rate(String machine) {
    var named = prices.named(machine);
    return rates.stream().filter(rate -> rate.machine().equals(named)).findFirst().orElseThrow();
  }

  /** Rows/s of this run once its workers were made: what to put into a price list elsewhere. */
  public double rowsPerSecond() {
    return rate(Prices.HERE).rowsPerSecond();
  }

  /** What the run cost. */
  public double price() {
    return here.perHour() * hours(stats.wall());
  }

  /**
   * What a million rows cost on one machine of that type, its start included.
   *
   * @throws GristmillException if that is not known, and what to do
   */
  public double perMillion(String machine) {
    var rate = rate(machine);
    if (!rate.isKnown()) {
      throw new GristmillException(
          "nothing is known of a million rows on " + machine + ": " + rate.why());
    }
    return rate.price(MILLION);
  }

  /** What the price of this run went to. */
  public Ledger ledger() {
    return ledger;
  }

  private Ledger spent() {
    int used = gpuIdle().size();
    int gpus = Math.max(here.gpus(), used);
    String of =
        used == 0
            ? "%d processors for %s".formatted(here.processors(), RunStats.time(stats.wall()))
            : "%d GPUs for %s".formatted(gpus, RunStats.time(stats.wall()));
    return new Ledger(
        Accounts.of(stats, here.processors(), gpus), price(), stats.rows(), prices.currency(), of);
  }

  /**
   * The share of the run's time, 0..1, in which no actor had a forward pass on it, of each GPU that
   * actors were given, by its name: 1 - time in forward passes of the actors on it / wall time.
   */
  public Map<String, Double> gpuIdle() {
    return Accounts.gpuIdle(stats);
  }

  /**
   * The cheapest machines for so many rows: of each type the fewest that are done in time, as more
   * would only start more often.
   *
   * @param deadline from the start of the machines' runs
   */
  public Fleets cheapest(long rows, Duration deadline) {
    if (rows < 1 || deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException(
          "a plan needs at least 1 row and a deadline above 0, not %d and %s"
              .formatted(rows, deadline));
    }
    return Fleets.of(rates, rows, deadline, prices.currency());
  }

  static double hours(Duration time) {
    return seconds(time) / 3600;
  }

  /** Longer than a long of nanoseconds, too. */
  static double seconds(Duration time) {
    return time.getSeconds() + time.getNano() / 1e9;
  }

  static String in(Duration time) {
    return time.compareTo(Duration.ofMinutes(1)) < 0 ? RunStats.time(time) : Table.time(time);
  }

  private static String decimal(double number) {
    return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
  }

  /** An amount to three digits, and as many before its point as it has. */
  static String money(double amount) {
    if (Math.abs(amount) >= 100) {
      return String.format(Locale.ROOT, "%,.0f", amount);
    }
    var exact = BigDecimal.valueOf(amount);
    int before = Math.max(1, exact.precision() - exact.scale());
    return amount == 0
        ? "0"
        : Math.abs(amount) >= 1
            ? exact.setScale(3 - before, RoundingMode.HALF_UP).toPlainString()
            : exact.round(new MathContext(3)).toPlainString();
  }

  /** A type of machine a row. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    for (Rate rate : rates) {
      var machine = rate.machine();
      rows.add(
          List.of(
              machine.name(),
              String.valueOf(machine.processors()),
              String.valueOf(machine.gpus()),
              money(machine.perHour()),
              rate.isKnown() ? String.format(Locale.ROOT, "%.1f", rate.rowsPerSecond()) : "-",
              rate.isKnown() ? String.format(Locale.ROOT, "%.2f", hours(rate.time(MILLION))) : "-",
              rate.isKnown() ? money(rate.price(MILLION)) : "-",
              rate.bound(),
              rate.basisInWords()));
    }
    String currency = prices.currency();
    return new Table(
        List.of(
            "",
            "processors",
            "GPUs",
            currency + "/hour",
            "rows/s",
            "hours a million",
            currency + " a million",
            "bound by",
            ""),
        rows,
        summary());
  }

  /** What it rests on, in sentences. */
  private String summary() {
    var lines = new ArrayList<String>();
    lines.add(
        String.format(
            Locale.ROOT,
            "From a run of %,d rows in %s, of which starting workers took %s. Once a start, then so many rows/s.",
            stats.rows(),
            in(stats.wall()),
            in(rate(Prices.HERE).start())));
    double use =
        stats.cpu().toNanos() / Math.max(1.0, (double) stats.wall().toNanos() * here.processors());
    if (stats.load() - use >= MUCH) {
      lines.add(
          String.format(
              Locale.ROOT,
              "Other processes took %.0f %% of the processors meanwhile: measure where nothing else runs.",
              100 * (stats.load() - use)));
    }
    gpuIdle()
        .forEach(
            (gpu, share) ->
                lines.add(
                    String.format(
                        Locale.ROOT,
                        "No forward pass ran on %s for %.0f %% of the time.",
                        gpu,
                        100 * share)));
    return String.join("\n", lines);
  }

  /** The same, and what the price of this run went to. */
  @Override
  public List<Table> tables() {
    return List.of(table(), ledger().table());
  }

  @Override
  public String toString() {
    return table() + "\n" + ledger();
  }
}
