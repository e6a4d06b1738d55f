package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.observe.StageMeter;
import org.gristmill.observe.Work;
import org.gristmill.pool.Crew;
import org.gristmill.pool.Elastic;

/**
 * The running parts of a plan, put together from its end to its source, because each part knows the
 * one behind it.
 */
final class Assembly {
  private final RunContext run;
  private final List<Link> links = new ArrayList<>(); // from the source on
  private final List<Crew<?>> crews = new ArrayList<>();
  private final List<Expected.Effect> effects = new ArrayList<>(); // on rows, from the source on
  private Rows source;
  private SourceLink sourceLink;

  Assembly(RunContext run) {
    this.run = run;
  }

  /** What has work to do, from the source on. */
  List<Link> links() {
    return links;
  }

  List<Crew<?>> crews() {
    return crews;
  }

  /** The rows of the source, or null if it was not opened. */
  Rows source() {
    return source;
  }

  /**
   * Starts the actors of a plan, and everything else but the first task.
   *
   * @param from where an earlier run stopped
   */
  void open(Plan plan, Position from, Exit exit) {
    if (Plan.isEmpty(plan)) { // nothing is opened, no worker is made
      exit.end();
      return;
    }
    var gates = new ArrayList<Gate>();
    int counters = Plan.counters(plan);
    Inlet out = exit;
    Plan at = Ahead.of(plan);
    long few = Integer.MAX_VALUE; // rows that a limit behind wants
    while (!(at instanceof Plan.Source)) {
      if (at instanceof Plan.Limit limit) {
        long passed = passed(from, --counters);
        Position start = run.hasPositions() ? from.counted(counters) : null;
        var gate = new Gate(limit.rows(), passed, start, out, stopBefore(links.size()));
        gates.add(gate);
        effects.add(0, Expected.limit(limit.rows() - passed));
        few = Math.min(few, limit.rows());
        out = gate;
        at = limit.input();
      } else if (at instanceof Plan.Batches batches) {
        var stage = batching(batches, few, out);
        if (!batches.oneToOne()) {
          stage.numberFrom(passed(from, --counters));
          effects.add(0, Expected.share(stage.meter()));
        }
        out = add(stage);
        at = Plan.before(batches);
      } else {
        var steps = Plan.together((Plan.Transform) at);
        var stage = rows(steps, Plan.sharesPositions(at), few, out);
        at = steps.get(0).input();
        if (!steps.stream().allMatch(Plan.Transform::keepsEveryRow)) {
          effects.add(0, Expected.share(stage.meter()));
        }
        out = add(stage);
      }
    }
    Collections.reverse(links);
    gates.forEach(Gate::endIfReached);
    if (!exit.hasEnded() && out.wants() > 0) {
      openSource((Plan.Source) at, from, out);
    }
  }

  /** How many rows will come out. */
  Expected expected() {
    var rows = Expected.of(sourceLink == null ? OptionalLong.empty() : sourceLink.total());
    for (Expected.Effect effect : effects) {
      rows = effect.of(rows);
    }
    return rows;
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
    var listing = run.meter().stage(plan.name(), false);
    sourceLink = new SourceLink(run, source, crew, from, listing, out);
    links.add(0, sourceLink);
  }

  private Stage<AutoCloseable> rows(
      List<Plan.Transform> steps, boolean sharesPositions, long few, Inlet out) {
    boolean shared = steps.get(0).threads() == 0;
    int threads = threads(steps.get(0), run.options());
    var crew = threads(shared ? "rows" : steps.get(0).name(), threads);
    var job = new RowSteps(steps, sharesPositions && run.hasPositions(), few);
    var meter = run.meter().stage(Plan.names(steps), false);
    return new Stage<>(run, job, crew, new Grain(1), Elastic.fixed(), meter, out);
  }

  /** How many threads a stage of single rows has. */
  static int threads(Plan.Transform step, Options options) {
    return step.threads() == 0 ? options.threads() : step.threads();
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
    String name = Plan.stageName(batches);
    var job = pool.cluster().isPresent() ? new Elsewhere(batches) : new Batching(batches);
    var crew = pool.crew(name, run.host(), run::note);
    crews.add(crew);
    var meter = run.meter().stage(name, true);
    crew.lend(listener(meter));
    var elastic = Elastic.of(pool.min(), pool.max(), pool.timeLimit());
    boolean alone = !pool.timeLimit().isZero(); // the limit is that of a batch
    var bundle = new Grain(alone ? 1 : (few + batches.size() - 1) / batches.size());
    return new Stage<>(run, job, crew, bundle, elastic, meter, out);
  }

  private Crew.Listener listener(StageMeter meter) {
    return new Crew.Listener() {
      @Override
      public void made(Work work) {
        if (meter != null) {
          run.host()
              .post(
                  () -> {
                    meter.made(work);
                    run.models(work);
                  });
        }
      }

      @Override
      public void broken(GristmillException why) {
        run.host().post(() -> run.breaks(why));
      }

      @Override
      public void left(Supplier<Optional<String>> settle) {
        run.host().post(() -> settle.get().ifPresent(run::note));
      }
    };
  }
}
