package org.gristmill.chaos;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.OnError;
import org.gristmill.Prediction;
import org.gristmill.RunStats;
import org.gristmill.samples.Samples;

/**
 * A run that writes into {@code out}, and rows that fail into {@code letters.jsonl}, in the current
 * folder; to be killed. Prints {@code +} when a batch begins, {@code -} when it ends, and {@code
 * done} at the end.
 */
final class Victim {
  static final int BATCH = 8;
  static final int SMALL_BATCH = 4;
  private static final long SPIN_NANOS = 200_000_000;

  private Victim() {}

  /** Arguments: JOB ROWS. */
  public static void main(String[] arguments) {
    int rows = Integer.parseInt(arguments[1]);
    try {
      var stats =
          switch (arguments[0]) {
            case "classify" ->
                Samples.images(rows)
                    .mapBatches(BATCH, ActorPool.of(2, Classifier::new))
                    .writeJsonLines("out", 2 * BATCH);
            case "commit" ->
                numbers(rows)
                    .mapBatches(SMALL_BATCH, actors(Victim::refuseSevens))
                    .onError(OnError.setAside("letters.jsonl"))
                    .writeJsonLines("out", SMALL_BATCH);
            case "spin" -> interruptible(rows);
            default -> throw new IllegalArgumentException(arguments[0]);
          };
      System.out.println("done " + stats.rows() + " " + stats.notes());
    } catch (GristmillException failed) {
      System.out.println(failed.getMessage());
      System.exit(1);
    }
  }

  /** A byte on standard input interrupts it; a batch does not feel that. */
  private static RunStats interruptible(int rows) {
    Thread main = Thread.currentThread();
    var interrupted = new AtomicLong();
    var listener =
        new Thread(
            () -> {
              try {
                if (System.in.read() >= 0) {
                  interrupted.set(System.nanoTime());
                  main.interrupt();
                }
              } catch (IOException closed) {
                // nobody will interrupt
              }
            });
    listener.setDaemon(true);
    listener.start();
    try {
      return numbers(rows)
          .mapBatches(SMALL_BATCH, actors(Victim::spin))
          .writeJsonLines("out", SMALL_BATCH);
    } catch (GristmillException stopped) {
      long now = System.nanoTime();
      System.out.println(
          "stopped " + (interrupted.get() == 0 ? 0 : (now - interrupted.get()) / 1_000_000));
      throw stopped;
    }
  }

  static Dataset<Integer> numbers(int rows) {
    return Dataset.of(IntStream.range(0, rows).boxed().toList());
  }

  private static ActorPool<Integer, Integer> actors(BatchWorker<Integer, Integer> worker) {
    return ActorPool.of(2, device -> batch -> marked(worker, batch));
  }

  private static <T, R> List<R> marked(BatchWorker<T, R> worker, List<T> batch) throws Exception {
    System.out.println("+");
    List<R> results = worker.apply(batch);
    System.out.println("-");
    return results;
  }

  private static List<Integer> refuseSevens(List<Integer> batch) {
    if (batch.stream().anyMatch(i -> i % 10 == 7)) {
      throw new IllegalArgumentException("a seven");
    }
    return batch;
  }

  private static List<Integer> spin(List<Integer> batch) {
    long end = System.nanoTime() + SPIN_NANOS;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    return batch;
  }

  private static final class Classifier implements BatchWorker<Image, Prediction> {
    private final ImageClassifier model;

    Classifier(Device device) {
      model = ImageClassifier.load(Samples.MODEL + ".onnx", device);
    }

    @Override
    public List<Prediction> apply(List<Image> batch) throws Exception {
      return marked(model::classify, batch);
    }

    @Override
    public void close() {
      model.close();
    }
  }
}
