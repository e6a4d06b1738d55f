package org.gristmill.dashboard;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two threads for requests, and a clock that cuts off a request which takes too long: a client that
 * sends half a request, or does not read its answer, would hold one of them for ever. An interrupt
 * is enough, because it closes the channel on which the thread waits.
 */
final class RequestThreads implements Executor, AutoCloseable {
  private static final int THREADS = 2;
  private static final long LAST_MILLIS = 10_000; // for a thread to end

  private final long limitMillis;
  private final List<Thread> threads = new CopyOnWriteArrayList<>(); // all that were started
  private final ExecutorService workers =
      Executors.newFixedThreadPool(THREADS, named("gristmill dashboard "));
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(1, named("gristmill dashboard clock "));

  RequestThreads(long limitMillis) {
    this.limitMillis = limitMillis;
    clock.setRemoveOnCancelPolicy(true);
  }

  private ThreadFactory named(String prefix) {
    var number = new AtomicInteger();
    return task -> {
      var thread = new Thread(task, prefix + number.incrementAndGet());
      thread.setDaemon(true); // a program may end without closing its dashboard
      threads.add(thread);
      return thread;
    };
  }

  @Override
  public void execute(Runnable request) {
    workers.execute(
        () -> {
          var turn = new Turn(Thread.currentThread());
          Future<?> cutOff = clock.schedule(turn::cutOff, limitMillis, TimeUnit.MILLISECONDS);
          try {
            request.run();
          } finally {
            cutOff.cancel(false);
            turn.end();
          }
        });
  }

  /** Interrupts what is under way, and returns when its threads have ended. */
  @Override
  public void close() {
    workers.shutdownNow();
    clock.shutdownNow();
    try {
      for (Thread thread : threads) {
        thread.join(LAST_MILLIS);
        if (thread.isAlive()) {
          throw new IllegalStateException(
              "%s did not end in %d ms".formatted(thread.getName(), LAST_MILLIS));
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One request on its thread. The interrupt must not hit the request after it. */
  private static final class Turn {
    private Thread thread; // guarded by this; null once the turn is over

    private Turn(Thread thread) {
      this.thread = thread;
    }

    private synchronized void cutOff() {
      if (thread != null) {
        thread.interrupt();
      }
    }

    private synchronized void end() {
      thread = null;
      Thread.interrupted();
    }
  }
}
