package org.gristmill.pool;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.gristmill.Cluster;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.observe.LoadedModel;
import org.gristmill.observe.Work;

/** One thread and its worker. */
final class Actor<W extends AutoCloseable> {
  private static final long PATIENCE_SECONDS = 60;
  private static final long GRACE_NANOS = 1_000_000_000; // from an interrupt to giving up
  private static final long PAUSE_MILLIS = 50; // before a worker is made again; doubles
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  enum State {
    MAKING,
    IDLE,
    WORKING,
    CLOSING
  }

  private final Actors<W> crew;
  private final int place;
  private final Device device;
  private final Thread thread;
  private State state = State.MAKING; // this and what follows: guarded by this
  private Actors.Task<W, ?> task;
  private long since;
  private TimedOut late;
  private boolean abandoned;
  private Work making; // what making the worker took, until a run was told
  private Set<LoadedModel> models = Set.of(); // that the worker has loaded
  private volatile boolean needed; // written by the thread, as what follows
  private volatile Throwable closeFailure;
  private volatile String noRoom; // why it left, where a cluster had no room for it

  /**
   * @param needed whether it makes no sense to begin without it
   */
  Actor(Actors<W> crew, int place, Device device, boolean needed) {
    this.crew = crew;
    this.place = place;
    this.device = device;
    this.needed = needed;
    thread = new Thread(this::live, "gristmill " + crew.name + " " + place);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  int place() {
    return place;
  }

  boolean hasLeft() {
    return !thread.isAlive();
  }

  Throwable closeFailure() {
    return closeFailure;
  }

  String noRoom() {
    return noRoom;
  }

  private void live() {
    W worker = make();
    while (worker != null && !crew.stopping) {
      try {
        Actors.Task<W, ?> next = crew.queue.take();
        if (crew.leave.equals(next)) {
          break;
        }
        Throwable death = run(next, worker);
        if (isAbandoned()) {
          break;
        }
        if (death != null) {
          enter(State.CLOSING);
          Throwable alsoFailed = close(worker);
          if (alsoFailed != null && !alsoFailed.equals(death)) {
            death.addSuppressed(alsoFailed); // of a worker that is dead nobody expects better
          }
          boolean more =
              !crew.stopping
                  && (next.again()
                      || crew.isSameLoss(death, since)
                      || crew.mayTryAgain(death, "a worker died"));
          worker = more ? make() : null;
        }
      } catch (InterruptedException left) {
        // by a task that kept its flag, or by close(): the loop's condition tells
      }
    }
    if (worker != null) {
      enter(State.CLOSING);
      closeFailure = close(worker);
    }
  }

  /** Gives what went wrong, or null. */
  private Throwable close(W worker) {
    try {
      new Work(device, place)
          .task(
              () -> {
                worker.close();
                return null;
              });
      return null;
    } catch (Throwable thrown) {
      return thrown;
    }
  }

  private W make() {
    enter(State.MAKING);
    for (long pause = PAUSE_MILLIS;
        !crew.cancelled;
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
      var work = new Work(device, place);
      try {
        W worker =
            work.task(
                () -> Objects.requireNonNull(crew.maker.make(device), "the factory returned null"));
        enter(State.IDLE);
        needed = false;
        made(work);
        return worker;
      } catch (Cluster.NoRoom none) {
        noRoom = none.getMessage();
        if (needed) {
          crew.breaks(new GristmillException(crew.name + ": " + noRoom));
        } else if (!crew.stopping) {
          crew.leaves(this);
        }
        return null;
      } catch (Throwable thrown) {
        if (crew.cancelled
            || (crew.stopping && !needed)
            || !(crew.isSameLoss(thrown, work.began())
                || crew.mayTryAgain(thrown, "a worker could not be made on " + device))) {
          return null;
        }
        pause(pause);
      }
    }
    return null;
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException cancelled) {
      // the loop's condition tells
    }
  }

  private synchronized void made(Work work) {
    making = work;
    models = new LinkedHashSet<>(work.models());
    if (crew.made(making)) {
      making = null;
    }
  }

  /**
   * Tells the run that uses these actors from now on what making the worker took, unless another
   * was told, and which models the worker has.
   */
  synchronized void lent() {
    Work told = making == null ? new Work(device, place) : making;
    models.stream().filter(model -> !told.models().contains(model)).forEach(told::model);
    crew.made(told);
    making = null;
  }

  /** Gives what the worker died of, if it did. */
  private <R> Throwable run(Actors.Task<W, R> next, W worker) {
    if (!begin(next)) {
      return null;
    }
    var work = new Work(device, place);
    R value = null;
    Throwable failure = null;
    try {
      value = work.task(() -> next.call().with(worker));
      crew.wentWell();
    } catch (Throwable thrown) {
      failure = thrown;
    }
    TimedOut wasLate = end(work);
    boolean died = failure instanceof Error && !OutOfMemory.is(failure);
    next.tell(
        new Outcome<>(value, failure != null && wasLate != null ? wasLate : failure, work, died));
    return died ? failure : null;
  }

