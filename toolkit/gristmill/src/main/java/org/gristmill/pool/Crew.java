package org.gristmill.pool;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.gristmill.GristmillException;
import org.gristmill.observe.Work;

/**
 * Actors that take tasks from one queue, each with a worker of its own. For the thread that drives
 * the run.
 *
 * @param <W> the worker that an actor holds
 */
public interface Crew<W extends AutoCloseable> {
  /** What an actor is asked to do with its worker. */
  interface Call<W, R> {
    R with(W worker) throws Exception;
  }

  /** What the actors tell of themselves; called on their own threads. */
  interface Listener {
    /** A worker was made; what that took. */
    void made(Work work);

    /** No worker can be made, or workers died too often: queued tasks have failed. */
    void broken(GristmillException why);

    /**
     * An actor has left, as a cluster has no room for it.
     *
     * @param settle is for the driving thread: counts the actors, and gives what to note, if others
     *     go on
     */
    void left(Supplier<Optional<String>> settle);
  }

  /** From now on these actors work for this run. */
  void lend(Listener listener);

  /** Queues a task; its outcome is told on an actor's thread. */
  <R> void submit(Call<W, R> call, Consumer<Outcome<R>> done);

  /**
   * The same for a task with rows of one that failed before: if its worker dies, the rows are taken
   * to be at fault, and it does not count among the times that a worker may die.
   */
  <R> void submitAgain(Call<W, R> call, Consumer<Outcome<R>> done);

  /** How many actors there are to be. */
  int size();

  /** How many of them are making their workers. */
  int making();

  /** Starts actors, or lets as many leave as have nothing to do any more. */
  void resize(int size);

  /** Forgets queued tasks and interrupts those that are running: nobody waits for them. */
  void abort();

  /**
   * Interrupts tasks that have been running for longer than that, and gives up on actors that do
   * not answer the interrupt.
   */
  void enforce(long limitNanos);

  /** Actors that did not answer an interrupt and were left behind, with where they are. */
  List<String> leftBehind();

  /**
   * The run is over, whether well or not: tasks that are running are interrupted and waited for.
   * Actors that are not kept for another run close their workers and end.
   *
   * @throws GristmillException if a worker's close failed, or an actor does not end
   */
  void release();

  /** The same, and a worker that is being made is interrupted too. */
  void cancel();
}
