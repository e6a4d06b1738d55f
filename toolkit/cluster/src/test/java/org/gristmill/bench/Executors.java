package org.gristmill.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.cluster.Bucket;
import org.gristmill.cluster.SparkCluster;
import org.gristmill.samples.Samples;

/**
 * What actors on executors cost the process that drives them: rows whose workers do nothing, real
 * pictures here and there, from slow storage too, and very many actors at once. Prints a line of
 * JSON each. Called by {@code ci/bench}.
 */
public final class Executors {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private static final int READ_MILLIS = 50; // of a picture in S3

  private Executors() {}

  /**
   * Measures.
   *
   * @param arguments rows that nothing is done with, pictures, rounds, actors
   */
  public static void main(String[] arguments) throws Exception {
    int rows = Integer.parseInt(arguments[0]);
    int pictures = Integer.parseInt(arguments[1]);
    int rounds = Integer.parseInt(arguments[2]);
    int actors = Integer.parseInt(arguments[3]);
    try (var spark = SparkCluster.start("local-cluster[2,1,1024]")) {
      for (int batch : List.of(16, 256)) {
        nothing(spark, rows, batch, rounds);
      }
      real("samples", spark, Samples.images(pictures), rounds);
    }
    Runnable slow = () -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(READ_MILLIS));
    try (var bucket = new Bucket(pictures, slow);
        var spark = SparkCluster.start("local-cluster[2,1,1024]", bucket.settings())) {
      real("S3", spark, bucket.images(), rounds);
    }
    try (var spark = SparkCluster.start("local-cluster[2,%d,2048]".formatted(actors / 2))) {
      crowd(spark, actors);
    }
  }

  private static ActorPool<Long, Long> idle(int size) {
    return ActorPool.of(size, device -> batch -> batch);
  }

  private static void nothing(SparkCluster spark, int rows, int batch, int rounds) {
    var here = idle(2).keepWarm("here");
    var there = idle(2).on(spark).keepWarm("there");
    var times = new ArrayList<Double>();
    var cpus = new ArrayList<Double>();
    var locals = new ArrayList<Double>();
    for (int round = 0; round <= rounds; round++) {
      double local = micros(rows, batch, here)[0];
      double[] remote = micros(rows, batch, there);
      if (round > 0) {
        locals.add(local);
        times.add(remote[0]);
        cpus.add(remote[1]);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "{\"batch\": %d, \"here\": %.3f, \"there\": %.3f, \"driver\": %.3f}%n",
        batch,
        median(locals),
        median(times),
        median(cpus));
    here.close();
    there.close();
  }

  /** Microseconds of a row: of the clock, and of this process's processors. */
  private static double[] micros(int rows, int batch, ActorPool<Long, Long> pool) {
    long cpu = SYSTEM.getProcessCpuTime();
    long began = System.nanoTime();
    var numbers = Dataset.from("numbers", () -> LongStream.range(0, rows).boxed().iterator());
    numbers.mapBatches(batch, pool).forEach(row -> {});
    double wall = (System.nanoTime() - began) / 1e3 / rows;
    return new double[] {wall, (SYSTEM.getProcessCpuTime() - cpu) / 1e3 / rows};
  }

  private static void real(String from, SparkCluster spark, Dataset<Image> images, int rounds) {
    ActorPool<Image, Prediction> here =
        ImageClassifier.pool(Samples.MODEL + ".onnx").size(2).threadsPerActor(1);
    var warm = here.keepWarm("models here");
    var there = here.on(spark).keepWarm("models there");
    var ratios = new ArrayList<Double>();
    for (int round = 0; round <= rounds; round++) {
      double local = seconds(images, warm);
      double remote = seconds(images, there);
      if (round > 0) {
        ratios.add(local / remote);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "{\"from\": \"%s\", \"ratio\": %.3f, \"low\": %.3f, \"high\": %.3f}%n",
        from,
        median(ratios),
        Collections.min(ratios),
        Collections.max(ratios));
    warm.close();
    there.close();
  }

  private static double seconds(Dataset<Image> images, ActorPool<Image, Prediction> pool) {
    return images.mapBatches(16, pool).toList().stats().wall().toNanos() / 1e9;
  }

  /** What so many actors at once take in this process. */
  private static void crowd(SparkCluster spark, int actors) {
    var pool = idle(actors).on(spark).keepWarm("crowd");
    long before = used();
    long cpu = SYSTEM.getProcessCpuTime();
    long began = System.nanoTime();
    var numbers =
        Dataset.from("numbers", () -> LongStream.range(0, 100L * actors).boxed().iterator());
    var stats = numbers.mapBatches(10, pool).forEach(row -> {});
    double seconds = (System.nanoTime() - began) / 1e9;
    double spent = (SYSTEM.getProcessCpuTime() - cpu) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "{\"actors\": %d, \"rows\": %d, \"seconds\": %.1f, \"processor\": %.1f, \"kib\": %.1f}%n",
        spark.actors().size(),
        stats.rows(),
        seconds,
        spent,
        (used() - before) / 1024.0 / actors);
    pool.close();
  }

  /** Bytes of the heap that are in use. */
  private static long used() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }
}
