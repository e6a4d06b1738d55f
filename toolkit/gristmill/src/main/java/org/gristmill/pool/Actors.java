package org.gristmill.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.gristmill.Cluster;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.observe.Work;

/**
 * Running actors: threads, each of which makes its own worker, takes one task at a time from one
 * queue, and closes its worker at the end.
 *
 * <p>A worker whose making fails, or whose call throws an {@link Error}, is made anew, until that
 * has happened too often in a row.
 */
final class Actors<W extends AutoCloseable> implements Crew<W>, AutoCloseable {
  /** A task, and whether its outcome was told: by the actor, or by who gave up on the actor. */
  record Task<W, R>(
      Call<W, R> call, Consumer<Outcome<R>> done, boolean again, int round, AtomicBoolean told) {
    void tell(Outcome<R> outcome) {
      if (!told.getAndSet(true)) {
        done.accept(outcome);
      }
    }
  }

  /** Stands for leaving: the actor that takes it from the queue ends. */
  final Task<W, ?> leave = new Task<>(null, null, false, 0, null);

  final String name;
  final Host.Maker<W> maker;
  final LinkedBlockingQueue<Task<W, ?>> queue = new LinkedBlockingQueue<>();
  volatile boolean stopping; // written by the driving thread
  volatile boolean cancelled; // written by the driving thread: workers are not to be made
  final AtomicInteger round = new AtomicInteger(); // tasks of an earlier one were aborted
  long abortedAt; // System.nanoTime(), the driving thread's
  long limitNanos; // of a task; 0 where there is none; the driving thread's
  private final List<Device> devices;
  private final int restarts;
  private final Runnable givenBack; // of actors that outlive their run; null where they do not
  private final AtomicInteger deaths = new AtomicInteger(); // since the last task that went well
  private final AtomicLong loss = new AtomicLong(); // System.nanoTime(), of the latest that counted
  private final ConcurrentLinkedQueue<Actor<W>> roomless = new ConcurrentLinkedQueue<>(); // left
  private final List<Actor<W>> actors = new ArrayList<>(); // the driving thread's
  private final List<Actor<W>> stuck = new ArrayList<>(); // the driving thread's
  private Listener listener; // guarded by this
  private volatile GristmillException broken; // written guarded by this
  private int size; // the driving thread's

  /** Starts actors that end with their run. Their threads have the caller's class loader. */
  Actors(String name, List<Device> devices, int size, Host.Maker<W> maker, int restarts) {
    this(name, devices, size, maker, restarts, null);
  }

  private Actors(
      String name,
      List<Device> devices,
      int size,
      Host.Maker<W> maker,
      int restarts,
      Runnable givenBack) {
    this.name = name;
    this.devices = List.copyOf(devices);
    this.maker = maker;
    this.restarts = restarts;
    this.givenBack = givenBack;
    try {
      fill(size);
    } catch (Throwable noThread) { // a machine has only so many
      dismiss();
      throw noThread;
    }
  }

  /**
   * Starts actors that outlive the run, until {@link #dismiss}.
   *
   * @param givenBack called when a run is done with them
   */
  static <W extends AutoCloseable> Actors<W> kept(
      String name,
      List<Device> devices,
      int size,
      Host.Maker<W> maker,
      int restarts,
      Runnable givenBack) {
    return new Actors<>(name, devices, size, maker, restarts, givenBack);
  }

  @Override
  public void lend(Listener listener) {
    synchronized (this) {
      this.listener = listener;
      if (broken != null) {
        listener.broken(broken);
      }
    }
    settle();
    actors.forEach(Actor::lent);
  }

  @Override
  public <R> void submit(Call<W, R> call, Consumer<Outcome<R>> done) {
    submit(call, done, false);
  }

  @Override
  public <R> void submitAgain(Call<W, R> call, Consumer<Outcome<R>> done) {
    submit(call, done, true);
  }

