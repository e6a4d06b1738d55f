package org.gristmill;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.gristmill.dataset.Row;
import org.gristmill.dataset.Rows;
import org.gristmill.model.CudaDriver;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;
import org.gristmill.source.TextRows;

/**
 * What machines cost, as their user says: the toolkit knows no price. Immutable.
 *
 * <pre>{@code
 * var prices = Prices.of("EUR")
 *     .here(0.10)                                  // this machine, an hour of it
 *     .machine("c7i.4xlarge", 16, 0.71)            // processors, price
 *     .machine("g6.xlarge", 4, 1, 0.80)            // processors, GPUs, price
 *     .speed("c7i.4xlarge", 1.3)                   // one of its processors, by one here
 *     .rowsPerSecond("g6.xlarge", 850);            // measured there
 * }</pre>
 *
 * @param currency as it is to be shown
 * @param machines the types that there are to choose from
 */
public record Prices(String currency, List<Machine> machines) implements Tabular {
  /** The name of the machine that this process runs on. */
  public static final String HERE = "here";

  private static final int MOST_PROCESSORS = 4096; // a worker each is simulated in seconds

  private static final List<String> COLUMNS =
      List.of("name", "processors", "gpus", "price_per_hour", "speed", "rows_per_second");

  /**
   * A type of machine.
   *
   * @param perHour price of one
   * @param speed how many times as fast as a processor here each of its processors is taken to be
   * @param rowsPerSecond what one of them does once it is at work, if somebody has measured it
   *     there
   */
  public record Machine(
      String name,
      int processors,
      int gpus,
      double perHour,
      double speed,
      OptionalDouble rowsPerSecond) {
    public Machine {
      require(!name.isBlank(), "a machine needs a name");
      require(
          processors >= 1 && processors <= MOST_PROCESSORS,
          "%s has 1 to %d processors, not %d".formatted(name, MOST_PROCESSORS, processors));
      require(gpus >= 0, name + " has 0 GPUs or more, not " + gpus);
      require(isAboveZero(perHour), name + ": a price is above 0, not " + perHour);
      require(isAboveZero(speed), name + ": a speed is above 0, not " + speed);
      require(
          rowsPerSecond.isEmpty() || isAboveZero(rowsPerSecond.getAsDouble()),
          name + ": rows/s are above 0, not " + rowsPerSecond);
      require(
          !name.equals(HERE) || (speed == 1 && rowsPerSecond.isEmpty()),
          "what the machine here does is measured: leave out its speed and its rows/s");
    }

    private static boolean isAboveZero(double number) {
      return number > 0 && Double.isFinite(number);
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  public Prices {
    machines = List.copyOf(machines);
  }

  /** A list without any machine yet. */
  public static Prices of(String currency) {
    return new Prices(currency, List.of());
  }

  /**
   * A list from a CSV file, for example
   *
   * <pre>
   * name,processors,gpus,price_per_hour,speed,rows_per_second
   * here,,,0.10,,
   * c7i.4xlarge,16,0,0.71,1.3,
   * g6.xlarge,4,1,0.80,,850
   * </pre>
   *
   * The first row is needed, though its columns may be in any order, and all but {@code name},
   * {@code processors} and {@code price_per_hour} may be left out; an empty cell is no GPU, speed
   * 1, nothing measured, and what {@link #here} finds.
   *
   * @throws GristmillException naming the line, what is wrong with it and what to write
   */
  public static Prices read(String currency, String file) {
    var prices = of(currency);
    try (Rows rows = TextRows.csv(file).get()) {
      for (Row<?> row = next(rows, file); row != null; row = next(rows, file)) {
        try {
          prices = prices.with(machine(TextRows.parse((TextRows.CsvRow) row.value())));
        } catch (IllegalArgumentException wrong) {
          throw new GristmillException(
              "%s: %s. A line is %s, such as: c7i.4xlarge,16,0,0.71,,"
                  .formatted(row.path(), wrong.getMessage(), String.join(",", COLUMNS)),
              wrong);
        }
      }
    }
    if (prices.machines.isEmpty()) {
      throw new GristmillException(
          "%s lists no machine: below the line %s, write one a line, such as: here,,,0.10,,"
              .formatted(file, String.join(",", COLUMNS)));
    }
    return prices;
  }

  private static Row<?> next(Rows rows, String file) {
    try {
      return rows.next();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new GristmillException("interrupted while reading " + file, interrupted);
    }
  }

  private static Machine machine(Map<String, String> cells) {
    for (String column : List.of("name", "processors", "price_per_hour")) {
      require(cells.containsKey(column), "the column " + column + " is missing");
    }
    require(
        Set.copyOf(COLUMNS).containsAll(cells.keySet()),
        "the columns are " + cells.keySet() + ", not all of which are known");
    String name = cells.get("name").strip();
    boolean here = name.equals(HERE);
    return new Machine(
        name,
        whole(cells, "processors").orElseGet(() -> here ? processorsHere() : 0),
        whole(cells, "gpus").orElseGet(() -> here ? gpusHere() : 0),
        number(cells, "price_per_hour").orElse(0),
        number(cells, "speed").orElse(1),
        number(cells, "rows_per_second"));
  }

  private static Optional<Integer> whole(Map<String, String> cells, String column) {
    var number = number(cells, column);
    require(
        number.isEmpty() || number.getAsDouble() == (int) number.getAsDouble(),
        column + " is a whole number, not " + cells.get(column));
    return number.isEmpty() ? Optional.empty() : Optional.of((int) number.getAsDouble());
  }

  private static OptionalDouble number(Map<String, String> cells, String column) {
    String cell = cells.getOrDefault(column, "").strip();
    try {
      return cell.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(cell));
    } catch (NumberFormatException not) {
      throw new IllegalArgumentException(
          column + " is a number such as 16 or 0.71, not " + cell, not);
    }
  }

  /**
   * The same with this machine: its processors are those that this process may use, its GPUs those
   * that the driver sees.
   *
   * @param perHour what an hour of it costs, as a whole
   */
  public Prices here(double perHour) {
    return machine(HERE, processorsHere(), gpusHere(), perHour);
  }

  private static int processorsHere() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static int gpusHere() {
    return CudaDriver.ask().gpus();
  }

  /** The same with a type of machine that has no GPU. */
  public Prices machine(String name, int processors, double perHour) {
    return machine(name, processors, 0, perHour);
  }

  /** The same with a type of machine. */
  public Prices machine(String name, int processors, int gpus, double perHour) {
    return with(new Machine(name, processors, gpus, perHour, 1, OptionalDouble.empty()));
  }

  private Prices with(Machine machine) {
    require(
        machines.stream().noneMatch(other -> other.name.equals(machine.name)),
        "there are two machines named " + machine.name);
    var more = new ArrayList<>(machines);
    more.add(machine);
    return new Prices(currency, more);
  }

  /**
   * The same, with processors of that machine taken to be so many times as fast as one here. Nobody
   * has measured that, so what follows from it is called predicted.
   */
  public Prices speed(String name, double timesAsFast) {
    return changed(
        name,
        it ->
            new Machine(
                it.name, it.processors, it.gpus, it.perHour, timesAsFast, it.rowsPerSecond));
  }

  /** The same, with what one such machine was measured to do: {@link Cost#rowsPerSecond} there. */
  public Prices rowsPerSecond(String name, double rows) {
    return changed(
        name,
        it ->
            new Machine(
                it.name, it.processors, it.gpus, it.perHour, it.speed, OptionalDouble.of(rows)));
  }

  private Prices changed(String name, UnaryOperator<Machine> change) {
    Machine changed = change.apply(named(name));
    return new Prices(
        currency, machines.stream().map(it -> it.name.equals(name) ? changed : it).toList());
  }

  /**
   * The machine of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Machine named(String name) {
    return machines.stream()
        .filter(machine -> machine.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no machine of the list is named %s, there are %s%s"
                        .formatted(
                            name,
                            machines.stream().map(Machine::name).toList(),
                            name.equals(HERE)
                                ? ": say what an hour of this one costs, with here(price) or a line here,,,price,,"
                                : "")));
  }

  /** The list as it is in a file. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    for (Machine machine : machines) {
      rows.add(
          Arrays.asList(
              machine.name,
              String.valueOf(machine.processors),
              String.valueOf(machine.gpus),
              String.format(Locale.ROOT, "%.4g", machine.perHour),
              String.format(Locale.ROOT, "%.3g", machine.speed),
              machine.rowsPerSecond.isPresent()
                  ? String.format(Locale.ROOT, "%.1f", machine.rowsPerSecond.getAsDouble())
                  : "-"));
    }
    return new Table(
        List.of("", "processors", "GPUs", currency + "/hour", "speed", "rows/s measured there"),
        rows);
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
