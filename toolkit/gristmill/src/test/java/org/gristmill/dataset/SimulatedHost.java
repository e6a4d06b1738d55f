package org.gristmill.dataset;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.observe.Work;
import org.gristmill.pool.Crew;
import org.gristmill.pool.Host;
import org.gristmill.pool.Outcome;

/**
 * Actors without threads: which of them does its next step, and when the driving thread hears of
 * it, is drawn from a seed. So every interleaving can be had again, and thousands a second tried.
 */
final class SimulatedHost implements Host {
  private final Random random;
  private final double deaths; // the chance that a task kills its worker
  private final ArrayDeque<Runnable> events = new ArrayDeque<>();
  private final List<SimulatedCrew<?>> crews = new ArrayList<>();
  private long now;

  SimulatedHost(long seed, double deaths) {
    this.random = new Random(seed);
    this.deaths = deaths;
  }

  /** Workers that were made and not closed, and tasks that are under way. */
  int leftOver() {
    return crews.stream().mapToInt(crew -> crew.workers.size() + crew.running.size()).sum();
  }

  @Override
  public void post(Runnable event) {
    events.add(event);
  }

  @Override
  public boolean hasEvents() {
    return !events.isEmpty();
  }

  @Override
  public Runnable nextEvent() {
    return events.poll();
  }

  @Override
  public void await(long nanos) {
    int steps = 1 + random.nextInt(4);
    for (int i = 0; i < steps || events.isEmpty(); i++) {
      now += random.nextInt(2_000_000);
      var able = crews.stream().filter(SimulatedCrew::canStep).toList();
      if (able.isEmpty()) {
        break;
      }
      able.get(random.nextInt(able.size())).step();
    }
    runEvents();
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public <W extends AutoCloseable> Crew<W> start(
      String name, List<Device> devices, int size, Maker<W> maker, int restarts) {
    var crew = new SimulatedCrew<>(devices.get(0), size, maker, !name.equals("list"));
    crews.add(crew);
    return crew;
  }

  /** A task and who waits for it. */
  private record Task<W extends AutoCloseable, R>(Crew.Call<W, R> call, Consumer<Outcome<R>> done) {
    void run(W worker, Work work) {
      R value = null;
      Throwable failure = null;
      try {
        value = work.task(() -> call.with(worker));
      } catch (Throwable thrown) {
        failure = thrown;
      }
      done.accept(new Outcome<>(value, failure, work, failure instanceof Error));
    }

    void fail(Throwable why, boolean died, Work work) {
      done.accept(new Outcome<>(null, why, work, died));
    }
  }

  private final class SimulatedCrew<W extends AutoCloseable> implements Crew<W> {
    private final Device device;
    private final Maker<W> maker;
    private final ArrayDeque<Task<W, ?>> queue = new ArrayDeque<>();
    private final List<Task<W, ?>> running = new ArrayList<>();
    private final List<W> workers = new ArrayList<>();
    private final boolean mortal; // listing has no second try
    private int size;

    SimulatedCrew(Device device, int size, Maker<W> maker, boolean mortal) {
      this.mortal = mortal;
      this.device = device;
      this.size = size;
      this.maker = maker;
    }

    boolean canStep() {
      return !running.isEmpty() || !queue.isEmpty();
    }

    /** An actor takes a task, or ends the one that it has. */
    void step() {
      boolean takes = running.isEmpty() || (running.size() < size && random.nextBoolean());
      if (takes && !queue.isEmpty()) {
        running.add(queue.remove());
      } else if (!running.isEmpty()) {
        Task<W, ?> task = running.remove(random.nextInt(running.size()));
        var work = new Work(device, 0);
        if (mortal && random.nextDouble() < deaths) {
          task.fail(new StackOverflowError("simulated"), true, work);
        } else {
          task.run(worker(), work);
        }
      }
    }

    private W worker() {
      if (workers.isEmpty() || (workers.size() < size && random.nextBoolean())) {
        try {
          workers.add(maker.make(device));
        } catch (Exception failed) {
          throw new IllegalStateException(failed);
        }
      }
      return workers.get(random.nextInt(workers.size()));
    }

    @Override
    public void lend(Listener listener) {}

    @Override
    public <R> void submit(Call<W, R> call, Consumer<Outcome<R>> done) {
      queue.add(new Task<>(call, done));
    }

    @Override
    public <R> void submitAgain(Call<W, R> call, Consumer<Outcome<R>> done) {
      submit(call, done);
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public int making() {
      return 0;
    }

    @Override
    public void resize(int wanted) {
      size = wanted;
    }

    @Override
    public void abort() {
      queue.clear();
      // Interrupted tasks still report, at some time.
      running.forEach(task -> task.fail(new InterruptedException(), false, new Work(device, 0)));
      running.clear();
    }

    @Override
    public void enforce(long limitNanos) {}

    @Override
    public List<String> leftBehind() {
      return List.of();
    }

    @Override
    public void release() {
      abort();
      for (W worker : workers) {
        try {
          worker.close();
        } catch (Exception failed) {
          throw new GristmillException("close", failed);
        }
      }
      workers.clear();
    }

    @Override
    public void cancel() {
      release();
    }
  }
}
