package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Optional;
import org.gristmill.ExecutionPlan;

/** Tells what {@link Execution} would make of a plan. */
public final class Explain {
  private Explain() {}

  public static ExecutionPlan of(Plan plan, Options options) {
    var stages = new ArrayList<ExecutionPlan.Stage>();
    Plan at = plan;
    while (!(at instanceof Plan.Source)) {
      if (at instanceof Plan.Transform last) {
        var steps = Plan.together(last);
        int threads =
            last.threads() == 0 ? Runtime.getRuntime().availableProcessors() : last.threads();
        stages.add(stage(Plan.names(steps), threads + " threads"));
        at = steps.get(0).input();
      } else if (at instanceof Plan.Limit limit) {
        stages.add(stage("limit(" + limit.rows() + ")", "-"));
        at = limit.input();
      } else {
        var batches = (Plan.Batches) at;
        stages.add(stage(Plan.name(batches), "..."));
        at = batches.input();
      }
    }
    stages.add(stage(((Plan.Source) at).name(), "..."));
    Collections.reverse(stages);
    return new ExecutionPlan(stages);
  }

  private static ExecutionPlan.Stage stage(String name, String workers) {
    return new ExecutionPlan.Stage(name, workers, Optional.empty());
  }
}
