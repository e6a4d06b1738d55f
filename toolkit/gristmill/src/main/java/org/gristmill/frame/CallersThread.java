package org.gristmill.frame;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import org.dflib.Environment;

/**
 * Has DFLib compute columns on the thread that asks. It would hand every step that makes two
 * columns or more to the common pool, however small: there an actor's device and a run's
 * measurements are not known, an interrupt does not reach, newer JDKs lose a notebook's class
 * loader, and a batch's few rows wait longer than they take. A run keeps the processors busy by
 * itself. It cannot be shut down.
 */
public final class CallersThread extends AbstractExecutorService {
  private CallersThread() {}

  /** Once for the process; safe to call again. */
  public static void computes() {
    Environment.setThreadPool(new CallersThread());
  }

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public void shutdown() {}

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return false;
  }
}
