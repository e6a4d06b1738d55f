package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.stream.Collectors;
import org.gristmill.ActorPool;
import org.gristmill.ExecutionPlan;
import org.gristmill.notebook.Table;

/** Tells what {@link Assembly} would make of a plan. */
public final class Explain {
  private Explain() {}

  /** The stages that would carry it out; nothing is started. */
  public static ExecutionPlan of(Plan plan, Options options) {
    var stages = new ArrayList<ExecutionPlan.Stage>();
    Plan at = Ahead.of(plan);
    while (!(at instanceof Plan.Source)) {
      if (at instanceof Plan.Transform last) {
        var steps = Plan.together(last);
        stages.add(stage(Plan.names(steps), count(Assembly.threads(last, options), "thread")));
        at = steps.get(0).input();
      } else if (at instanceof Plan.Limit limit) {
        stages.add(stage("limit(" + limit.rows() + ")", ""));
        at = limit.input();
      } else {
        var batches = (Plan.Batches) at;
        stages.add(stage(Plan.stageName(batches), actors(batches.pool())));
        at = Plan.before(batches);
      }
    }
    var source = (Plan.Source) at;
    stages.add(stage(source.name(), source.waits() ? "1 thread" : "the caller's thread"));
    Collections.reverse(stages);
    return new ExecutionPlan(stages, describe(options));
  }

  /** How a plan is run, in one line. */
  static String describe(Options options) {
    return "%s; %son error: %s; rows on their way hold at most %s"
        .formatted(
            options.ordered() ? "in order" : "unordered",
            options.overlapping() ? "" : "one stage at a time; ",
            options.onError(),
            Table.bytes(options.memory()));
  }

  private static String actors(ActorPool<?, ?> pool) {
    var devices = new LinkedHashSet<>(pool.devices(note -> {}));
    String where =
        pool.cluster()
            .map(Object::toString)
            .orElse(devices.stream().map(Object::toString).collect(Collectors.joining(", ")));
    String size = pool.min() == pool.max() ? "" : pool.min() + " to ";
    return size + count(pool.max(), "actor") + " on " + where;
  }

  private static String count(int n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }

  private static ExecutionPlan.Stage stage(String name, String workers) {
    return new ExecutionPlan.Stage(name, workers, Optional.empty());
  }
}