  private <R> void submit(Call<W, R> call, Consumer<Outcome<R>> done, boolean again) {
    queue.add(new Task<>(call, done, again, round.get(), new AtomicBoolean()));
    if (broken != null) {
      failQueued();
    }
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int making() {
    return (int) actors.stream().filter(Actor::isMaking).count();
  }

  /** Starts actors until there are so many: the least that a run begins with. */
  void fill(int least) {
    for (; size < least; size++) {
      start(true);
    }
  }

  @Override
  public void resize(int wanted) {
    settle();
    for (; size > wanted; size--) {
      queue.add(leave);
    }
    for (; size < wanted; size++) {
      start(false);
    }
  }

  /**
   * @param needed whether it makes no sense to begin without it
   */
  private void start(boolean needed) {
    actors.removeIf(actor -> actor.hasLeft() && actor.closeFailure() == null);
    var used = actors.stream().filter(actor -> !actor.hasLeft()).map(Actor::place).toList();
    int place = 0;
    while (used.contains(place)) {
      place++;
    }
    var actor = new Actor<>(this, place, devices.get(place % devices.size()), needed);
    actor.start();
    actors.add(actor);
  }

  @Override
  public void abort() {
    round.incrementAndGet(); // so that a task that was taken from the queue just now does not begin
    abortedAt = System.nanoTime();
    queue.removeIf(task -> !leave.equals(task));
    actors.forEach(actor -> actor.interruptIf(Actor.State.WORKING));
  }

  @Override
  public void enforce(long limitNanos) {
    this.limitNanos = limitNanos;
    for (Actor<W> actor : List.copyOf(actors)) {
      if (actor.enforce(limitNanos)) {
        actors.remove(actor);
        stuck.add(actor);
        if (stopping || !mayTryAgain(actor.late(), "a worker hung")) {
          size--;
        } else {
          start(false);
        }
      }
    }
  }

  @Override
  public List<String> leftBehind() {
    return stuck.stream().filter(actor -> !actor.hasLeft()).map(Actor::whereabouts).toList();
  }

  @Override
  public void release() {
    try {
      if (givenBack == null || isSpent()) {
        close();
      } else {
        keep();
      }
    } finally {
      givenBack();
    }
  }

  /** Waits until nobody works any more, and replaces who does not stop. */
  private void keep() {
    abort();
    var failures = new ArrayList<GristmillException>();
    for (Actor<W> actor : List.copyOf(actors)) {
      if (!actor.awaitIdle()) {
        actors.remove(actor);
        stuck.add(actor);
        start(false);
        if (limitNanos == 0) {
          failures.add(actor.unresponsive());
        }
      }
    }
    throwFirst(failures);
  }

  private void givenBack() {
    synchronized (this) {
      listener = null;
    }
    if (givenBack != null) {
      givenBack.run();
    }
  }

  @Override
  public void cancel() {
    if (givenBack != null && making() == 0) {
      release();
      return;
    }
    try {
      dismiss();
    } finally {
      givenBack();
    }
  }

  /** Ends all actors, kept or not; a worker that is being made is interrupted. */
  void dismiss() {
    cancelled = true;
    stopping = true;
    actors.forEach(actor -> actor.interruptIf(Actor.State.MAKING));
    close();
  }

  /** Waits until every actor has closed its worker and its thread has ended. */
  @Override
  public void close() {
    stopping = true;
    abort();
    actors.forEach(Actor::interruptIfUnneeded);
    actors.forEach(actor -> queue.add(leave));
    var failures = new ArrayList<GristmillException>();
    actors.forEach(actor -> actor.join(failures));
    actors.stream().filter(Actor::isAbandoned).forEach(stuck::add);
    actors.clear();
    size = 0;
    throwFirst(failures);
  }

  private static void throwFirst(List<GristmillException> failures) {
    if (!failures.isEmpty()) {
      failures.stream().skip(1).forEach(failures.get(0)::addSuppressed);
      throw failures.get(0);
    }
  }

  /** Whether it makes no sense to use these actors for another run. */
  boolean isSpent() {
    return stopping || broken != null;
  }

  // What follows is called by the actors, on their threads.

  /** Whether there is a run that could be told. */
  synchronized boolean made(Work work) {
    if (listener != null) {
      listener.made(work);
    }
    return listener != null;
  }

  void wentWell() {
    if (deaths.get() != 0) {
      deaths.set(0);
    }
  }

  /** An actor leaves, as there is no room for it. */
  void leaves(Actor<W> actor) {
    roomless.add(actor);
    synchronized (this) {
      if (listener != null) {
        listener.left(() -> settle(actor.noRoom()));
      }
    }
  }

  private Optional<String> settle(String why) {
    settle();
    return size > 0
        ? Optional.of("goes on with %d workers: %s".formatted(size, why))
        : Optional.empty();
  }

  /** Counts the actors that have left. For the driving thread. */
  void settle() {
    for (var actor = roomless.poll(); actor != null; actor = roomless.poll()) {
      actors.remove(actor);
      if (!stopping && --size == 0) {
        breaks(new GristmillException("%s: %s".formatted(name, actor.noRoom())));
      }
    }
  }

  /**
   * Whether a process that is lost went with the one before: all actors of an executor, or of a
   * machine, lose theirs at once.
   *
   * @param began when what failed began, by {@link System#nanoTime}
   */
  boolean isSameLoss(Throwable death, long began) {
    if (stopping || !(death instanceof Cluster.Lost)) {
      return false;
    }
    long before = loss.get();
    return (before != 0 && began - before < 0) || !loss.compareAndSet(before, System.nanoTime());
  }

  /**
   * After the death of a worker: whether another may be made. If not, everything that is queued
   * fails.
   *
   * @param what happened, for the message
   */
  boolean mayTryAgain(Throwable death, String what) {
    boolean told = death instanceof GristmillException && death.getCause() == null;
    int count = deaths.incrementAndGet();
    if (!told && !stopping && count <= restarts) {
      return true;
    }
    String times = count == 1 ? "" : ", %d times in a row".formatted(count);
    breaks(
        new GristmillException(
            "%s: %s%s: %s".formatted(name, what, times, GristmillException.reason(death)), death));
    return false;
  }

  /** The run that has these actors is told that it cannot go on. Thread-safe. */
  void breaks(GristmillException why) {
    synchronized (this) {
      if (listener != null) {
        listener.broken(why); // before any task fails, so that nobody takes its rows for guilty
      }
      broken = broken == null ? why : broken;
    }
    failQueued();
  }

  private void failQueued() {
    var queued = new ArrayList<Task<W, ?>>();
    queue.drainTo(queued);
    for (Task<W, ?> task : queued) {
      if (leave.equals(task)) {
        queue.add(leave);
      } else {
        task.tell(new Outcome<>(null, broken, new Work(devices.get(0), 0), false));
      }
    }
  }
}
