package org.gristmill.dataset;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.RunStats;
import org.gristmill.observe.Meter;
import org.gristmill.observe.StageMeter;
import org.gristmill.observe.Work;
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
public final class Execution implements AutoCloseable {
  private static final long LONGEST_SLEEP = 100_000_000; // nanoseconds; then memory is looked at

  /** Where the rows of a run go. Called on the driving thread. */
  public interface Output {
    /**
     * A row came out.
     *
     * @throws Refused if the row is at fault
     */
    void row(Row<?> row);

    /** A row was set aside. */
    default void setAside(Row<?> row) {}

    /** Where to start again after the rows so far, whether they came out or were dropped. */
    default void reached(Position position, Set<Path> models) {}
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
  private final List<Link> links = new ArrayList<>(); // from the source on
  private final List<Crew<?>> crews = new ArrayList<>();
  private Rows source;
  private long ticked;
  private boolean cancelled; // workers that are being made are not waited for

  private Execution(RunContext run, Meter meter) {
    this.run = run;
    this.meter = meter;
  }

  /** Runs a plan on the calling thread and hands it each row. */
  public static RunStats run(Plan plan, Options options, Consumer<Row<?>> rows) {
    try (var deadLetters = DeadLetters.open(options, 0)) {
      Output output =
          new Output() {
            @Override
            public void row(Row<?> row) {
              rows.accept(row);
            }

            @Override
            public void setAside(Row<?> row) {
              deadLetters.add(row);
            }
          };
      return run(plan, options, null, output, new LocalHost());
    }
  }

  /**
   * Runs a plan on the calling thread.
   *
   * @param from where an earlier run stopped, so that this one goes on from there; null if nobody
   *     wants to know where this one may be gone on with
   * @throws GristmillException naming the row, if a stage failed, or if the thread was interrupted
   * @throws SourceChanged if the rows before that place are not what they were
   */
  static RunStats run(Plan plan, Options options, Position from, Output output, Host host) {
    var meter = new Meter(Plan.describe(plan), Explain.describe(options));
    var run = new RunContext(host, options, meter, from != null);
    var execution = new Execution(run, meter);
    try (execution) {
      execution.go(plan, from == null ? Position.START : from, output);
    }
    host.runEvents(); // what actors told while they ended
    run.check();
    return execution.stats();
  }

