package org.gristmill.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/**
 * What all runs of this process add up to, for a monitoring system: named as Prometheus asks, in
 * seconds and bytes. Counters go up by what a run did since it was last heard of, a few times a
 * second; a run that was under way before counts from its beginning, but for the batches that were
 * done then, of which there are no times and sizes. Thread-safe.
 */
public final class Metrics implements RunListener {
  /**
   * Where a run stood when it was last heard of. Owned by the thread that drives it, but for the
   * latest snapshot.
   */
  private static final class Told {
    private long rows;
    private long failed;
    private long loads;
    private final Map<Integer, StageMetrics.Told> stages = new HashMap<>(); // by their place
    private volatile Snapshot latest;

    private Told(Snapshot first) {
      latest = first;
    }
  }

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final StageLabel labels = new StageLabel();
  private final Map<String, StageMetrics> stages = new ConcurrentHashMap<>(); // by label
  private final Map<Long, Told> running = new ConcurrentHashMap<>(); // by the run's number
  private final Counter output;
  private final Counter failed;
  private final Counter loads;
  private final Counter runsEnded;
  private final Counter runsFailed;

  public Metrics() {
    output =
        Counter.builder("gristmill.output.rows")
            .description("Rows that came out of runs")
            .register(registry);
    failed =
        Counter.builder("gristmill.rows.failed")
            .description("Rows that failed: set aside, or the end of their run")
            .register(registry);
    loads =
        Counter.builder("gristmill.model.loads")
            .description("How often a model was loaded")
            .register(registry);
    runsEnded = runs("ended");
    runsFailed = runs("failed");
    gauge("gristmill.run.active", "Runs that go on", null, run -> 1);
    gauge(
        "gristmill.memory.held",
        "What the rows of runs that go on hold",
        "bytes",
        run -> run.memory().rows());
    gauge(
        "gristmill.memory.budget",
        "What they are to hold at most",
        "bytes",
        run -> run.memory().budget());
    ProcessMetrics.bind(registry);
  }

  private Counter runs(String state) {
    return Counter.builder("gristmill.runs")
        .description("Runs that are over")
        .tag("state", state)
        .register(registry);
  }

  private void gauge(String name, String what, String unit, ToLongFunction<Snapshot> ofRun) {
    Gauge.builder(name, this, metrics -> metrics.sum(ofRun))
        .description(what)
        .baseUnit(unit)
        .register(registry);
  }

  /** Of all runs that go on. */
  private long sum(ToLongFunction<Snapshot> ofRun) {
    return running.values().stream().mapToLong(told -> ofRun.applyAsLong(told.latest)).sum();
  }

  /** Where a user's own metrics may be added. */
  public MeterRegistry registry() {
    return registry;
  }

  /** Everything as text in Prometheus's format 0.0.4. */
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void progressed(Snapshot run) {
    count(run, running.computeIfAbsent(run.id(), id -> new Told(run)));
  }

  @Override
  public void ended(Snapshot run) {
    var told = running.getOrDefault(run.id(), new Told(run));
    count(run, told);
    running.remove(run.id());
    (run.state() == Snapshot.State.FAILED ? runsFailed : runsEnded).increment();
  }

  private void count(Snapshot run, Told told) {
    told.latest = run;
    var stats = run.stats();
    told.rows = add(output, told.rows, stats.rows());
    long failures = Math.max(stats.setAside(), stats.failures().size()); // the first ones only
    told.failed = add(failed, told.failed, failures);
    told.loads = add(loads, told.loads, stats.modelLoads());
    var plan = stats.plan().stages();
    for (int place = 0; place < plan.size(); place++) {
      var ofRun = told.stages.computeIfAbsent(place, first -> new StageMetrics.Told());
      var metrics = stage(place, plan.get(place).name());
      var measured = plan.get(place).measured().orElseThrow();
      metrics.count(measured, ofRun);
      boolean holds = run.state() == Snapshot.State.RUNNING && place < run.stages().size();
      metrics.holds(
          holds ? run.stages().get(place).queue() : 0, holds ? measured.workers() : 0, ofRun);
    }
  }

  private static long add(Counter counter, long before, long now) {
    counter.increment((double) (now - before));
    return now;
  }

  @Override
  public void batch(int place, String stage, int rows, long nanos) {
    stage(place, stage).batch(rows, nanos);
  }

  private StageMetrics stage(int place, String name) {
    return stages.computeIfAbsent(
        labels.of(place, name), label -> new StageMetrics(registry, label));
  }
}
