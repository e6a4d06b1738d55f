package org.gristmill.chaos;

import static org.gristmill.chaos.Campaign.require;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.OnError;
import org.gristmill.chaos.Campaign.Settings;

/** Few rows among many that crash their workers, each in another way: only these are lost. */
final class Poison {
  private static final int ROWS = 20_000;
  private static final int EVERY = 1000;
  private static final int FIRST = 371;
  private static final int SECONDS = 180;

  private Poison() {}

  static String check(Settings settings) throws Exception {
    try (var child =
        Child.java(settings.folder("poison"), List.of("-Xmx256m"), Poison.class, "run")) {
      return child.result(SECONDS);
    }
  }

  /** Runs it in the current folder. */
  public static void main(String[] arguments) {
    var expected = IntStream.range(0, ROWS).filter(i -> !isPoison(i)).boxed().toList();
    var poison = IntStream.range(0, ROWS).filter(Poison::isPoison).boxed().toList();
    var rows = Victim.numbers(ROWS);

    var pool = ActorPool.<Integer, Integer>of(2, device -> new Worker());
    var run =
        rows.mapBatches(32, pool.timeLimit(Duration.ofMillis(200)))
            .onError(OnError.setAside("letters.jsonl"))
            .toList();
    require(List.copyOf(run).equals(expected), "%d rows came out", run.size());
    require(run.stats().setAside() == poison.size(), "%d rows set aside", run.stats().setAside());
    var letters =
        Dataset.readJsonLines("letters.jsonl").map(l -> ((Long) l.get("row")).intValue()).toList();
    require(List.copyOf(letters).equals(poison), "set aside: %s", List.copyOf(letters));

    var mended = rows.mapBatches(32, 2, batch -> batch).redrive("letters.jsonl").toList();
    require(List.copyOf(mended).equals(poison), "redriven: %s", List.copyOf(mended));
    System.out.printf(
        "measured: %d rows out of %d set aside, no other; redriven all; wall %d ms, notes %s%n",
        poison.size(), ROWS, run.stats().wall().toMillis(), run.stats().notes());
  }

  private static boolean isPoison(int row) {
    return row % EVERY == FIRST;
  }

  private static final class Worker implements BatchWorker<Integer, Integer> {
    @Override
    public List<Integer> apply(List<Integer> batch) throws Exception {
      for (int row : batch) {
        if (isPoison(row)) {
          return crash(row / EVERY % 5, batch);
        }
      }
      return batch;
    }

    private static List<Integer> crash(int way, List<Integer> batch) throws Exception {
      switch (way) {
        case 0 -> throw new java.io.IOException("no luck");
        case 1 -> throw new NoClassDefFoundError("javax/example/Missing");
        case 2 -> throw new OutOfMemoryError("Java heap space");
        case 3 -> new CountDownLatch(1).await();
        default -> {
          var results = new ArrayList<Integer>(batch);
          results.set(0, null);
          return results;
        }
      }
      return batch;
    }
  }
}
