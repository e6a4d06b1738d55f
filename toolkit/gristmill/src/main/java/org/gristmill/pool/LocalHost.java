package org.gristmill.pool;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.gristmill.Device;

/** Threads of this process. */
public final class LocalHost implements Host {
  private final LinkedBlockingQueue<Runnable> events = new LinkedBlockingQueue<>();

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
  public void await(long nanos) throws InterruptedException {
    Runnable first = events.poll(nanos, TimeUnit.NANOSECONDS);
    if (first != null) {
      first.run();
      runEvents();
    }
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public <W extends AutoCloseable> Crew<W> start(
      String name, List<Device> devices, int size, Maker<W> maker, int restarts) {
    return new Actors<>(name, devices, size, maker, restarts);
  }
}
