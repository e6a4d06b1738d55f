package org.gristmill.dataset;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.gristmill.GristmillException;
import org.gristmill.RunStats;
import org.gristmill.observe.LoadedModel;
import org.gristmill.observe.Meter;
import org.gristmill.observe.RunListener;
import org.gristmill.observe.Snapshot;
import org.gristmill.pool.Closing;
import org.gristmill.pool.Crew;
import org.gristmill.pool.Host;
import org.gristmill.pool.LocalHost;

/**
 * One run of a plan. The calling thread drives it: it hands rows from stage to stage, starts tasks
 * where there is room, and sleeps until an actor reports. Nothing but the actors' own work happens
 * on another thread, so the stages need no locks and there is nobody to wait for in a circle: when
 * nothing is under way and nothing can be started, the run is over, or it is told that it is stuck.
 *
 * <p>The end, a failure and an interrupt take the same path: cancel, join, close.
 */
public final class Execution implements AutoCloseable, Meter.Engine {
  private static final long LONGEST_SLEEP = 100_000_000; // nanoseconds; then memory is looked at
  private static final long LONGEST_PAUSE = 50_000_000; // between two looks at times and memory

  /** Where the rows of a run go. Called on the driving thread. */
  public interface Output {
    /**
     * A row came out.
     *
     * @throws Refused if the row is at fault
     */
    void row(Row<?> row);

    /** Whether no more rows are wanted, after one that came out or was set aside. */
    default boolean hasEnough() {
      return false;
    }

    /** A row was set aside. */
    default void setAside(Row<?> row) {}

    /** Where to start again after the rows so far, whether they came out or were dropped. */
    default void reached(Position position, Set<LoadedModel> models) {}

    /** The run has ended well, and everything was closed. */
    default void ended(Set<LoadedModel> models) {}
  }

  /** A row cannot be taken by what it goes to. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String verb;

    Refused(String verb, Throwable why) {
      super(why);
      this.verb = verb;
    }

    GristmillException failure(Row<?> row) {
      String why = GristmillException.reason(getCause());
      return new GristmillException(
          verb + " failed on " + row.name() + ": " + why,
          verb,
          row.number(),
          row.path(),
          getCause());
    }
  }

  private final RunContext run;
  private final Meter meter;
  private final Exit exit = new Exit();
  private final Assembly parts;
  private final List<Link> links; // from the source on
  private long ticked;
  private long handedOn; // when the latest row was, to what takes the rows
  private boolean cancelled; // workers that are being made are not waited for

  private Execution(RunContext run, Meter meter) {
    this.run = run;
    this.meter = meter;
    this.parts = new Assembly(run);
    this.links = parts.links();
    this.ticked = run.host().nanoTime();
  }

  /** Runs a plan on the calling thread and hands it each row. */
  public static RunStats run(
      Plan plan, Options options, RunListener listener, Consumer<Row<?>> rows) {
    return runUntil(
        plan,
        options,
        listener,
        row -> {
          rows.accept(row);
          return false;
        });
  }

  /** The same until a row is the last that is wanted; what else is under way is stopped. */
  public static RunStats runUntil(
      Plan plan, Options options, RunListener listener, Predicate<Row<?>> isLast) {
    try (var deadLetters = DeadLetters.open(options, 0)) {
      Output output =
          new Output() {
            private boolean enough;

            @Override
            public void row(Row<?> row) {
              enough = isLast.test(row);
            }

            @Override
            public boolean hasEnough() {
              return enough;
            }

            @Override
            public void setAside(Row<?> row) {
              deadLetters.add(row);
            }
          };
      return run(plan, options, null, output, new LocalHost(), listener);
    }
  }

  /** How many rows a plan gives; a dead-letter file stays as it is. */
  public static long count(Plan plan, Options options, RunListener listener) {
    return run(Plan.counting(plan), options, null, row -> {}, new LocalHost(), listener).rows();
  }

  /**
   * Runs a plan on the calling thread.
   *
   * @param from where an earlier run stopped, so that this one goes on from there; null if nobody
   *     wants to know where this one may be gone on with
   * @throws GristmillException naming the row, if a stage failed, or if the thread was interrupted
   * @throws SourceChanged if the rows before that place are not what they were
   */
  static RunStats run(
      Plan plan, Options options, Position from, Output output, Host host, RunListener listener) {
    String steps = Plan.describe(plan);
    var meter =
        host.isVirtual()
            ? Meter.inVirtualTime(steps, host::nanoTime)
            : new Meter(steps, Explain.describe(options), listener);
    var run = new RunContext(host, options, meter, from != null);
    var execution = new Execution(run, meter);
    try {
      try (execution) {
        execution.go(plan, from == null ? Position.START : from, output);
      }
      host.runEvents(); // what actors told while they ended
      run.check();
      output.ended(run.models());
    } catch (Throwable failure) {
      execution.end(failure);
      throw failure;
    }
    return execution.end(null);
  }

