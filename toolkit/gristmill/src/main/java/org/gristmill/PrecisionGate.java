package org.gristmill;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.gristmill.compare.Agreement;
import org.gristmill.model.ModelFile;
import org.gristmill.notebook.ArmsTile;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * Whether a faster file of a model, such as one in 8 bits, is good enough: over rows of one's own
 * it is run beside the reference, and taken only if it finds the same most probable class in at
 * least a stated share of the rows, and is faster. Nothing else takes a file of reduced precision.
 * Immutable.
 *
 * <pre>{@code
 * var gate = PrecisionGate.measure("models/resnet-50", images.limit(500), 0.99);
 * gate                                     // the figures, and what was chosen
 * ImageClassifier.load(gate.model())
 * }</pre>
 */
public final class PrecisionGate implements Tabular {
  private static final int BATCH = 16;
  private static final int ROUNDS = 3;
  private static final int ROWS_A_ROUND = 128;

  /**
   * A file of the model, as it was measured.
   *
   * @param model its name or path, for {@link ImageClassifier#load}
   * @param agreement with the reference, over all rows; empty if it could not be run
   * @param rates rows/s, one a round; empty if it could not be run
   * @param failure why it could not be run
   */
  public record Candidate(
      String model, Optional<Agreement> agreement, List<Double> rates, Optional<String> failure) {
    public Candidate {
      rates = List.copyOf(rates);
    }

    /** The median of the rounds, in rows/s; 0 if it could not be run. */
    public double rowsPerSecond() {
      return rates.isEmpty() ? 0 : rates.stream().sorted().toList().get((rates.size() - 1) / 2);
    }

    /** The file's name. */
    String name() {
      return Path.of(model).getFileName().toString();
    }

    private boolean agrees(double floor) {
      return agreement.isPresent() && agreement.get().share() >= floor;
    }

    /** In every round: a gain that a busy machine can feign once is none. */
    private boolean isFasterThan(Candidate other) {
      return !rates.isEmpty()
          && IntStream.range(0, rates.size())
              .allMatch(round -> rates.get(round) > other.rates.get(round));
    }
  }

  private final double floor;
  private final Candidate reference;
  private final List<Candidate> candidates;
  private final Candidate chosen;

  private PrecisionGate(double floor, Candidate reference, List<Candidate> candidates) {
    this.floor = floor;
    this.reference = reference;
    this.candidates = List.copyOf(candidates);
    this.chosen =
        candidates.stream()
            .filter(candidate -> candidate.agrees(floor) && candidate.isFasterThan(reference))
            .max(Comparator.comparingDouble(Candidate::rowsPerSecond))
            .orElse(reference);
  }

  /**
   * Measures all files of a model: of a folder that {@code kernel/export-model} wrote, or of the
   * samples' model. The reference is the one that {@link ImageClassifier#load(String)} takes on the
   * CPU.
   *
   * @param model a folder, a file or a name
   * @param images rows like those that the model is to see; all of them are classified by each
   *     file, and the first 128 a few times more
   * @param floor the least share of rows with the same most probable class, 0..1
   * @throws GristmillException if the model is not there, has one file only, or a row fails
   */
  public static PrecisionGate measure(String model, Dataset<Image> images, double floor) {
    List<String> files = ModelFile.variants(model);
    if (files.size() < 2) {
      throw new GristmillException(
          model + " is one file: there is nothing to choose from, or name the candidates");
    }
    return measure(files.get(0), files.subList(1, files.size()), images, floor);
  }

  /**
   * The same with a reference and candidates by name or path. All are run on the CPU, with as many
   * actors as there are processors, in batches of 16: first each over all rows, then in turn over
   * the first 128, three times, which gives the rows/s.
   */
  public static PrecisionGate measure(
      String reference, List<String> candidates, Dataset<Image> images, double floor) {
    if (!(floor > 0 && floor <= 1)) {
      throw new IllegalArgumentException("a floor is a share above 0 and at most 1, not " + floor);
    }
    var models = new LinkedHashSet<>(List.of(reference));
    for (String candidate : candidates) {
      if (!models.add(candidate)) {
        throw new IllegalArgumentException(candidate + " is named twice");
      }
    }
    var pools = new LinkedHashMap<String, ActorPool<Image, Prediction>>();
    // kept warm, so that loading is in no round
    models.forEach(
        model ->
            pools.put(model, ImageClassifier.pool(model).keepWarm("precision gate: " + model)));
    var all = List.copyOf(pools.values());
    try (var tile = Session.tile().compare(List.copyOf(models))) {
      var failures = new LinkedHashMap<String, String>();
      var runs = new LinkedHashMap<String, Run<Prediction>>();
      for (String model : models) {
        tile.turn(model, "all rows");
        try {
          runs.put(model, images.mapBatches(BATCH, pools.get(model)).toList());
        } catch (GristmillException failed) {
          if (model.equals(reference) || Thread.currentThread().isInterrupted()) {
            throw failed;
          }
          failures.put(model, failed.getMessage());
        }
      }
      if (runs.get(reference).isEmpty()) {
        throw new GristmillException("there are no rows to compare " + reference + " over");
      }
      pools.keySet().removeAll(failures.keySet());
      var rates = inTurn(pools, images.limit(ROWS_A_ROUND), tile);
      tile.measured();
      var measured = new ArrayList<Candidate>();
      for (String model : candidates) {
        var run = Optional.ofNullable(runs.get(model));
        measured.add(
            new Candidate(
                model,
                run.map(of -> Agreement.of(runs.get(reference), List.of(of))),
                rates.getOrDefault(model, List.of()),
                Optional.ofNullable(failures.get(model))));
      }
      var first =
          new Candidate(reference, Optional.empty(), rates.get(reference), Optional.empty());
      return new PrecisionGate(floor, first, measured);
    } finally {
      all.forEach(ActorPool::close);
    }
  }

