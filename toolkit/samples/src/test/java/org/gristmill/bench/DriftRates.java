package org.gristmill.bench;

import com.google.gson.Gson;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.BetaDistribution;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.Drift;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.Profile;
import org.gristmill.Profiles;
import org.gristmill.Session;
import org.gristmill.compare.Trials;
import org.gristmill.drift.Seen;
import org.gristmill.drift.Sketches;
import org.gristmill.image.Pack;
import org.gristmill.samples.Samples;

/**
 * How often drift is said where there is none, how often it is found where pictures were corrupted,
 * what accuracy is expected, and what watching costs. Every picture is looked at once for each
 * corruption; windows are drawn from these rows with replacement. Arguments: a folder with labelled
 * pictures, or a dash for the samples; the draws of false alarms, those of each detection; how
 * often times are measured; whether all severities are tried, or the middle ones ("quick"). Prints
 * lines of JSON.
 */
final class DriftRates {
  private static final String MODEL = Samples.MODEL + ".onnx";
  private static final int REFERENCE = 1000; // rows
  private static final int[] WINDOWS = {64, 256, 1024};
  private static final Set<String> MIDDLE = Set.of("5 x 5", "15 of 255", "x 0.70", "20");
  private static final int NO_CLASS = 1000; // of this model
  private static final int FIRST_THING = 398; // classes before it are animals

  /** A model that looks at what it sees. */
  private record Looking(ImageClassifier model, ToIntFunction<Image> labels)
      implements BatchWorker<Image, Seen> {
    @Override
    public List<Seen> apply(List<Image> batch) {
      var said = model.classify(batch);
      return IntStream.range(0, batch.size())
          .mapToObj(i -> Seen.of(batch.get(i), said.get(i), labels.applyAsInt(batch.get(i))))
          .toList();
    }

    @Override
    public void close() {
      model.close();
    }
  }

  private final Dataset<Image> images;
  private final ToIntFunction<Image> labels;
  private final SplittableRandom random = new SplittableRandom(11);

  private DriftRates(Dataset<Image> images, ToIntFunction<Image> labels) {
    this.images = images;
    this.labels = labels;
  }

  /** Of the test data beside the checkout, or of the samples. */
  private static DriftRates of(String folder) throws IOException {
    if (folder.equals("-")) {
      return new DriftRates(Samples.images(260), Samples::label);
    }
    var labels = new LinkedHashMap<String, Integer>();
    for (String line : Files.readAllLines(Path.of(folder, "labels", "labels.csv"))) {
      String[] cells = line.split(",", 4);
      if (cells[2].matches("\\d+")) {
        labels.put(Path.of(cells[0]).getFileName().toString(), Integer.valueOf(cells[2]));
      }
    }
    var images =
        Dataset.readImages(Path.of(folder, "images", "imagenet").toString(), Image.Mode.RGB);
    return new DriftRates(
        images, image -> labels.get(Path.of(image.path()).getFileName().toString()));
  }

  private List<Seen> seen(Dataset<Image> pictures, ToIntFunction<Image> of) {
    var pool =
        ActorPool.<Image, Seen>of(device -> new Looking(ImageClassifier.load(MODEL, device), of))
            .input(Preprocessing.of(MODEL));
    return List.copyOf(pictures.mapBatches(16, pool).toList());
  }

  private List<Seen> draw(List<Seen> rows, int count) {
    return IntStream.range(0, count).mapToObj(i -> rows.get(random.nextInt(rows.size()))).toList();
  }

  private static void print(Map<String, Object> line) {
    System.out.println(new Gson().toJson(line));
  }

  private static List<Double> interval(Trials trials) {
    // Clopper and Pearson's
    return List.of(
        low(trials),
        trials.share(),
        1 - low(new Trials(trials.count() - trials.successes(), trials.count())));
  }

  private static double low(Trials trials) {
    return trials.successes() == 0
        ? 0
        : BetaDistribution.of(
                (double) trials.successes(), trials.count() - trials.successes() + 1.0)
            .inverseCumulativeProbability(0.025);
  }

  private void falseAlarms(List<Seen> clean, int draws) {
    for (int window : WINDOWS) {
      var said = Trials.NONE;
      var significant = Trials.NONE;
      for (int i = 0; i < draws; i++) {
        var drift = Profiles.of(draw(clean, window)).against(Profiles.of(draw(clean, REFERENCE)));
        said = said.and(drift.isFound());
        significant = significant.and(drift.shifts().stream().anyMatch(of -> of.p() <= 0.01));
      }
      print(
          Map.of(
              "false_alarms",
              window,
              "draws",
              draws,
              "said",
              interval(said),
              "p_only",
              interval(significant)));
    }
  }

