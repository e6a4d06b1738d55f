package org.gristmill.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.observe.Work;

/**
 * Running actors: as many threads, each of which makes its own worker, takes one task at a time
 * from one queue, and closes its worker at the end. The only place in the project that starts
 * threads.
 *
 * <p>{@link #submit} is thread-safe; the other methods are for the thread that made it.
 *
 * @param <W> the worker that an actor holds
 */
public final class Actors<W extends AutoCloseable> implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  /** Makes the worker of one actor. */
  public interface Maker<W> {
    W make(Device device) throws Exception;
  }

  /** What an actor is asked to do with its worker. */
  public interface Call<W, R> {
    R with(W worker) throws Exception;
  }

  private record Task<W, R>(Call<W, R> call, CompletableFuture<R> future) {}

  private enum State {
    MAKING,
    WORKING,
    CLOSING
  }

  private final String name;
  private final Maker<W> maker;
  private final List<Actor> actors = new ArrayList<>();
  private final LinkedBlockingQueue<Task<W, ?>> queue = new LinkedBlockingQueue<>();
  private final Task<W, ?> stop = new Task<>(null, null);
  private volatile boolean stopping; // written by finish and cancel
  private volatile GristmillException broken; // written by an actor whose worker cannot be made

  /**
   * Starts one actor a device. Their threads have the caller's context class loader.
   *
   * @param name of the stage, for thread names and messages
   */
  public Actors(String name, List<Device> devices, Maker<W> maker) {
    this.name = name;
    this.maker = maker;
    try {
      for (Device device : devices) {
        var actor = new Actor(device, "gristmill " + name + " " + actors.size());
        actor.thread.start(); // may fail: a machine has only so many threads
        actors.add(actor);
      }
    } catch (Throwable noThread) {
      cancel();
      close();
      throw noThread;
    }
  }

  /** Queues a task. Its future fails with what the task threw, or with why no worker was made. */
  public <R> Future<R> submit(Call<W, R> call) {
    var task = new Task<>(call, new CompletableFuture<R>());
    queue.add(task);
    if (broken != null) {
      failQueued();
    }
    return task.future;
  }

  /** Interrupts the tasks that are running: nobody waits for them any more. */
  public void finish() {
    interrupt(State.WORKING);
  }

  /** Interrupts tasks and the making of workers. */
  public void cancel() {
    finish();
    interrupt(State.MAKING);
  }

  private void interrupt(State state) {
    stopping = true;
    actors.forEach(actor -> actor.interruptIf(state));
  }

  /**
   * Waits until every actor has closed its worker and its thread has ended.
   *
   * @throws GristmillException if a worker's close failed, or a thread does not end though it was
   *     interrupted
   */
  @Override
  public void close() {
    stopping = true;
    actors.forEach(actor -> queue.add(stop));
    var failures = new ArrayList<GristmillException>();
    actors.forEach(actor -> actor.join(failures));
    if (!failures.isEmpty()) {
      failures.stream().skip(1).forEach(failures.get(0)::addSuppressed);
      throw failures.get(0);
    }
  }

  /**
   * What each actor did; for after {@link #close}.
   *
   * @throws GristmillException if a worker could not be made, even where others did all there was
   */
  public List<Work> work() {
    if (broken != null) {
      throw broken;
    }
    return actors.stream().map(actor -> actor.work).toList();
  }

  private void failQueued() {
    for (Task<W, ?> task = queue.poll(); task != null; task = queue.poll()) {
      if (stop.equals(task)) {
        queue.add(stop);
        return;
      }
      task.future.completeExceptionally(broken);
    }
  }

  /** One thread and its worker. */
  private final class Actor {
    private final Thread thread;
    private final Work work;
    private State state = State.MAKING; // guarded by this
    private Throwable closeFailure; // written by the thread, read after joining it

    Actor(Device device, String threadName) {
      work = new Work(device);
      thread = new Thread(this::live, threadName);
      thread.setDaemon(true);
    }

    private void live() {
      work.own();
      W worker;
      try {
        worker =
            work.task(
                () ->
                    Objects.requireNonNull(maker.make(work.device()), "the factory returned null"));
      } catch (Throwable thrown) {
        broken =
            new GristmillException(
                "%s: a worker could not be made on %s: %s"
                    .formatted(name, work.device(), GristmillException.reason(thrown)),
                thrown);
        failQueued();
        return;
      }
      enter(State.WORKING);
      while (!stopping) {
        try {
          Task<W, ?> task = queue.take();
          if (!stop.equals(task)) {
            run(task, worker);
          }
        } catch (InterruptedException left) {
          // by a task that kept its flag, or by finish(): the loop's condition tells
        }
      }
      enter(State.CLOSING);
      try {
        worker.close();
      } catch (Throwable thrown) {
        closeFailure = thrown;
      }
    }

    private <R> void run(Task<W, R> task, W worker) {
      try {
        task.future.complete(work.task(() -> task.call.with(worker)));
      } catch (Throwable thrown) {
        task.future.completeExceptionally(thrown);
      }
    }

    /** From here on only an interrupt that is meant for the new state arrives. */
    private synchronized void enter(State next) {
      state = next;
      Thread.interrupted();
    }

    synchronized void interruptIf(State wanted) {
      if (state == wanted) {
        thread.interrupt();
      }
    }

    void join(List<GristmillException> failures) {
      if (!joined() && !joinedAfterCancel()) {
        StackTraceElement[] stack = thread.getStackTrace();
        failures.add(
            new GristmillException(
                "%s did not end within %d s of being interrupted; it is at %s"
                    .formatted(
                        thread.getName(), PATIENCE_SECONDS, stack.length == 0 ? "?" : stack[0])));
      } else if (closeFailure != null) {
        failures.add(
            new GristmillException(
                name + ": closing a worker failed: " + GristmillException.reason(closeFailure),
                closeFailure));
      }
    }

    private boolean joinedAfterCancel() {
      cancel();
      return joined();
    }

    /** Waits for the thread's end; an interrupt meanwhile cancels, and is kept for the caller. */
    private boolean joined() {
      boolean interrupted = false;
      long deadline = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000;
      while (thread.isAlive() && System.nanoTime() < deadline) {
        try {
          thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
        } catch (InterruptedException again) {
          interrupted = true;
          cancel();
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return !thread.isAlive();
    }
  }
}
