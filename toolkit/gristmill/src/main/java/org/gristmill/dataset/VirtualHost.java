package org.gristmill.dataset;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.gristmill.Device;
import org.gristmill.observe.Work;
import org.gristmill.pool.Crew;
import org.gristmill.pool.Host;
import org.gristmill.pool.Outcome;

/**
 * Actors without threads, in a time that only passes where somebody {@link #spend spends} it: a
 * call does nothing but say how long it takes, and its outcome comes that much later. A minute of a
 * run takes milliseconds. For one thread.
 */
final class VirtualHost implements Host {
  private static final Comparator<Due> SOONEST =
      Comparator.comparingLong(Due::at).thenComparingLong(Due::number);

  /** What happens at some time; of the same time, what was planned first. */
  private record Due(long at, long number, Runnable what) {}

  private final PriorityQueue<Due> due = new PriorityQueue<>(SOONEST);
  private final ArrayDeque<Runnable> events = new ArrayDeque<>(); // for the driving thread
  private long planned;
  private long now = 1; // 0 stands for never
  private boolean calling; // an actor's call is asked how long it takes
  private long spent; // by that call

  /** The caller takes that long: an actor's call, or the thread that drives the run. */
  void spend(double nanos) {
    if (calling) {
      spent += Math.round(nanos);
    } else {
      passUntil(now + Math.round(nanos));
    }
  }

  private void passUntil(long time) {
    while (!due.isEmpty() && due.peek().at() <= time) {
      happen(due.remove());
    }
    now = time;
  }

  private void happen(Due next) {
    now = next.at();
    next.what().run();
  }

  private void after(long nanos, Runnable what) {
    due.add(new Due(now + nanos, planned++, what));
  }

  @Override
  public boolean isVirtual() {
    return true;
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

  /** Goes on to what happens next, however far that is: there is nothing to look at before. */
  @Override
  public void await(long nanos) {
    while (events.isEmpty() && !due.isEmpty()) {
      happen(due.remove());
    }
    runEvents();
  }

  @Override
  public long nanoTime() {
    return calling ? now + spent : now;
  }

  @Override
  public <W extends AutoCloseable> Crew<W> start(
      String name, List<Device> devices, int size, Maker<W> maker, int restarts) {
    return new VirtualCrew<>(devices.get(0), size, maker);
  }

  /** A task and who waits for it. */
  private record Task<W, R>(Crew.Call<W, R> call, Consumer<Outcome<R>> done) {}

  /** Actors that never die, and of which there are always as many. */
  private final class VirtualCrew<W extends AutoCloseable> implements Crew<W> {
    private final Device device;
    private final int size;
    private final ArrayDeque<Task<W, ?>> queue = new ArrayDeque<>();
    private final ArrayDeque<Actor> idle = new ArrayDeque<>();
    private int making;
    private Listener listener;

    /** What an actor is: its number, and what it holds. */
    private final class Actor {
      private final int number;
      private final W worker;

      Actor(int number, Maker<W> maker) {
        this.number = number;
        var made = call(nothing -> maker.make(device), null, number);
        this.worker = made.value();
        making++;
        after(made.work().busy(), () -> isMade(made.work()));
      }

      private void isMade(Work work) {
        making--;
        listener.made(work);
        idle.add(this);
        workOn();
      }

      private <R> void start(Task<W, R> task) {
        var outcome = call(task.call(), worker, number);
        after(outcome.work().busy(), () -> end(task, outcome));
      }

      private <R> void end(Task<W, R> task, Outcome<R> outcome) {
        task.done().accept(outcome);
        idle.add(this);
        workOn();
      }
    }

    VirtualCrew(Device device, int size, Maker<W> maker) {
      this.device = device;
      this.size = size;
      for (int number = 0; number < size; number++) {
        new Actor(number, maker);
      }
    }

    /** How the call will end, from now on. */
    private <X, R> Outcome<R> call(Call<X, R> call, X worker, int actor) {
      R value = null;
      Throwable failure = null;
      calling = true;
      spent = 0;
      try {
        value = call.with(worker);
      } catch (Throwable thrown) {
        failure = thrown;
      }
      calling = false;
      return new Outcome<>(value, failure, Work.of(device, actor, now, now + spent), false);
    }

    private void workOn() {
      while (!idle.isEmpty() && !queue.isEmpty()) {
        idle.remove().start(queue.remove());
      }
    }

    @Override
    public void lend(Listener listener) {
      this.listener = listener;
    }

    @Override
    public <R> void submit(Call<W, R> call, Consumer<Outcome<R>> done) {
      queue.add(new Task<>(call, done));
      workOn();
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
      return making;
    }

    @Override
    public void resize(int wanted) {
      throw new UnsupportedOperationException("a virtual crew keeps its size");
    }

    @Override
    public void abort() {
      queue.clear();
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
    }

    @Override
    public void cancel() {
      abort();
    }
  }
}
