package org.gristmill;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.gristmill.chart.ComparisonCharts;
import org.gristmill.compare.Interval;
import org.gristmill.compare.Judgement;
import org.gristmill.compare.Judgement.Outcome;
import org.gristmill.compare.Trials;
import org.gristmill.notebook.Gallery;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * Models over the same pictures, each of which is read and decoded once: which one is right more
 * often, how often they agree, and what each costs. Immutable.
 *
 * <pre>{@code
 * var ab = ABTest.champion("fp32", ImageClassifier.pool("efficientnet_lite0.onnx"))
 *     .challenger("int8", ImageClassifier.pool("efficientnet_lite0.int8.onnx"))
 *     .labels(image -> classOf(image.path()))
 *     .run(images);
 * ab                                       // the figures, and what they say
 * ab.verdict("int8").outcome()             // BETTER, WORSE, NO_WORSE or UNDECIDED
 * ab.disagreements(8)                      // pictures that they see otherwise
 * }</pre>
 *
 * <p>What is said of accuracy is a paired test's: see {@link Judgement} for its errors. It takes
 * the pictures for a random sample of those that the models are to see.
 */
public final class ABTest implements Tabular {
  /** What is to be compared, and how; nothing is run yet. Immutable. */
  public static final class Arms {
    private final Map<String, ActorPool<Image, Prediction>> pools; // the champion's first
    private final Settings settings;

    private Arms(Map<String, ActorPool<Image, Prediction>> pools, Settings settings) {
      this.pools = pools;
      this.settings = settings;
    }

    /** A model to compare with the champion. */
    public Arms challenger(String name, ActorPool<Image, Prediction> pool) {
      var more = new LinkedHashMap<>(pools);
      if (more.put(name, Objects.requireNonNull(pool, "pool")) != null) {
        throw new IllegalArgumentException("there are two models named " + name);
      }
      return new Arms(more, settings);
    }

    /**
     * The true class of a picture.
     *
     * @param of gives its index, or less than 0 where it is not known; several threads call it at
     *     once. The picture may have been resized and cropped already; its path stays
     */
    public Arms labels(ToIntFunction<Image> of) {
      var labels = Optional.of(of);
      return new Arms(
          pools,
          new Settings(
              labels, settings.batch, settings.margin, settings.price, settings.untilDecided));
    }

    /** Rows a batch; the default is 16. */
    public Arms batchSize(int rows) {
      if (rows < 1) {
        throw new IllegalArgumentException("a batch needs at least 1 row, not " + rows);
      }
      return new Arms(
          pools,
          new Settings(
              settings.labels, rows, settings.margin, settings.price, settings.untilDecided));
    }

    /**
     * How much less accurate a challenger may be and still be called no worse.
     *
     * @param share of the rows, 0 to below 1; the default is 0.01, one percentage point. With 0
     *     none is called so
     */
    public Arms margin(double share) {
      if (!(share >= 0 && share < 1)) {
        throw new IllegalArgumentException("a margin is a share of 0 to below 1, not " + share);
      }
      return new Arms(
          pools,
          new Settings(
              settings.labels, settings.batch, share, settings.price, settings.untilDecided));
    }

    /** What an hour of the machine costs, in whatever currency. */
    public Arms pricePerHour(double price) {
      if (!(price > 0 && Double.isFinite(price))) {
        throw new IllegalArgumentException("a price is above 0, not " + price);
      }
      return new Arms(
          pools,
          new Settings(
              settings.labels, settings.batch, settings.margin, price, settings.untilDecided));
    }

    /**
     * Looks at the figures after every batch, and stops when it is known of each challenger that it
     * is better, that it is worse, or that the difference is below the margin: after some hundred
     * rows where models differ much, after all rows where these do not suffice. All looks together
     * have the errors that are stated for one look; for that, a small difference takes more rows
     * than it takes a test of a fixed number. Rows must come in random order: those of a folder are
     * sorted by name, and often by class. A difference that ended the test early is more often
     * counted too large than too small; its interval holds.
     */
    public Arms untilDecided() {
      return new Arms(
          pools,
          new Settings(settings.labels, settings.batch, settings.margin, settings.price, true));
    }

