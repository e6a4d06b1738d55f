package org.gristmill;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes workers, and counts those made, those closed and the calls. */
final class Workers {
  final AtomicInteger attempts = new AtomicInteger();
  final AtomicInteger made = new AtomicInteger();
  final AtomicInteger closed = new AtomicInteger();
  final AtomicInteger calls = new AtomicInteger();

  /** What happens when a worker is made; it is told which attempt that is, from 1. */
  interface Making {
    void attempt(int number) throws Exception;
  }

  private record Worker(Workers owner, BatchFunction<Integer, Integer> call)
      implements BatchWorker<Integer, Integer> {
    @Override
    public List<Integer> apply(List<Integer> batch) throws Exception {
      owner.calls.incrementAndGet();
      return call.apply(batch);
    }

    @Override
    public void close() {
      owner.closed.incrementAndGet();
    }
  }

  BatchWorker.Factory<Integer, Integer> factory(BatchFunction<Integer, Integer> call) {
    return factory(number -> {}, call);
  }

  BatchWorker.Factory<Integer, Integer> factory(
      Making making, BatchFunction<Integer, Integer> call) {
    return device -> {
      making.attempt(attempts.incrementAndGet());
      made.incrementAndGet();
      return new Worker(this, call);
    };
  }
}
