package org.gristmill.pool;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.gristmill.observe.Work;

/**
 * Reads from afar, begun before what they read is wanted: for an actor in a process that no run
 * drives. Owned by one thread.
 *
 * @param <A> what a read gives
 */
public final class ReadAhead<A> implements AutoCloseable {
  // They end by themselves when they have had nothing to do for a minute.
  private static final ExecutorService THREADS = Executors.newCachedThreadPool(ReadAhead::thread);

  private final Iterator<? extends Callable<A>> reads;
  private final int most;
  private final ArrayDeque<Future<A>> underWay = new ArrayDeque<>();

  /**
   * Begins nothing yet.
   *
   * @param most how many may be under way at once
   */
  public ReadAhead(Iterator<? extends Callable<A>> reads, int most) {
    this.reads = reads;
    this.most = most;
  }

  private static Thread thread(Runnable tasks) {
    var thread = new Thread(tasks, "gristmill reader");
    thread.setDaemon(true);
    return thread;
  }

  public boolean hasNext() {
    return reads.hasNext() || !underWay.isEmpty();
  }

  /** What the next one has read; in their order. */
  public A next() throws Exception {
    while (reads.hasNext() && underWay.size() < most) {
      underWay.add(THREADS.submit(reads.next()));
    }
    A read = Work.time(Work.Part.READ, underWay.element()::get);
    underWay.remove();
    return read;
  }

  /** Ends those that are under way. */
  @Override
  public void close() {
    underWay.forEach(read -> read.cancel(true));
  }
}
