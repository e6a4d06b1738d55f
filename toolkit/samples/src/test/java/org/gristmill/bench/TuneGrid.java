package org.gristmill.bench;

import com.google.gson.Gson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.Session;
import org.gristmill.Tuner;
import org.gristmill.Tuning;
import org.gristmill.compare.Interval;
import org.gristmill.samples.Samples;
import org.gristmill.tune.Shape;

/**
 * The tuner against all there is to choose from: every shape of pool and every batch size, each
 * measured in turn over more rows than the tuner has time for. Arguments: the rows of a run, the
 * rounds, the largest batch, how often the tuner is asked, then the models. Prints a line of JSON a
 * model.
 */
final class TuneGrid {
  private static final int DUEL =
      5; // rounds that the tuner's choice and the grid's best run in turn

  /** A pool in a shape, with a batch size. */
  private record Way(Shape shape, int batchSize) {
    @Override
    public String toString() {
      return shape + ", batches of " + batchSize;
    }
  }

  private final String model;
  private final Dataset<Image> images;
  private final Map<Shape, ActorPool<Image, Prediction>> pools = new LinkedHashMap<>();

  private TuneGrid(String model, Dataset<Image> images) {
    this.model = model;
    this.images = images;
    for (Shape shape : Shape.ofProcessors(Runtime.getRuntime().availableProcessors())) {
      var pool = ImageClassifier.pool(model).size(shape.actors()).threadsPerActor(shape.threads());
      pools.put(shape, pool.keepWarm("grid: " + shape));
    }
  }

  private double rowsPerSecond(Way way) {
    return images
        .mapBatches(way.batchSize(), pools.get(way.shape()))
        .forEach(prediction -> {})
        .rowsPerSecond();
  }

  /** The rates of every way, a round after the other, in an order that changes. */
  private Map<Way, List<Double>> grid(int rounds, int largest) {
    var ways = new ArrayList<Way>();
    for (int size = 1; size <= largest; size *= 2) {
      for (Shape shape : pools.keySet()) {
        ways.add(new Way(shape, size));
      }
    }
    var rates = new LinkedHashMap<Way, List<Double>>();
    for (int round = 0; round < rounds; round++) {
      for (Way way : ways) {
        images
            .limit((long) way.shape().actors() * way.batchSize()) // to warm up
            .mapBatches(way.batchSize(), pools.get(way.shape()))
            .forEach(prediction -> {});
        rates.computeIfAbsent(way, of -> new ArrayList<>()).add(rowsPerSecond(way));
      }
      Collections.rotate(ways, ways.size() / rounds + 1);
    }
    return rates;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get((values.size() - 1) / 2);
  }

  private static Way way(Tuning<?, ?> tuning) {
    return new Way(tuning.chosen().contender().shape(), tuning.batchSize());
  }

  private Map<String, Object> measure(int rounds, int largest, int times) {
    var tunings = new ArrayList<Tuning<Image, Prediction>>();
    for (int time = 0; time < times; time++) {
      tunings.add(Tuner.ofModels(model).tune(images));
      System.err.println(model + ": " + tunings.get(time).summary());
    }
    long began = System.nanoTime();
    var rates = grid(rounds, largest);
    double gridSeconds = (System.nanoTime() - began) / 1e9;
    Way best =
        Collections.max(rates.keySet(), Comparator.comparingDouble(of -> median(rates.get(of))));
    rates.forEach(
        (way, of) -> System.err.printf(Locale.ROOT, "%s, %s: %.1f%n", model, way, median(of)));
    var choices = new ArrayList<Map<String, Object>>();
    for (var tuning : tunings) {
      Way way = way(tuning);
      var ratios = new ArrayList<Double>();
      for (int round = 0; round < DUEL && !way.equals(best); round++) {
        ratios.add(rowsPerSecond(way) / rowsPerSecond(best));
      }
      Interval against = ratios.isEmpty() ? new Interval(1, 1, 1) : Interval.of(ratios);
      choices.add(
          Map.of(
              "choice",
              way.toString(),
              "seconds",
              tuning.took().toMillis() / 1e3,
              "against_best",
              List.of(against.low(), against.mean(), against.high())));
    }
    pools.values().forEach(ActorPool::close);
    return Map.of(
        "model",
        model.substring(model.lastIndexOf('/') + 1),
        "ways",
        rates.size(),
        "grid_seconds",
        gridSeconds,
        "best",
        best.toString(),
        "best_rate",
        median(rates.get(best)),
        "slowest_rate",
        rates.values().stream().mapToDouble(TuneGrid::median).min().orElseThrow(),
        "one_by_one",
        median(rates.get(new Way(new Shape(1, 1, 0), 1))),
        "choices",
        choices);
  }

  public static void main(String[] arguments) {
    Session.start().hideProgress();
    int rows = Integer.parseInt(arguments[0]);
    for (String name : List.of(arguments).subList(4, arguments.length)) {
      String model = name.equals("resnet50") ? Samples.randomResNet50() : name;
      var grid = new TuneGrid(model, Samples.images(1000).limit(rows));
      var found =
          grid.measure(
              Integer.parseInt(arguments[1]),
              Integer.parseInt(arguments[2]),
              Integer.parseInt(arguments[3]));
      System.out.println(new Gson().toJson(found));
    }
    Session.start().close();
  }
}
