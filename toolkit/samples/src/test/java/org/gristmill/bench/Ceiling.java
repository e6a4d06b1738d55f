package org.gristmill.bench;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.Image;
import org.gristmill.RunStats;
import org.gristmill.image.Decode;
import org.gristmill.image.Pack;
import org.gristmill.model.ModelFile;
import org.gristmill.model.Network;
import org.gristmill.samples.Samples;

/**
 * What {@code ci/bench ceiling} runs: how close a pool of actors comes to what the processors could
 * do at most. The ceiling is the processors by the sum of the processor time of the stages for a
 * row, each measured alone on one thread; the pool and the stages take turns.
 *
 * <p>Arguments: an empty folder for pictures, how many, and how many rounds.
 */
final class Ceiling {
  private static final int BATCH = 16;
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  /** What is measured alone. */
  private enum Part {
    READ,
    DECODE,
    RESIZE,
    FORWARD
  }

  /** What was measured of a model, a round after the other. */
  private record Rounds(List<Map<Part, Double>> parts, List<RunStats> runs) {
    Rounds() {
      this(new ArrayList<>(), new ArrayList<>());
    }

    double ceiling(int round) {
      double sum = parts.get(round).values().stream().mapToDouble(Double::doubleValue).sum();
      return PROCESSORS / sum;
    }

    List<Double> shares() {
      var shares = new ArrayList<Double>();
      for (int i = 0; i < runs.size(); i++) {
        shares.add(runs.get(i).rowsPerSecond() / ceiling(i));
      }
      return shares.stream().sorted().toList();
    }
  }

  private final Path folder;
  private final List<Path> files;

  private Ceiling(Path folder, List<Path> files) {
    this.folder = folder;
    this.files = files;
  }

  /** So many files of the samples' photographs. */
  private static List<Path> pictures(Path folder, int count) throws IOException {
    var names = Samples.names();
    var files = new ArrayList<Path>();
    for (int i = 0; i < count; i++) {
      Path file = folder.resolve("%05d.jpg".formatted(i));
      String name = "/gristmill/images/" + names.get(i % names.size());
      try (InputStream in = Samples.class.getResourceAsStream(name)) {
        Files.copy(in, file);
      }
      files.add(file);
    }
    return files;
  }

  /** Runs a piece of work and adds its processor time. */
  private static <T> T timed(Map<Part, Double> sums, Part part, Callable<T> piece)
      throws Exception {
    var threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    T made = piece.call();
    sums.merge(part, (threads.getCurrentThreadCpuTime() - before) / 1e9, Double::sum);
    return made;
  }

  /** Seconds of a processor that each stage takes for a row, on this thread. */
  private Map<Part, Double> alone(Network network, Pack pack, int side) throws Exception {
    var sums = new EnumMap<Part, Double>(Part.class);
    var direct =
        ByteBuffer.allocateDirect(Float.BYTES * BATCH * pack.floats())
            .order(ByteOrder.nativeOrder());
    for (int from = 0; from < files.size(); from += BATCH) {
      var floats = direct.asFloatBuffer();
      var batch = files.subList(from, Math.min(files.size(), from + BATCH));
      for (Path file : batch) {
        byte[] bytes = timed(sums, Part.READ, () -> Files.readAllBytes(file));
        Image image =
            timed(sums, Part.DECODE, () -> Decode.row(bytes, Image.Mode.RGB, file.toString()));
        timed(
            sums,
            Part.RESIZE,
            () -> {
              pack.put(pack.prepared(image), floats);
              return null;
            });
      }
      timed(
          sums, Part.FORWARD, () -> network.forward(new Network.Batch(direct, batch.size(), side)));
    }
    sums.replaceAll((part, seconds) -> seconds / files.size());
    return sums;
  }

  private Rounds measure(String model, int rounds) throws Exception {
    var measured = new Rounds();
    var found = ModelFile.find(model);
    var pack = new Pack(found.preprocessing());
    try (var pool = Classifying.pool(model).keepWarm("ceiling");
        var network = Network.load(found.file(), Device.cpu().withThreads(1))) {
      for (int round = -1; round < rounds; round++) { // the first one warms up
        var parts = alone(network, pack, found.preprocessing().crop());
        var stats =
            Dataset.readImages(folder.toString()).mapBatches(BATCH, pool).forEach(prediction -> {});
        if (round >= 0) {
          measured.parts().add(parts);
          measured.runs().add(stats);
        }
      }
    }
    return measured;
  }

  private static String row(String model, Rounds measured) {
    int middle = measured.runs().size() / 2;
    String parts =
        measured.parts().get(middle).values().stream()
            .map(seconds -> String.format(Locale.ROOT, "%.2f", 1000 * seconds))
            .collect(Collectors.joining(" | "));
    var shares = measured.shares();
    double share = shares.get(middle);
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.1f | %.1f | %.0f %% (%.0f..%.0f) | %s |",
        model,
        parts,
        measured.ceiling(middle),
        measured.runs().get(middle).rowsPerSecond(),
        100 * share,
        100 * shares.get(0),
        100 * shares.get(shares.size() - 1),
        share >= 0.95 ? "reached" : "missed");
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    int rounds = Integer.parseInt(arguments[2]);
    var bench = new Ceiling(folder, pictures(folder, Integer.parseInt(arguments[1])));
    var models = new LinkedHashMap<String, String>();
    for (String end : List.of(".pt", ".onnx", ".int8.onnx")) {
      models.put("EfficientNet-Lite0 " + end, Samples.MODEL + end);
    }
    models.put("ResNet-50 of random weights .pt", Samples.randomResNet50());
    var table = new ArrayList<String>();
    var profiles = new ArrayList<String>();
    var shares = new ArrayList<String>();
    for (var model : models.entrySet()) {
      var measured = bench.measure(model.getValue(), rounds);
      var shareOfAll = measured.shares();
      double share = shareOfAll.get(shareOfAll.size() / 2);
      table.add(row(model.getKey(), measured));
      shares.add(String.format(Locale.ROOT, "\"%s\": %.3f", model.getKey(), share));
      if (share < 0.95) {
        var stats = measured.runs().get(rounds / 2);
        profiles.add("%s:%n%s%n%s".formatted(model.getKey(), stats.plan(), stats.verdict()));
      }
    }
    System.out.println(
        "| model | read, ms | decode, ms | resize, ms | forward, ms | ceiling, rows/s | pool, rows/s"
            + " | share | goal 95 % |");
    System.out.println("|---|---:|---:|---:|---:|---:|---:|---:|---|");
    table.forEach(System.out::println);
    System.out.println();
    profiles.forEach(System.out::println);
    System.out.println("{\"ceiling\": {" + String.join(", ", shares) + "}}");
  }
}
