package org.gristmill.diagnosis;

import java.util.ArrayList;
import java.util.List;
import org.gristmill.RunStats;
import org.gristmill.Verdict.Bound;
import org.gristmill.dataset.Outline;
import org.gristmill.dataset.Outline.Part;

/**
 * What may bound a run.
 *
 * @param place of the part that it is about; -1 where it is about none
 * @param without the run if that took no time
 */
record Suspect(Bound bound, int place, Outline without) {
  private static final double SHARE = 0.05; // of the time that is worth a look

  /** All that took so much that it may matter. */
  static List<Suspect> of(RunStats stats, Outline outline) {
    var all = new ArrayList<Suspect>();
    double wall = stats.wall().toNanos();
    double making = 0;
    Outline made = outline;
    for (int place = 0; place < outline.parts().size(); place++) {
      Part part = outline.parts().get(place);
      var measured = stats.plan().stages().get(place).measured().orElseThrow();
      double busy = measured.busy().toNanos() / (wall * Math.max(1, measured.workers()));
      if (busy >= SHARE) {
        all.add(new Suspect(bound(part), place, outline.with(place, it -> it.withRow(0))));
      }
      boolean isRepeated = measured.loadsInTasks() > Math.max(1, measured.workers());
      if (isRepeated) {
        all.add(new Suspect(Bound.REPEATED_LOADS, place, outline.with(place, Part::loadingOnce)));
      }
      Part started = isRepeated ? part : part.loadingOnce();
      making = Math.max(making, started.making());
      made = made.with(place, it -> started.made());
    }
    if (stats.output().toNanos() >= SHARE * wall) {
      all.add(new Suspect(Bound.OUTPUT, -1, outline.withoutOutput()));
    }
    if (making >= SHARE * wall) {
      all.add(new Suspect(Bound.START_UP, -1, made));
    }
    if (stats.plan().stages().stream()
        .flatMap(stage -> stage.measured().stream())
        .anyMatch(stage -> stage.waitedForMemory().toNanos() >= SHARE * wall)) {
      all.add(new Suspect(Bound.MEMORY, -1, outline.withMemory(Long.MAX_VALUE)));
    }
    return all;
  }

  private static Bound bound(Part part) {
    return switch (part.kind()) {
      case SOURCE -> Bound.SOURCE;
      case ROWS -> Bound.ROW_STEP;
      case BATCHES -> Bound.INFERENCE;
    };
  }
}
