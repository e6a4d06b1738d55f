package org.gristmill.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;

/**
 * What the framework itself costs: jobs whose workers do nothing. Arguments: JOB:ROWS..., run one
 * after the other in one process. Prints a line of JSON a job. The same jobs on Ray's side: {@code
 * ci/peers/ray_overhead.py}.
 */
final class Overhead {
  private static final int ACTORS = 2;
  private static final int LONGEST_SPIN_MICROS = 2000;

  private static final Map<String, Function<Dataset<Long>, Dataset<Long>>> JOBS =
      Map.of(
          "batches16", rows -> rows.mapBatches(16, actors(batch -> batch)),
          "batches1024", rows -> rows.mapBatches(1024, actors(batch -> batch)),
          "map", rows -> rows.map(row -> row),
          "uneven", rows -> rows.mapBatches(16, actors(Overhead::spin)),
          "unordered-batches16", rows -> rows.mapBatches(16, actors(batch -> batch)).unordered(),
          "unordered-uneven", rows -> rows.mapBatches(16, actors(Overhead::spin)).unordered());

  private static final Map<Integer, List<Long>> INPUTS = new HashMap<>();

  private Overhead() {}

  public static void main(String[] arguments) throws Exception {
    for (String argument : arguments) {
      String[] parts = argument.split(":", 2);
      boolean ordered = !parts[0].startsWith("unordered-");
      System.out.println(run(parts[0], Integer.parseInt(parts[1]), ordered));
    }
  }

  private static ActorPool<Long, Long> actors(BatchWorker<Long, Long> worker) {
    return ActorPool.of(ACTORS, device -> worker);
  }

  private static String run(String job, int size, boolean ordered) throws Exception {
    List<Long> input = INPUTS.computeIfAbsent(size, n -> LongStream.range(0, n).boxed().toList());
    Dataset<Long> dataset = JOBS.get(job).apply(Dataset.of(input));
    System.gc(); // the input's making is not to be paid for by the run
    var seen = new Seen(ordered);
    long began = System.nanoTime();
    dataset.forEach(seen::accept);
    double seconds = (System.nanoTime() - began) / 1e9;
    seen.check(size);
    return String.format(
        Locale.ROOT,
        "{\"job\": \"%s\", \"rows\": %d, \"seconds\": %.9f, \"first\": %.9f, \"first_at\": %.6f,"
            + " \"ideal\": %.9f, \"peak_kib\": %d}",
        job,
        size,
        seconds,
        (seen.first - began) / 1e9,
        seen.firstAt / 1e3,
        job.endsWith("uneven") ? ideal(size) : 0,
        peakKib());
  }

  /** What came out: counted, added up and, where rows keep their order, compared with it. */
  private static final class Seen implements LongConsumer {
    private final boolean ordered;
    private long rows;
    private long sum;
    private long first;
    private long firstAt;

    Seen(boolean ordered) {
      this.ordered = ordered;
    }

    @Override
    public void accept(long row) {
      if (rows == 0) {
        first = System.nanoTime();
        firstAt = System.currentTimeMillis();
      }
      if (ordered && row != rows) {
        throw new IllegalStateException("row " + row + " came out as number " + rows);
      }
      rows++;
      sum += row;
    }

    void check(long size) {
      if (rows != size || sum != size * (size - 1) / 2) {
        throw new IllegalStateException(rows + " rows of " + size + ", sum " + sum);
      }
    }
  }

  /** Works on a batch for 0 to 2 ms, the same batch always as long. */
  private static List<Long> spin(List<Long> batch) {
    long end = System.nanoTime() + spinMicros(batch.get(0)) * 1000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    return batch;
  }

  private static long spinMicros(long firstRow) {
    return new SplittableRandom(firstRow).nextInt(LONGEST_SPIN_MICROS + 1);
  }

  /** Seconds that the uneven job lasts at least: all spins, shared by the actors. */
  private static double ideal(long rows) {
    long micros = 0;
    for (long row = 0; row < rows; row += 16) {
      micros += spinMicros(row);
    }
    return micros / 1e6 / ACTORS;
  }

  /** The most memory that this process ever held. */
  private static long peakKib() throws Exception {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