  private void go(Plan plan, Position from, Output output) {
    try {
      open(plan, from);
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

  private RunStats stats() {
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
      meter.note("the process took nearly all memory; rows were held back until it took less");
    }
    return meter.stats(
        links.stream().map(Link::meter).toList(),
        new RunStats.Memory(budget.peak(), budget.limit(), budget.peakRss()));
  }

  private void drive(Output output) throws InterruptedException {
    for (Row<?> row = next(); row != null; row = next()) {
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
    try {
      output.row(row);
      meter.row();
    } catch (Refused refused) {
      failed(row, refused.failure(row), output);
    }
  }

  private void failed(Row<?> row, GristmillException why, Output output) {
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
    if (run.host().hasEvents()) {
      run.host().runEvents();
      pump(false);
    }
    while (true) {
      run.check();
      Row<?> row = exit.poll();
      if (row != null || exit.hasEnded()) {
        return row;
      }
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
  private boolean pump(boolean forced) {
    boolean moved = false;
    for (int i = links.size() - 1; i >= 0 && !(forced && moved); i--) {
      moved |= links.get(i).collect();
      moved |= links.get(i).submit(forced);
    }
    return moved;
  }

  private long tick() {
    long now = run.host().nanoTime();
    long sleep = LONGEST_SLEEP;
    for (Link link : links) {
      sleep = Math.min(sleep, link.tick(now, now - ticked));
    }
    ticked = now;
    run.budget().sample(now);
    return sleep;
  }

  private String plan() {
    return meter
        .stats(links.stream().map(Link::meter).toList(), new RunStats.Memory(0, 0, 0))
        .executed()
        .toString();
  }

  // Opening: from the end of the plan to its source, because each part knows the one behind it.

  private void open(Plan plan, Position from) {
    ticked = run.host().nanoTime();
    if (Plan.isEmpty(plan)) { // nothing is opened, no worker is made
      exit.end();
      return;
    }
    var gates = new ArrayList<Gate>();
    int counters = Plan.counters(plan);
    Inlet out = exit;
    Plan at = plan;
    long few = Integer.MAX_VALUE; // rows that a limit behind wants
    while (!(at instanceof Plan.Source)) {
      if (at instanceof Plan.Limit limit) {
        var gate = new Gate(limit.rows(), passed(from, --counters), out, stopBefore(links.size()));
        gates.add(gate);
        few = Math.min(few, limit.rows());
        out = gate;
        at = limit.input();
      } else if (at instanceof Plan.Batches batches) {
        var stage = batching(batches, few, out);
        if (!batches.oneToOne()) {
          stage.numberFrom(passed(from, --counters));
        }
        out = add(stage);
        at = batches.input();
      } else {
        var steps = Plan.together((Plan.Transform) at);
        at = steps.get(0).input();
        out = add(rows(steps, Plan.hasBatches(at), few, out));
      }
    }
    Collections.reverse(links);
    gates.forEach(Gate::endIfReached);
    if (!exit.hasEnded()) {
      openSource((Plan.Source) at, from, out);
    }
  }

  private static long passed(Position from, int counter) {
    return counter < from.counters().size() ? from.counters().get(counter) : 0;
  }

  private <W extends AutoCloseable> Stage<W> add(Stage<W> stage) {
    stage.stopsUpstream(stopBefore(links.size() + 1));
    links.add(stage);
    return stage;
  }

  /** Stops what comes before that part; parts are counted from the end of the plan. */
  private Runnable stopBefore(int fromTheEnd) {
    return () -> links.subList(0, Math.max(0, links.size() - fromTheEnd)).forEach(Link::stop);
  }

  private void openSource(Plan.Source plan, Position from, Inlet out) {
    source = plan.rows().get();
    Crew<AutoCloseable> crew = plan.waits() ? threads("list", 1) : null;
    var listing = new StageMeter(plan.name(), false);
    links.add(0, new SourceLink(run, source, crew, from, listing, out));
  }

  private Stage<AutoCloseable> rows(
      List<Plan.Transform> steps, boolean behindBatches, long few, Inlet out) {
    boolean shared = steps.get(0).threads() == 0;
    var crew = threads(shared ? "rows" : steps.get(0).name(), threads(steps.get(0)));
    var job = new RowSteps(steps, behindBatches && run.hasPositions(), few);
    var meter = new StageMeter(Plan.names(steps), false);
    return new Stage<>(run, job, crew, new Grain(1), Elastic.fixed(), meter, out);
  }

  /** How many threads a stage of single rows has. */
  static int threads(Plan.Transform step) {
    return step.threads() == 0 ? Runtime.getRuntime().availableProcessors() : step.threads();
  }

  private Crew<AutoCloseable> threads(String name, int size) {
    var devices = Collections.nCopies(size, Device.cpu().withThreads(1));
    Crew<AutoCloseable> crew = run.host().start(name, devices, size, device -> () -> {}, 0);
    crews.add(crew);
    crew.lend(listener(null));
    return crew;
  }

  @SuppressWarnings("unchecked") // Dataset has checked the types
  private Stage<BatchWorker<Object, Object>> batching(Plan.Batches batches, long few, Inlet out) {
    var pool = (ActorPool<Object, Object>) batches.pool();
    var crew = pool.crew(Plan.name(batches), run.host(), run::note);
    crews.add(crew);
    var meter = new StageMeter(Plan.name(batches), true);
    crew.lend(listener(meter));
    var elastic = Elastic.of(pool.min(), pool.max(), pool.timeLimit());
    boolean alone = !pool.timeLimit().isZero(); // the limit is that of a batch
    var bundle = new Grain(alone ? 1 : (few + batches.size() - 1) / batches.size());
    return new Stage<>(run, new Batching(batches), crew, bundle, elastic, meter, out);
  }

  private Crew.Listener listener(StageMeter meter) {
    return new Crew.Listener() {
      @Override
      public void made(Work work) {
        if (meter != null) {
          run.host()
              .post(
                  () -> {
                    meter.spent(work);
                    run.models(work);
                  });
        }
      }

      @Override
      public void broken(GristmillException why) {
        run.host().post(() -> run.breaks(why));
      }
    };
  }

  private void cancel() {
    cancelled = true;
    links.forEach(Link::stop);
  }

  @Override
  public void close() {
    var open = new ArrayList<Runnable>();
    if (source != null) {
      open.add(source::interrupt); // a call that is under way may not feel that of its thread
    }
    crews.forEach(crew -> open.add(cancelled ? crew::cancel : crew::release));
    if (source != null) {
      open.add(source::close);
    }
    RuntimeException failure = null;
    for (Runnable closing : open) {
      try {
        closing.run();
      } catch (RuntimeException thrown) {
        if (failure != null) {
          thrown.addSuppressed(failure);
        }
        failure = thrown;
      }
    }
    for (Crew<?> crew : crews) {
      crew.leftBehind().forEach(left -> run.note("left behind, as it does not end: " + left));
    }
    if (failure != null) {
      throw failure;
    }
  }
}
