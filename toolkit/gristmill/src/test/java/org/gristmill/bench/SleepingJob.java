package org.gristmill.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.RunStats;
import org.gristmill.Verdict;
import org.gristmill.observe.Work;

/**
 * A job whose parts sleep: it can be changed as a verdict advises, and run. Times are microseconds
 * a row, 0 where there is no such part.
 *
 * @param sourceMicros of an iterator
 * @param mapMicros of a step of single rows behind it
 * @param rowBytes of what that step makes
 * @param outputMicros of the action
 * @param memory bytes, or 0 for what is usual
 * @param spread how much a row's time in a map or step differs from the mean, up or down, as a
 *     share
 */
record SleepingJob(
    String name,
    int rows,
    int sourceMicros,
    int mapMicros,
    int rowBytes,
    List<Step> steps,
    int outputMicros,
    long memory,
    double spread) {
  /**
   * Batches.
   *
   * @param loadMicros of its model
   * @param loadsInCalls whether every batch loads it, and not only the worker's constructor
   * @param warm whether the workers are there before the run
   */
  record Step(
      int size, int workers, int rowMicros, int loadMicros, boolean loadsInCalls, boolean warm) {
    Step slower(int times) {
      return new Step(size, workers, times * rowMicros, times * loadMicros, loadsInCalls, warm);
    }
  }

  static SleepingJob of(String name, int rows) {
    return new SleepingJob(name, rows, 0, 0, 0, List.of(), 0, 0, 0);
  }

  SleepingJob source(int micros) {
    return new SleepingJob(
        name, rows, micros, mapMicros, rowBytes, steps, outputMicros, memory, spread);
  }

  SleepingJob map(int micros) {
    return map(micros, rowBytes);
  }

  SleepingJob map(int micros, int bytes) {
    return new SleepingJob(
        name, rows, sourceMicros, micros, bytes, steps, outputMicros, memory, spread);
  }

  SleepingJob output(int micros) {
    return new SleepingJob(
        name, rows, sourceMicros, mapMicros, rowBytes, steps, micros, memory, spread);
  }

  SleepingJob memory(long bytes) {
    return new SleepingJob(
        name, rows, sourceMicros, mapMicros, rowBytes, steps, outputMicros, bytes, spread);
  }

  SleepingJob spread(double share) {
    return new SleepingJob(
        name, rows, sourceMicros, mapMicros, rowBytes, steps, outputMicros, memory, share);
  }

  /**
   * The same job, in which all takes so many times as long: what a busy machine adds counts less.
   */
  SleepingJob slower(int times) {
    return new SleepingJob(
        name,
        rows,
        times * sourceMicros,
        times * mapMicros,
        rowBytes,
        steps.stream().map(step -> step.slower(times)).toList(),
        times * outputMicros,
        memory,
        spread);
  }

  SleepingJob batches(int size, int workers, int rowMicros) {
    return plus(steps.size(), new Step(size, workers, rowMicros, 0, false, false));
  }

  SleepingJob loading(int size, int workers, int rowMicros, int loadMicros, boolean inCalls) {
    return plus(steps.size(), new Step(size, workers, rowMicros, loadMicros, inCalls, false));
  }

  private SleepingJob plus(int place, Step step) {
    var more = new ArrayList<>(steps);
    more.add(place, step);
    return steps(more);
  }

  private SleepingJob steps(List<Step> other) {
    return new SleepingJob(
        name, rows, sourceMicros, mapMicros, rowBytes, other, outputMicros, memory, spread);
  }

  /** The job as a verdict advises. */
  SleepingJob changed(Verdict.Change change) {
    int amount = Math.toIntExact(change.amount());
    return switch (change.kind()) {
      case LOAD_ONCE -> step(change, false, amount, false);
      case MORE_WORKERS -> step(change, step(change).loadsInCalls, amount, false);
      case MOVE_STEP -> map(0).plus(0, new Step(1, amount, mapMicros, 0, false, false));
      case MOVE_SOURCE -> source(0).plus(0, new Step(1, amount, sourceMicros, 0, false, false));
      case MOVE_OUTPUT ->
          output(0).plus(steps.size(), new Step(1, amount, outputMicros, 0, false, false));
      case MORE_MEMORY -> memory(change.amount());
      case KEEP_WARM ->
          steps(
              steps.stream()
                  .map(
                      it -> new Step(it.size, it.workers, it.rowMicros, it.loadMicros, false, true))
                  .toList());
      case MORE_ROWS ->
          new SleepingJob(
              name, amount, sourceMicros, mapMicros, rowBytes, steps, outputMicros, memory, spread);
    };
  }

  private int place(Verdict.Change change) {
    return change.stage() - 1 - (mapMicros > 0 ? 1 : 0);
  }

  private Step step(Verdict.Change change) {
    return steps.get(place(change));
  }

  private SleepingJob step(Verdict.Change change, boolean inCalls, int workers, boolean warm) {
    var other = new ArrayList<>(steps);
    Step old = step(change);
    other.set(
        place(change), new Step(old.size, workers, old.rowMicros, old.loadMicros, inCalls, warm));
    return steps(other);
  }

  /** Runs it; the second time where workers are warm. */
  RunStats run() {
    var pools = new ArrayList<ActorPool<Object, Object>>();
    Dataset<Object> dataset = source();
    dataset = memory == 0 ? dataset : dataset.memory(memory);
    if (mapMicros > 0) {
      dataset =
          dataset.map(
              row -> {
                sleep(micros(mapMicros, row));
                return rowBytes == 0 ? row : new byte[rowBytes];
              });
    }
    for (Step step : steps) {
      ActorPool<Object, Object> pool = ActorPool.of(step.workers, device -> worker(step));
      pool = step.warm ? pool.keepWarm("sleeping " + pools.size()) : pool;
      pools.add(pool);
      dataset = dataset.mapBatches(step.size, pool);
    }
    try {
      if (steps.stream().anyMatch(Step::warm)) {
        dataset.forEach(row -> {});
      }
      return dataset.forEach(row -> sleep(outputMicros));
    } finally {
      pools.forEach(ActorPool::close);
    }
  }

  private Dataset<Object> source() {
    if (sourceMicros == 0) {
      return Dataset.of(IntStream.range(0, rows).<Object>mapToObj(i -> i).toList());
    }
    return Dataset.from(
        () -> {
          Iterator<Integer> numbers = IntStream.range(0, rows).iterator();
          return new Iterator<Object>() {
            @Override
            public boolean hasNext() {
              return numbers.hasNext();
            }

            @Override
            public Object next() {
              sleep(sourceMicros);
              return numbers.next();
            }
          };
        });
  }

  private BatchWorker<Object, Object> worker(Step step) throws Exception {
    if (!step.loadsInCalls) {
      load(step.loadMicros);
    }
    return batch -> {
      if (step.loadsInCalls) {
        load(step.loadMicros);
      }
      sleep(batch.stream().mapToLong(row -> micros(step.rowMicros, row)).sum());
      return rowBytes == 0 ? batch : Collections.nCopies(batch.size(), 0);
    };
  }

  private long micros(int mean, Object row) {
    long seed = row instanceof Integer number ? number : 0;
    double by = spread * (2 * new SplittableRandom(seed).nextDouble() - 1);
    return Math.round(mean * (1 + by));
  }

  private static void load(int micros) throws Exception {
    if (micros > 0) {
      Work.time(
          Work.Part.LOAD,
          () -> {
            sleep(micros);
            return null;
          });
    }
  }

  private static void sleep(long micros) {
    if (micros > 0) {
      try {
        Thread.sleep(micros / 1000, (int) (micros % 1000) * 1000);
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
    }
  }
}
