package org.gristmill.dataset;

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

  /** The plan with the steps that its pools ask for before their batches. */
  static Plan of(Plan plan) {
    if (plan instanceof Plan.Source) {
      return plan;
    }
    Plan input = of(Plan.input(plan));
    boolean asks = plan instanceof Plan.Batches batches && batches.pool().input().isPresent();
    return Plan.withInput(plan, asks ? prepared(input, ((Plan.Batches) plan).pool()) : input);
  }

  /** Behind the last step of single rows; a limit may be between it and the batches. */
  private static Plan prepared(Plan plan, ActorPool<?, ?> pool) {
    if (plan instanceof Plan.Limit limit) {
      return Plan.withInput(limit, prepared(limit.input(), pool));
    }
    return plan instanceof Plan.Transform last ? prepared(last, pool) : plan;
  }

  private static Plan prepared(Plan.Transform last, ActorPool<?, ?> pool) {
    Preprocessing input = pool.input().orElseThrow();
    Plan before = last;
    if (pool.scalesInput() && last.function() instanceof Decoding decoding) {
      before = decoding.atLeast(input.shortSide()).step(last.input());
    }
    var pack = new Pack(input);
    String name = "resize and crop to %d x %d".formatted(input.crop(), input.crop());
    Plan.RowFunction prepare =
        row -> row.with(Work.time(Work.Part.PREPARE, () -> pack.prepared(picture(row))));
    return new Plan.Transform(before, name, prepare, true, last.threads());
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
