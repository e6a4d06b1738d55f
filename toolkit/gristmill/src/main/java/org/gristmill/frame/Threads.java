package org.gristmill.frame;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.dflib.Environment;
import org.gristmill.observe.Work;

/**
 * The threads that DFLib computes columns on: within a run the one that asks. DFLib would take the
 * common pool for every step that makes two columns or more, where an actor's device and a run's
 * measurements are not known, and an interrupt does not reach. A run has its own threads, as many
 * as the machine has processors. Outside of runs DFLib's pool stays what it was.
 */
public final class Threads extends AbstractExecutorService {
  private final ExecutorService outside;

  private Threads(ExecutorService outside) {
    this.outside = outside;
  }

  /** Done once; safe to call again. */
  public static synchronized void keepToRuns() {
    var pool = Environment.commonEnv().threadPool();
    if (!(pool instanceof Threads)) {
      Environment.setThreadPool(new Threads(pool));
    }
  }

  @Override
  public void execute(Runnable task) {
    if (Work.current().isPresent()) {
      task.run();
    } else {
      outside.execute(task);
    }
  }

  @Override
  public void shutdown() {
    outside.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    return outside.shutdownNow();
  }

  @Override
  public boolean isShutdown() {
    return outside.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return outside.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return outside.awaitTermination(timeout, unit);
  }
}
