package org.gristmill;

import java.io.Serializable;
import java.util.Optional;

/**
 * Where the actors of a pool run, if not in this process: {@link ActorPool#on}. Everything else
 * stays where it is and as it is: the thread that drives a run lists rows, hands batches to actors
 * and takes their results, in order; only what an actor does is done elsewhere.
 *
 * <p>Thread-safe.
 */
public interface Cluster {
  /**
   * What stands in this process for a worker elsewhere, for one thread. Its {@link #apply} has a
   * batch worked on over there. It fails as the worker does, and with {@link Lost} if the worker's
   * process is gone.
   */
  interface RemoteWorker<T, R> extends BatchWorker<T, R> {
    /**
     * Has something done with the worker over there. An interrupt is passed on.
     *
     * @param call is sent once for as long as the same one is asked for
     * @param argument anything that can be serialized
     */
    <A, B> B call(Call<T, R, A, B> call, A argument) throws Exception;
  }

  /** What can be done with a worker elsewhere. */
  @FunctionalInterface
  interface Call<T, R, A, B> extends Serializable {
    B with(BatchWorker<T, R> worker, A argument) throws Exception;
  }

  /**
   * A worker's process ended, or does not answer any more: its actor gets another one, and its
   * batch is worked on once more.
   */
  final class Lost extends Error {
    private static final long serialVersionUID = 1L;

    public Lost(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** There is no room for one more worker. A run goes on with those that it has. */
  final class NoRoom extends Exception {
    private static final long serialVersionUID = 1L;

    public NoRoom(String message) {
      super(message);
    }
  }

  /**
   * Makes a worker in another process. Blocks until it is there.
   *
   * @param threads for a single operation of the worker on a CPU: {@link Device#threads}; 0 for as
   *     many as its actor has processors there
   * @param gpus the share of a GPU that it is to have; 0 for none
   * @throws NoRoom if the cluster has none for it, and none came up for a while
   * @throws GristmillException if the factory cannot travel
   * @throws InterruptedException if the calling thread was interrupted
   */
  <T, R> RemoteWorker<T, R> start(BatchWorker.Factory<T, R> factory, int threads, double gpus)
      throws Exception;

  /** The address of a page that tells more of it, if there is one. */
  Optional<String> uiUrl();

  /** What to call it in a plan, such as {@code spark://host:7077}. */
  @Override
  String toString();
}