  /** Whether somebody still waits for the task: it may have been aborted since it was taken. */
  private synchronized boolean begin(Actors.Task<W, ?> next) {
    if (next.round() != crew.round.get()) {
      return false;
    }
    state = State.WORKING;
    task = next;
    since = System.nanoTime();
    late = null;
    Thread.interrupted();
    return true;
  }

  private synchronized TimedOut end(Work work) {
    models.addAll(work.models());
    state = State.IDLE;
    task = null;
    Thread.interrupted();
    notifyAll();
    return late;
  }

  /** From here on only an interrupt that is meant for the new state arrives. */
  private synchronized void enter(State next) {
    state = next;
    Thread.interrupted();
  }

  synchronized boolean isAbandoned() {
    return abandoned;
  }

  synchronized boolean isMaking() {
    return state == State.MAKING && thread.isAlive();
  }

  /** The run is over: nobody waits for a worker that it went on without. */
  void interruptIfUnneeded() {
    if (!needed) {
      interruptIf(State.MAKING);
    }
  }

  synchronized void interruptIf(State wanted) {
    if (state == wanted) {
      thread.interrupt();
    }
  }

  /** Interrupts a task that takes too long; true if it was to no avail, and the task has failed. */
  synchronized boolean enforce(long limitNanos) {
    long now = System.nanoTime();
    if (state != State.WORKING || now - since <= limitNanos) {
      return false;
    }
    if (late == null) {
      late = new TimedOut(limitNanos, thread.getStackTrace(), false);
      thread.interrupt();
    } else if (now - since > limitNanos + GRACE_NANOS) {
      late = new TimedOut(limitNanos, thread.getStackTrace(), true);
      abandoned = true;
      task.tell(new Outcome<>(null, late, new Work(device, place), false));
      return true;
    }
    return false;
  }

  synchronized TimedOut late() {
    return late;
  }

  String whereabouts() {
    StackTraceElement[] stack = thread.getStackTrace();
    return thread.getName() + " at " + (stack.length == 0 ? "its end" : stack[0]);
  }

  /** Waits for the end of a running task, that was interrupted; if in vain, it is abandoned. */
  synchronized boolean awaitIdle() {
    long deadline = System.nanoTime() + patience();
    boolean interrupted = false;
    while (state == State.WORKING && System.nanoTime() < deadline) {
      try {
        wait(100);
      } catch (InterruptedException again) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    abandoned = state == State.WORKING;
    return !abandoned;
  }

  /** Nanoseconds to wait for the end of an interrupted task: no longer than it may take anyway. */
  private synchronized long patience() {
    long most = PATIENCE_SECONDS * 1_000_000_000;
    if (crew.limitNanos == 0 || state != State.WORKING) {
      return most;
    }
    long now = System.nanoTime();
    long left = Math.max(since + crew.limitNanos - now, crew.abortedAt - now);
    return Math.min(most, Math.max(0, left + GRACE_NANOS));
  }

  /** Waits for the thread's end; if in vain, it is abandoned. */
  void join(List<GristmillException> failures) {
    boolean ended = joined();
    if (!ended
        && state() != State.WORKING) { // a worker that is being made was not interrupted before
      interruptIf(State.MAKING);
      interruptIf(State.CLOSING);
      ended = joined();
    }
    if (!ended) {
      abandon(failures);
    } else if (closeFailure != null) {
      failures.add(
          new GristmillException(
              crew.name + ": closing a worker failed: " + GristmillException.reason(closeFailure),
              closeFailure));
    }
  }

  private synchronized State state() {
    return state;
  }

  private void abandon(List<GristmillException> failures) {
    synchronized (this) {
      abandoned = true;
    }
    if (crew.limitNanos == 0) { // where there is a limit of time, a note is enough
      failures.add(unresponsive());
    }
  }

  GristmillException unresponsive() {
    return new GristmillException(
        "%s did not end within %d s of being interrupted; it is at %s"
            .formatted(thread.getName(), PATIENCE_SECONDS, whereabouts()));
  }

  /** Waits for the thread's end; an interrupt meanwhile cancels, and is kept for the caller. */
  private boolean joined() {
    boolean interrupted = false;
    long deadline = System.nanoTime() + patience();
    while (thread.isAlive() && System.nanoTime() < deadline) {
      try {
        thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
      } catch (InterruptedException again) {
        interrupted = true;
        interruptIf(State.WORKING);
        interruptIf(State.MAKING);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }
}