  private void detection(String name, List<Seen> clean, List<Seen> now, int draws) {
    for (int window : WINDOWS) {
      var found = Trials.NONE;
      var changed = new TreeMap<String, Integer>(); // in how many draws
      var covered = Trials.NONE;
      double expected = 0;
      double truth = 0;
      double width = 0;
      for (int i = 0; i < draws; i++) {
        var reference = Profiles.of(draw(clean, REFERENCE));
        Profile profile = Profiles.of(draw(now, window));
        Drift drift = profile.against(reference);
        found = found.and(drift.isFound());
        drift.drifted().forEach(shift -> changed.merge(shift.name(), 1, Integer::sum));
        var accuracy = drift.expectedAccuracy().orElseThrow();
        double known = profile.accuracy().share();
        covered = covered.and(accuracy.low() <= known && known <= accuracy.high());
        expected += accuracy.value() / draws;
        width += (accuracy.high() - accuracy.low()) / draws;
        truth += known / draws;
      }
      var line = new LinkedHashMap<String, Object>();
      line.put("detection", name);
      line.put("window", window);
      line.put("found", interval(found));
      line.put("expected", expected);
      line.put("width", width);
      line.put("truth", truth);
      line.put("covered", covered.share());
      line.put(
          "what",
          changed.entrySet().stream()
              .filter(of -> of.getValue() > draws / 2)
              .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
              .limit(3)
              .map(Map.Entry::getKey)
              .toList());
      print(line);
    }
  }

  /**
   * What watching costs: the processor time of looking at a picture as the model gets it and of
   * adding it up, beside that of a whole row, decoding and classifying it; of one thread each.
   */
  private void overhead(int rounds) {
    var pack = new Pack(Preprocessing.of(MODEL));
    var prepared = images.limit(64).map(pack::prepared).toList();
    double row = Double.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      var stats = images.limit(128).mapBatches(16, ImageClassifier.pool(MODEL)).toList().stats();
      double cpu =
          stats.plan().stages().stream()
              .flatMap(stage -> stage.measured().stream())
              .mapToDouble(stage -> stage.cpu().toNanos())
              .sum();
      row = Math.min(row, cpu / 1e3 / stats.rows());
    }
    Prediction said;
    try (var model = ImageClassifier.load(MODEL, Device.cpu())) {
      said = model.classify(prepared.get(0));
    }
    var sketches = new Sketches();
    double looking = Double.MAX_VALUE;
    double adding = Double.MAX_VALUE;
    for (int time = 0; time < 100 * rounds; time++) {
      long began = cpu();
      var rows = prepared.stream().map(image -> Seen.of(image, said, 1)).toList();
      long middle = cpu();
      rows.forEach(sketches::add);
      looking = Math.min(looking, (middle - began) / 1e3 / rows.size());
      adding = Math.min(adding, (cpu() - middle) / 1e3 / rows.size());
    }
    print(Map.of("overhead", List.of(looking, adding, row)));
  }

  /** Of the calling thread, in nanoseconds. */
  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  public static void main(String[] arguments) throws IOException {
    Session.start().hideProgress();
    var rates = of(arguments[0]);
    int draws = Integer.parseInt(arguments[2]);
    boolean quick = arguments[4].equals("quick");
    var clean = rates.seen(rates.images, rates.labels);
    var reference = Profiles.of(clean);
    Path file = reference.write(Files.createTempFile("profile", ".json.gz").toString());
    print(
        Map.of(
            "pictures",
            clean.size(),
            "profile_bytes",
            Files.size(file),
            "accuracy",
            reference.accuracy().share()));
    Files.delete(file);
    rates.falseAlarms(clean, Integer.parseInt(arguments[1]));
    rates.detection("fresh", clean, clean, draws);
    for (var corruption :
        List.of(
            Corruption.blur(3),
            Corruption.blur(5),
            Corruption.blur(9),
            Corruption.noise(5),
            Corruption.noise(15),
            Corruption.noise(40),
            Corruption.brightness(0.9),
            Corruption.brightness(0.7),
            Corruption.brightness(0.4),
            Corruption.jpeg(50),
            Corruption.jpeg(20),
            Corruption.jpeg(7))) {
      if (quick && !MIDDLE.contains(corruption.severity())) {
        continue;
      }
      var now = rates.seen(rates.images.map(corruption.apply()), rates.labels);
      rates.detection(corruption.toString(), clean, now, draws);
    }
    var animals = of(clean, seen -> seen.label() < FIRST_THING);
    var things = of(clean, seen -> seen.label() >= FIRST_THING);
    rates.detection("classes the reference has not seen", animals, things, draws);
    var mixed = new ArrayList<Seen>();
    for (int i = 0; i < 10; i++) {
      mixed.addAll(i < 8 ? rates.draw(animals, 100) : rates.draw(things, 100));
    }
    rates.detection("the same, a fifth of the rows", animals, mixed, draws);
    var pages = rates.seen(rates.images.map(Corruption.page().apply()), image -> NO_CLASS);
    rates.detection("a class that the model does not know", clean, pages, draws);
    rates.overhead(Integer.parseInt(arguments[3]));
    Session.start().close();
  }

  private static List<Seen> of(List<Seen> rows, Predicate<Seen> which) {
    return rows.stream().filter(which).toList();
  }
}