  /** The rows/s of each model, a round after the other. */
  private static Map<String, List<Double>> inTurn(
      Map<String, ActorPool<Image, Prediction>> pools, Dataset<Image> images, ArmsTile tile) {
    var rates = new LinkedHashMap<String, List<Double>>();
    for (int round = 1; round <= ROUNDS; round++) {
      for (var pool : pools.entrySet()) {
        tile.turn(pool.getKey(), "round " + round + " of " + ROUNDS);
        var run = images.mapBatches(BATCH, pool.getValue()).toList();
        rates
            .computeIfAbsent(pool.getKey(), model -> new ArrayList<>())
            .add(run.stats().rowsPerSecond());
      }
    }
    return rates;
  }

  /**
   * The fastest file whose agreement is at least the floor and that was faster than the reference
   * in every round; else the reference. For {@link ImageClassifier#load}.
   */
  public String model() {
    return chosen.model();
  }

  /** The least share of rows with the same class that was asked for. */
  public double floor() {
    return floor;
  }

  /** What the others are compared with. */
  public Candidate reference() {
    return reference;
  }

  /** The others, in the order in which they were named. */
  public List<Candidate> candidates() {
    return candidates;
  }

  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            reference.name(),
            format("%.1f", reference.rowsPerSecond()),
            "1",
            "",
            "",
            chosen.equals(reference) ? "the reference, taken" : "the reference"));
    for (Candidate candidate : candidates) {
      var agreement = candidate.agreement();
      rows.add(
          List.of(
              candidate.name(),
              agreement.isEmpty() ? "" : format("%.1f", candidate.rowsPerSecond()),
              agreement.isEmpty() ? "" : format("%.2f", speedUp(candidate)),
              agreement.map(PrecisionGate::share).orElse(""),
              agreement.map(of -> format("%.1f %%", 100 * of.atLeast())).orElse(""),
              outcome(candidate)));
    }
    var header = List.of("", "rows/s", "speed-up", "same class", "at least (95 %)", "");
    return new Table(header, rows, summary());
  }

  /** The figures; and the first rows that files which were not good enough see otherwise. */
  @Override
  public List<Table> tables() {
    var others = new ArrayList<List<String>>();
    for (Candidate candidate : candidates) {
      if (candidate.agreement().isPresent() && !candidate.agrees(floor)) {
        candidate
            .agreement()
            .get()
            .others()
            .forEach(row -> others.add(List.of(candidate.name(), row)));
      }
    }
    return others.isEmpty()
        ? List.of(table())
        : List.of(table(), new Table(List.of("", "rows with another class"), others));
  }

  private String outcome(Candidate candidate) {
    if (candidate.failure().isPresent()) {
      return "cannot be run";
    }
    if (!candidate.agrees(floor)) {
      return "below the floor";
    }
    if (candidate.equals(chosen)) {
      return "taken";
    }
    return candidate.isFasterThan(reference) ? "good enough, not the fastest" : "not faster";
  }

  /** What was chosen and why, in sentences made from the figures. */
  public String summary() {
    String why =
        candidates.stream()
            .filter(candidate -> !candidate.equals(chosen))
            .map(this::whyNot)
            .collect(Collectors.joining(" "));
    if (chosen.equals(reference)) {
      return reference.name() + " stays. " + why;
    }
    var agreement = chosen.agreement().orElseThrow();
    String doubt =
        agreement.atLeast() < floor
            ? format(
                " So few rows leave it open whether that holds for all: with a confidence of 95 %%"
                    + " it is at least %.1f %%.",
                100 * agreement.atLeast())
            : "";
    return format(
            "%s is taken: %.2f times the rows/s of %s, and the same class in %s, where the floor is"
                + " %s.",
            chosen.name(), speedUp(chosen), reference.name(), share(agreement), percent(floor))
        + doubt
        + (why.isEmpty() ? "" : " " + why);
  }

  private String whyNot(Candidate candidate) {
    if (candidate.failure().isPresent()) {
      return candidate.name() + " cannot be run: " + candidate.failure().get() + ".";
    }
    var agreement = candidate.agreement().orElseThrow();
    if (!candidate.agrees(floor)) {
      return format(
          "%s is refused: the same class in only %s, and the floor is %s; %s.",
          candidate.name(), share(agreement), percent(floor), agreement.others().get(0));
    }
    return candidate.isFasterThan(reference)
        ? format("%s is good enough, but slower.", candidate.name())
        : format("%s was not faster than %s.", candidate.name(), reference.name());
  }

  private double speedUp(Candidate candidate) {
    return candidate.rowsPerSecond() / reference.rowsPerSecond();
  }

  /** Rounded down: 0.9999 is not all of them. */
  private static String share(Agreement agreement) {
    return format(
        "%d of %d rows (%s)", agreement.same(), agreement.rows(), percent(agreement.share()));
  }

  private static String percent(double share) {
    return format("%.1f %%", Math.floor(1000 * share + 1e-9) / 10);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @Override
  public String toString() {
    return tables().stream().map(Table::toString).collect(Collectors.joining("\n"));
  }
}
