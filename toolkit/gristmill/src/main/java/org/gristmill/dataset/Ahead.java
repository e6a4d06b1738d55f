package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.List;
import org.gristmill.ActorPool;
import org.gristmill.Image;
import org.gristmill.Preprocessing;
import org.gristmill.image.Pack;
import org.gristmill.observe.Work;

/**
 * What is done ahead of the actors: where a pool says what its workers' model makes of a picture
 * ({@link ActorPool#input}), the threads that decode pictures make that of them, too. What comes
 * out is the same; what waits for an actor takes a fraction of the memory.
 */
final class Ahead {
  private Ahead() {}

  /**
   * The steps of single rows that are right before batches, with what they do for these.
   *
   * @param behind the batches that take the rows as the steps leave them, or null
   */
  static List<Plan.Transform> of(Plan.Batches behind, List<Plan.Transform> steps) {
    if (behind == null || behind.pool().input().isEmpty()) {
      return steps;
    }
    ActorPool<?, ?> pool = behind.pool();
    var all = new ArrayList<>(steps);
    Preprocessing input = pool.input().get();
    int last = all.size() - 1;
    if (pool.scalesInput() && all.get(last).function() instanceof Decoding decoding) {
      all.set(last, decoding.atLeast(input.shortSide()).step(all.get(last).input()));
    }
    var pack = new Pack(input);
    String name = "resize and crop to %d x %d".formatted(input.crop(), input.crop());
    Plan.RowFunction prepare =
        row -> row.with(Work.time(Work.Part.PREPARE, () -> pack.prepared(picture(row))));
    Plan.Transform before = all.get(last);
    all.add(new Plan.Transform(before, name, prepare, true, before.threads()));
    return all;
  }

  private static Image picture(Row<?> row) {
    if (row.value() instanceof Image image) {
      return image;
    }
    throw new IllegalArgumentException(
        "the pool says what pictures its workers want (ActorPool.input), and this row is a "
            + row.value().getClass().getSimpleName());
  }
}
