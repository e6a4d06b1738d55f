package org.gristmill.dataset;

import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.gristmill.ActorPool;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.observe.RunListener;
import org.gristmill.observe.Snapshot;
import org.gristmill.pool.Crew;
import org.gristmill.pool.Host;
import org.gristmill.pool.LocalHost;

/**
 * For {@link org.gristmill.observe.GpuUseTest}: a run whose actors are given a GPU that they do not
 * use, until the GPU's use is known. Prints it. Argument: "ends" or "fails".
 */
public final class GpuRun {
  private GpuRun() {}

  /** Actors of this process on the first GPU, whether there is one or not. */
  private static final class GpuHost implements Host {
    private final Host host = new LocalHost();

    @Override
    public void post(Runnable event) {
      host.post(event);
    }

    @Override
    public boolean hasEvents() {
      return host.hasEvents();
    }

    @Override
    public Runnable nextEvent() {
      return host.nextEvent();
    }

    @Override
    public void await(long nanos) throws InterruptedException {
      host.await(nanos);
    }

    @Override
    public long nanoTime() {
      return host.nanoTime();
    }

    @Override
    public <W extends AutoCloseable> Crew<W> start(
        String name, List<Device> devices, int size, Maker<W> maker, int restarts) {
      var gpus = Collections.nCopies(devices.size(), Device.gpu(0));
      return host.start(name, gpus, size, maker, restarts);
    }
  }

  public static void main(String[] arguments) {
    var known = new CountDownLatch(1);
    boolean fails = arguments[0].equals("fails");
    ActorPool<Object, Object> pool =
        ActorPool.of(
            1,
            device ->
                batch -> {
                  if (batch.get(0).equals(9L)) {
                    known.await(3, TimeUnit.SECONDS);
                    if (fails) {
                      throw new IllegalStateException("no");
                    }
                  }
                  return batch;
                });
    var rows = LongStream.range(0, 10).boxed().toList();
    var source = new Plan.Source("of", () -> rows(rows), false);
    var looking =
        new RunListener() {
          @Override
          public void progressed(Snapshot run) {
            if (run.memory().gpu() >= 0) {
              known.countDown();
            }
          }

          @Override
          public void ended(Snapshot run) {
            var samples = run.stats().timeline().samples();
            double use = samples.stream().mapToDouble(it -> it.gpu()).max().orElse(-1);
            System.out.println(run.state() + " " + run.stats().memory().gpu() + " " + use);
          }
        };
    try {
      Execution.run(
          new Plan.Batches(source, 1, true, pool),
          Options.standard(),
          null,
          row -> {},
          new GpuHost(),
          looking);
    } catch (GristmillException expected) {
      // printed
    }
  }

  private static Rows rows(List<Long> values) {
    var left = values.iterator();
    return new Rows() {
      private long number;

      @Override
      public Row<?> next() {
        return left.hasNext() ? new Row<Object>(number++, null, left.next()) : null;
      }

      @Override
      public OptionalLong size() {
        return OptionalLong.of(values.size());
      }
    };
  }
}
