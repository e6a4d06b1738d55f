package org.gristmill.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
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
 * <p>Thread-safe; {@link #close} is for the thread that made it.
 *
 * @param <W> the worker that an actor holds
 */
public final class Actors<W extends AutoCloseable> implements AutoCloseable {
  private static final long JOIN_MILLIS = 60_000;

  /** Makes the worker of one actor. */
  public interface Maker<W> {
    W make(Device device) throws Exception;
  }

  /** What an actor is asked to do with its worker. */
  public interface Call<W, R> {
    R with(W worker) throws Exception;
  }

  /** A result and what it took. */
  public record Done<R>(R result, Work work) {}

  private record Task<W, R>(Call<W, R> call, CompletableFuture<Done<R>> future) {}

  private final String name;
  private final Maker<W> maker;
  private final LinkedBlockingQueue<Task<W, ?>> queue = new LinkedBlockingQueue<>();
  private final Task<W, ?> stop = new Task<>(null, null);
  private final List<Thread> threads = new ArrayList<>();
  private final ConcurrentLinkedQueue<Work> constructions = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Throwable> closeFailures = new ConcurrentLinkedQueue<>();
  private volatile boolean stopping; // written by close, once
  private volatile GristmillException
      broken; // written by the first actor whose worker could not be made

  /**
   * Starts one actor a device. Their threads have the caller's context class loader.
   *
   * @param name of the stage, for thread names and messages
   */
  public Actors(String name, List<Device> devices, Maker<W> maker) {
    this.name = name;
    this.maker = maker;
    for (Device device : devices) {
      var thread = new Thread(() -> live(device), "gristmill " + name + " " + threads.size());
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
  }

  /**
   * Queues a task. Its future fails with what the task threw, or with why the actors could not
   * start.
   */
  public <R> Future<Done<R>> submit(Call<W, R> call) {
    var task = new Task<>(call, new CompletableFuture<Done<R>>());
    queue.add(task);
    if (broken != null) {
      failQueued();
    }
    return task.future;
  }

  /**
   * What making each worker took; for after {@link #close}.
   *
   * @throws GristmillException if one could not be made, even where the others did all there was
   */
  public List<Work> constructions() {
    if (broken != null) {
      throw broken;
    }
    return List.copyOf(constructions);
  }

  private void live(Device device) {
    W worker = make(device);
    if (worker == null) {
      return;
    }
    try {
      for (Task<W, ?> task = queue.take(); task != stop && !stopping; task = queue.take()) {
        run(task, worker, device);
      }
    } catch (InterruptedException closing) {
      // close() interrupts what it must not wait for
    } finally {
      Thread.interrupted(); // a worker's close should not be disturbed by the interrupt that ended
      // its last batch
      try {
        worker.close();
      } catch (Throwable thrown) {
        closeFailures.add(thrown);
      }
    }
  }

  private W make(Device device) {
    var work = Work.begin(device);
    try {
      W worker = maker.make(device);
      if (worker == null) {
        throw new NullPointerException("the factory returned null");
      }
      return worker;
    } catch (Throwable thrown) {
      String where = "%s: a worker could not be made on %s: ".formatted(name, device);
      broken = new GristmillException(where + GristmillException.reason(thrown), thrown);
      failQueued();
      return null;
    } finally {
      work.close();
      constructions.add(work);
    }
  }

  private void failQueued() {
    for (Task<W, ?> task = queue.poll(); task != null; task = queue.poll()) {
      if (task == stop) {
        queue.add(stop);
        return;
      }
      task.future.completeExceptionally(broken);
    }
  }

  private <R> void run(Task<W, R> task, W worker, Device device) {
    var work = Work.begin(device);
    R result;
    try {
      result = task.call.with(worker);
    } catch (Throwable thrown) {
      work.close();
      task.future.completeExceptionally(thrown);
      return;
    }
    work.close();
    task.future.complete(new Done<>(result, work));
  }

  /** Interrupts what is running; {@link #close} then waits only for it to notice. */
  public void cancel() {
    stopping = true;
    threads.forEach(Thread::interrupt);
  }

  /**
   * Lets the actors finish what they have in hand, closes their workers and joins their threads.
   *
   * @throws GristmillException if a worker's close failed, or an actor does not stop within a
   *     minute
   */
  @Override
  public void close() {
    stopping = true;
    threads.forEach(thread -> queue.add(stop));
    boolean interrupted = Thread.interrupted();
    try {
      for (Thread thread : threads) {
        join(thread);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    Throwable failure = closeFailures.peek();
    if (failure != null) {
      throw new GristmillException(
          name + ": closing a worker failed: " + GristmillException.reason(failure), failure);
    }
  }

  private void join(Thread thread) {
    long deadline = System.nanoTime() + JOIN_MILLIS * 1_000_000;
    boolean interrupted = false;
    while (thread.isAlive() && System.nanoTime() < deadline) {
      try {
        thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
      } catch (InterruptedException again) {
        interrupted = true;
        thread.interrupt();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      StackTraceElement[] stack = thread.getStackTrace();
      throw new GristmillException(
          "%s did not stop within %d s of being asked and interrupted; it is at %s"
              .formatted(thread.getName(), JOIN_MILLIS / 1000, stack.length == 0 ? "?" : stack[0]));
    }
  }
}
