package org.gristmill.bench;

import java.util.Locale;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.RunStats;
import org.gristmill.samples.Classifier;
import org.gristmill.samples.Samples;

/**
 * How long rows take, and how many events they make: the tutorial's pool of actors, and rows that
 * nothing is done with. Arguments: how many rows of each. Prints a line of JSON each.
 */
final class ObservedRows {
  private ObservedRows() {}

  public static void main(String[] arguments) {
    int pictures = Integer.parseInt(arguments[0]);
    int numbers = Integer.parseInt(arguments[1]);
    try (var pool = ActorPool.of(2, Classifier::new).keepWarm("pictures")) {
      var classified = Samples.images(pictures).mapBatches(16, pool);
      classified.toList(); // the warm-up, which loads the models too
      print("pool", classified.toList().stats());
    }
    var rows = Dataset.of(IntStream.range(0, numbers).boxed().toList());
    var handedBack = rows.mapBatches(1024, ActorPool.of(2, device -> batch -> batch));
    for (int i = 0; i < 5; i++) {
      handedBack.forEach(row -> {});
    }
    print("no-op", handedBack.forEach(row -> {}));
  }

  private static void print(String job, RunStats stats) {
    long tasks =
        stats.plan().stages().stream()
            .mapToLong(stage -> stage.measured().orElseThrow().tasks())
            .sum();
    System.out.printf(
        Locale.ROOT,
        "{\"job\": \"%s\", \"rows\": %d, \"seconds\": %.9f, \"tasks\": %d, \"batches\": %d}%n",
        job,
        stats.rows(),
        stats.wall().toNanos() / 1e9,
        tasks,
        stats.batches());
  }
}