    /**
     * Runs all models over the rows, with as many actors as the champion's pool has, on its
     * devices; each holds a worker of every model. Workers that are kept warm are not used, nor are
     * limits of time. A row that fails in one model fails, and is set aside if the dataset says so:
     * it counts for none.
     *
     * @throws GristmillException if a row fails, or there are none
     */
    public ABTest run(Dataset<Image> images) {
      if (pools.size() < 2) {
        throw new IllegalStateException(
            "there is nothing to compare %s with: name a challenger"
                .formatted(pools.keySet().iterator().next()));
      }
      if (settings.untilDecided && settings.labels.isEmpty()) {
        throw new IllegalStateException(
            "untilDecided() needs labels(...): without, nothing says which model is right");
      }
      var tally = new Tally(List.copyOf(pools.keySet()), settings);
      var stats =
          images
              .mapBatches(
                  settings.batch, SideBySide.pool(pools, settings.labels.orElse(image -> -1)))
              .forEachUntil(tally::add);
      if (tally.rows() == 0) {
        throw new GristmillException("there are no rows to compare models over: " + images);
      }
      return new ABTest(tally, settings, stats);
    }
  }

  /**
   * What can be chosen.
   *
   * @param labels the index of a picture's class, if anything is known of them
   * @param price of an hour; 0 if nobody has said
   */
  record Settings(
      Optional<ToIntFunction<Image>> labels,
      int batch,
      double margin,
      double price,
      boolean untilDecided) {}

  /**
   * What was seen of a model.
   *
   * @param right rows with a label that it has right
   * @param same rows in which it gives the champion's class
   * @param millisPerRow what one actor takes for a row, from a decoded picture on (from a resized
   *     one where all models want the same)
   * @param timesAsLong as the champion, with a 95 % interval from the batches
   */
  public record Model(
      String name, Trials right, Trials same, double millisPerRow, Interval timesAsLong) {}

  private final List<Model> models;
  private final Map<String, Judgement> verdicts = new LinkedHashMap<>();
  private final Settings settings;
  private final boolean stopped;
  private final Gallery disagreements;
  private final RunStats stats;

  private ABTest(Tally tally, Settings settings, RunStats stats) {
    this.models = tally.models();
    this.settings = settings;
    this.stopped = tally.hasStopped();
    this.disagreements = tally.disagreements();
    this.stats = stats;
    var judgements = tally.judgements();
    for (int i = 0; i < judgements.size(); i++) {
      verdicts.put(models.get(i + 1).name(), judgements.get(i));
    }
  }

  /** Begins with the model that the others are compared with, such as the one in use. */
  public static Arms champion(String name, ActorPool<Image, Prediction> pool) {
    var settings = new Settings(Optional.empty(), 16, 0.01, 0, false);
    return new Arms(Map.of(), settings).challenger(name, pool);
  }

  /** The models, the champion first. */
  public List<Model> models() {
    return models;
  }

  /** The rows that were used: those that came out of all models. */
  public long rows() {
    return models.get(0).same().count();
  }

  /** What the rows say of a challenger's accuracy. */
  public Judgement verdict(String challenger) {
    var verdict = verdicts.get(challenger);
    if (verdict == null) {
      throw new IllegalArgumentException(
          "no challenger is named " + challenger + ", there are " + verdicts.keySet());
    }
    return verdict;
  }

  /** What the run did. */
  public RunStats stats() {
    return stats;
  }

  /** What of this machine's time 1,000 rows take, with all actors at work; reading is not in it. */
  public double secondsPerThousand(Model model) {
    return model.millisPerRow() / Math.max(1, stats.workers());
  }

  /** Where a share is, by the way in which rows were looked at. */
  private Trials.Range range(Trials trials) {
    return settings.untilDecided ? trials.range(0.05) : trials.rangeOfFixedCount(0.05);
  }

  private String share(Trials trials) {
    return trials.count() == 0
        ? "-"
        : format("%.1f %% (%s)", 100 * trials.share(), range(trials)).replace(" % to ", " to ");
  }

