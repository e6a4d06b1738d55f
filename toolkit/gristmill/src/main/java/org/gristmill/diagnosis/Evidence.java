package org.gristmill.diagnosis;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.gristmill.ExecutionPlan;
import org.gristmill.ExecutionPlan.Measured;
import org.gristmill.RunStats;
import org.gristmill.notebook.Table;

/** What was measured that shows what bounded a run, in sentences. */
final class Evidence {
  private static final double MUCH = 0.1; // of the processors, by others
  private static final double WORTH_SAYING = 0.1; // of a stage's time, spent waiting

  private final RunStats stats;

  Evidence(RunStats stats) {
    this.stats = stats;
  }

  String of(Suspect suspect, Forecast forecast) {
    int place = suspect.place();
    return switch (suspect.bound()) {
      case REPEATED_LOADS -> repeatedLoads(place);
      case INFERENCE -> "Inference bounds this run: " + busy(place) + neighbour(place) + ".";
      case ROW_STEP ->
          "A step of single rows bounds this run: " + busy(place) + neighbour(place) + ".";
      case SOURCE ->
          "The source bounds this run: %s was listing %s of the time%s."
              .formatted(name(place), share(measured(place).busy(), 1), neighbour(place));
      case OUTPUT ->
          "What the rows are handed to bounds this run: the action, or writing, took %s of the time on the calling thread%s."
              .formatted(share(stats.output(), 1), neighbour(stages().size()));
      case MEMORY -> memory();
      case START_UP -> startUp();
      case PROCESSORS -> processors(forecast);
      case NOTHING -> nothing(forecast);
    };
  }

  private List<ExecutionPlan.Stage> stages() {
    return stats.plan().stages();
  }

  private Measured measured(int place) {
    return stages().get(place).measured().orElseThrow();
  }

  private String name(int place) {
    return stages().get(place).name();
  }

  /** That part of the time of so many threads, in per cent. */
  private String share(Duration time, int threads) {
    double all = Math.max(1.0, (double) stats.wall().toNanos()) * Math.max(1, threads);
    return percent(time.toNanos() / all);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * Math.min(1, share));
  }

  private String repeatedLoads(int place) {
    var measured = measured(place);
    return "Repeated loads bound this run: the model was loaded %d times for %,d rows, %s of the time of the %s of %s."
        .formatted(
            measured.loads(),
            measured.rowsIn(),
            share(measured.loading(), measured.workers()),
            workers(measured),
            name(place));
  }

  private String busy(int place) {
    var measured = measured(place);
    return "the %s of %s %s busy %s of the time"
        .formatted(
            workers(measured),
            name(place),
            measured.workers() == 1 ? "was" : "were",
            share(measured.busy(), measured.workers()));
  }

  private static String workers(Measured measured) {
    String what = measured.batches() ? "worker" : "thread";
    return measured.workers() == 1 ? what : measured.workers() + " " + what + "s";
  }

  /** What the stage before it, or else the one behind it, did meanwhile: wait. */
  private String neighbour(int place) {
    Optional<String> before =
        place - 1 < 1
            ? Optional.empty()
            : waited(place - 1, measured(place - 1).waitedForRoom(), "room");
    Optional<String> behind =
        place + 1 >= stages().size()
            ? Optional.empty()
            : waited(place + 1, measured(place + 1).waitedForInput(), "input");
    return before.or(() -> behind).orElse("");
  }

  private Optional<String> waited(int place, Duration time, String what) {
    int workers = measured(place).workers();
    double share = (double) time.toNanos() / Math.max(1, stats.wall().toNanos() * workers);
    return share < WORTH_SAYING
        ? Optional.empty()
        : Optional.of(" while %s waited for %s %s".formatted(name(place), what, percent(share)));
  }

  private String memory() {
    int place = 0;
    for (int i = 1; i < stages().size(); i++) {
      var longest = measured(place).waitedForMemory();
      place = measured(i).waitedForMemory().compareTo(longest) > 0 ? i : place;
    }
    return "Memory bounds this run: %s waited for it %s of the time, as rows on their way may hold %s."
        .formatted(
            name(place),
            share(measured(place).waitedForMemory(), measured(place).workers()),
            Table.bytes(stats.memory().budget()));
  }

  private String startUp() {
    return "Starting bounds this run: the first of %,d rows came out after %s of the time."
        .formatted(stats.rows(), share(stats.firstRow(), 1));
  }

  /** Whether actors of a stage were in other processes. */
  static boolean isElsewhere(RunStats stats, int place) {
    return stats.plan().stages().get(place).measured().orElseThrow().isElsewhere();
  }

  private String processors(Forecast forecast) {
    String most =
        stats.time().entrySet().stream()
            .max(Map.Entry.comparingByValue(Comparator.naturalOrder()))
            .map(part -> " Most thread time went into: " + part.getKey() + ".")
            .orElse("");
    String others =
        forecast.others() < MUCH
            ? ""
            : ", of which other processes%s took %s"
                .formatted(
                    stats.plan().isElsewhere() ? ", executors included," : "",
                    percent(forecast.others()));
    return "The processors bound this run: all %d were busy %s of the time%s, so more workers do not help, only less work for a row.%s"
        .formatted(
            Forecast.processors(), percent(forecast.use() + forecast.others()), others, most);
  }

  /** The steps take next to nothing. */
  String overhead(Forecast forecast) {
    double micros = stats.wall().toNanos() / 1e3 / stats.rows();
    return String.format(
        Locale.ROOT,
        "Nothing stands out: a row took %.2f µs, of which the steps account for %s; the rest is handing rows on.",
        micros,
        percent(forecast.agreement()));
  }

  private String nothing(Forecast forecast) {
    int busiest = -1;
    double most = 0;
    for (int i = 0; i < stages().size(); i++) {
      double busy = (double) measured(i).busy().toNanos() / Math.max(1, measured(i).workers());
      busiest = busy > most ? i : busiest;
      most = Math.max(most, busy);
    }
    String how =
        busiest < 0
            ? "no stage took time worth speaking of"
            : "no stage holds up the others; the busiest is %s, %s of the time"
                .formatted(
                    name(busiest), share(measured(busiest).busy(), measured(busiest).workers()));
    return "Nothing stands out: %s, and the processors were used %s."
        .formatted(how, percent(forecast.use()));
  }
}