  private void go(Plan plan, Position from, Output output) {
    try {
      parts.open(plan, from, exit);
      drive(output);
      links.forEach(Link::stop);
    } catch (InterruptedException interrupted) {
      cancel();
      Thread.currentThread().interrupt();
      throw interrupted(meter.rows(), interrupted);
    } catch (Throwable failure) {
      cancel();
      throw failure;
    }
  }

  static GristmillException interrupted(long rows, InterruptedException interrupted) {
    return new GristmillException(
        "interrupted after " + rows + " rows; everything was stopped", interrupted);
  }

  private RunStats end(Throwable failure) {
    Rows source = parts.source();
    if (source != null) {
      source.notes().forEach(meter::note);
    }
    long aside = meter.rowsSetAside();
    if (aside > 0) {
      Path file = run.options().onError().deadLetters().orElseThrow();
      meter.note((aside == 1 ? "1 row was" : aside + " rows were") + " set aside: " + file);
    }
    Budget budget = run.budget();
    if (budget.wasTight()) {
      meter.note("the process took nearly all memory; rows were held back");
    }
    return meter.end(this, failure);
  }

  private void drive(Output output) throws InterruptedException {
    handedOn = run.host().nanoTime();
    for (Row<?> row = next(); row != null; row = output.hasEnough() ? null : next()) {
      run.budget().give(row.bytes());
      if (row.hasFailed()) {
        failed(row, row.failure(), output);
      } else if (row.hasValue()) {
        take(row, output);
      }
      if (row.after() != null) {
        output.reached(row.after(), run.models());
      }
    }
  }

  private void take(Row<?> row, Output output) {
    meter.cameOut();
    try {
      output.row(row);
      meter.row();
    } catch (Refused refused) {
      failed(row, refused.failure(row), output);
    }
  }

  private void failed(Row<?> row, GristmillException why, Output output) {
    if (row.number() != Exit.FATAL) {
      meter.failed(row.number(), row.path(), why);
    }
    if (run.failsFast() || row.number() == Exit.FATAL) {
      throw why;
    }
    meter.setAside();
    output.setAside(row.failed(why));
  }

  /** The next row that leaves the plan, or null at the end. */
  private Row<?> next() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    long now = run.host().nanoTime();
    meter.output(now - handedOn);
    handedOn = now;
    if (run.host().hasEvents()) {
      run.host().runEvents();
      pump(false);
      handedOn = run.host().nanoTime();
    }
    if (now - ticked > LONGEST_PAUSE) { // rows come so fast that nobody waits
      tick();
    }
    boolean polled = false;
    while (true) {
      run.check();
      Row<?> row = exit.poll();
      if (row != null || exit.hasEnded()) {
        handedOn = polled ? run.host().nanoTime() : handedOn;
        return row;
      }
      polled = true;
      if (!pump(false)) {
        if (links.stream().anyMatch(Link::isRunning)) {
          run.host().await(tick());
        } else if (!pump(true)) {
          throw new IllegalStateException("the run is stuck; please report this: " + plan());
        }
      }
    }
  }

  /** From the end to the begin, so that what leaves makes room for what comes. */
  private boolean pump(boolean forced) throws InterruptedException {
    boolean moved = false;
    for (int i = links.size() - 1; i >= 0 && !(forced && moved); i--) {
      moved |= links.get(i).collect();
      if (mayStart(links.get(i))) {
        moved |= links.get(i).submit(forced);
      }
    }
    return moved;
  }

  /** Stages that do not overlap wait for each other's tasks. */
  private boolean mayStart(Link link) {
    return run.options().overlapping()
        || links.stream().noneMatch(other -> other != link && other.isRunning());
  }

  private long tick() {
    long now = run.host().nanoTime();
    long sleep = LONGEST_SLEEP;
    for (Link link : links) {
      sleep = Math.min(sleep, link.tick(now, now - ticked));
    }
    ticked = now;
    meter.look(this);
    run.budget().processTakes(meter.process());
    return sleep;
  }

  private String plan() {
    return meter.stats(this).plan().toString();
  }

  @Override
  public List<Snapshot.StageNow> stages() {
    return links.stream().map(Link::now).toList();
  }

  @Override
  public OptionalLong total() {
    return parts.expected().known();
  }

  @Override
  public boolean totalIsEstimate() {
    return parts.expected().isEstimate();
  }

  @Override
  public long held() {
    return run.budget().held();
  }

  @Override
  public long mostHeld() {
    return run.budget().peak();
  }

  @Override
  public long budget() {
    return run.budget().limit();
  }

  private void cancel() {
    cancelled = true;
    links.forEach(Link::stop);
  }

  @Override
  public void close() {
    var open = new ArrayList<Runnable>();
    Rows source = parts.source();
    if (source != null) {
      open.add(source::interrupt); // a call that is under way may not feel that of its thread
    }
    parts.crews().forEach(crew -> open.add(cancelled ? crew::cancel : crew::release));
    if (source != null) {
      open.add(source::close);
    }
    try {
      Closing.all(open);
    } finally {
      for (Crew<?> crew : parts.crews()) {
        crew.leftBehind().forEach(left -> run.note("left behind, as it does not end: " + left));
      }
    }
  }
}