  @Override
  public Table table() {
    String champion = models.get(0).name();
    boolean priced = settings.price > 0;
    var header =
        new ArrayList<>(
            List.of(
                "", "accuracy", "same class as " + champion, "ms/row", "times as long", "s/1,000"));
    if (priced) {
      header.add("price/1,000");
    }
    var rows = new ArrayList<List<String>>();
    for (Model model : models) {
      boolean first = model.equals(models.get(0));
      double seconds = secondsPerThousand(model);
      var row =
          new ArrayList<>(
              List.of(
                  model.name(),
                  share(model.right()),
                  first ? "" : share(model.same()),
                  format("%.2f", model.millisPerRow()),
                  first ? "1" : model.timesAsLong().toString(),
                  format("%.2f", seconds)));
      if (priced) {
        row.add(format("%.2g", seconds / 3600 * settings.price));
      }
      rows.add(row);
    }
    return new Table(header, rows, summary());
  }

  /** What the figures say, in sentences made from them. */
  public String summary() {
    var lines = new ArrayList<String>();
    lines.add(howMany());
    verdicts.forEach((name, verdict) -> lines.add(sentence(name, verdict)));
    lines.add(
        "In brackets: 95 % intervals"
            + (verdicts.size() > 1 ? ", those of differences for all challengers together" : "")
            + (settings.untilDecided ? ", which hold however often one looks" : "")
            + ". Reading and decoding, once for all models, are not in their times.");
    return String.join("\n", lines);
  }

  private String howMany() {
    long labelled = models.get(0).right().count();
    String labels =
        labelled == rows()
            ? ""
            : labelled == 0 ? ", none with a label" : ", " + labelled + " with a label";
    String aside =
        stats.setAside() == 0
            ? ""
            : "; " + stats.setAside() + " more failed and count for no model";
    String end =
        !settings.untilDecided
            ? "."
            : stopped ? ": enough to decide, the rest was not needed." : ": all there are.";
    return format("%,d rows%s%s%s", rows(), labels, aside, end);
  }

  private String sentence(String name, Judgement verdict) {
    String champion = models.get(0).name();
    var pairs = verdict.pairs();
    if (pairs.count() == 0) {
      return format(
          "Whether %s is better or worse than %s where they differ is open: that takes labels.",
          name, champion);
    }
    return format(
            "%s: %s, p = %s; it alone is right in %,d rows, %s alone in %,d.",
            claim(name, verdict, champion),
            verdict.difference(),
            p(verdict.p()),
            pairs.onlySecond(),
            champion,
            pairs.onlyFirst())
        + needed(verdict);
  }

  private String claim(String name, Judgement verdict, String champion) {
    boolean little = verdict.difference().low() > -settings.margin;
    return switch (verdict.outcome()) {
      case BETTER -> name + " is better than " + champion;
      case WORSE ->
          name + " is worse than " + champion + (little ? ", by less than " + margin() : "");
      case NO_WORSE -> name + " is not worse than " + champion + " by " + margin() + " or more";
      case UNDECIDED -> "Whether " + name + " is better or worse than " + champion + " is open";
    };
  }

  private String margin() {
    String points = format("%.2f", 100 * settings.margin).replaceAll("\\.?0+$", "");
    return points + (points.equals("1") ? " point" : " points");
  }

  /** What to do about it. */
  private String needed(Judgement verdict) {
    boolean helps = verdict.outcome() == Outcome.UNDECIDED && settings.margin > 0;
    return helps
        ? format(
            " Were they equally good, about %,d rows would show that it is not worse by %s.",
            verdict.pairs().rowsToShowNoWorse(settings.margin), margin())
        : "";
  }

  private String p(double value) {
    String adjusted = verdicts.size() == 1 ? "" : " (Holm, of " + verdicts.size() + " challengers)";
    return (value < 1e-4 ? "below 0.0001" : format("%.2g", value)) + adjusted;
  }

  /**
   * Pictures of which models say different things, with what they say and the label: some of the
   * first.
   *
   * @param most how many; 24 are kept
   */
  public Gallery disagreements(int most) {
    var shown = disagreements.pictures().stream().limit(most).toList();
    return new Gallery(shown, shown.size() + " of the " + disagreements.note());
  }

  /** How much more often each challenger is right than the champion. */
  public BufferedImage differenceChart() {
    return ComparisonCharts.differences(this);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @Override
  public String toString() {
    return tables().stream().map(Table::toString).collect(Collectors.joining("\n"));
  }
}
