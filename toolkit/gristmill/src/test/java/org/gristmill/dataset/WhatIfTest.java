package org.gristmill.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.gristmill.dataset.Outline.Kind;
import org.gristmill.dataset.Outline.Part;
import org.gristmill.observe.RunListener;
import org.gristmill.observe.Snapshot;
import org.junit.jupiter.api.Test;

/** Runs in virtual time, whose length can be told by hand. No time of this machine is in them. */
class WhatIfTest {
  private static final double MILLI = 1e6; // nanoseconds
  private static final long PLENTY = 1L << 40;

  private static Part source(double row) {
    return new Part("source", Kind.SOURCE, row == 0 ? 0 : 1, 1, 0, row, 0, 0, 1, 0, List.of());
  }

  private static Part batches(int workers, int size, double making, double row) {
    return new Part("batches", Kind.BATCHES, workers, size, making, row, 0, 0, 1, 0, List.of());
  }

  private static Part rows(double row, double bytes) {
    return new Part("rows", Kind.ROWS, 2, 1, 0, row, 0, 0, 1, bytes, List.of());
  }

  private static double millis(Outline outline) {
    return WhatIf.of(outline).nanos() / MILLI;
  }

  private static Outline of(long rows, Part... parts) {
    return new Outline(rows, List.of(parts), 0, PLENTY);
  }

  @Test
  void batchesAreSharedByTheWorkers() {
    var outline = of(100, source(0), batches(2, 10, 7 * MILLI, MILLI));

    assertEquals(7 + 50, millis(outline), 0.001);
    assertEquals(7 + 100, millis(outline.with(1, part -> part.withWorkers(1))), 0.001);
    assertEquals(7 + 40, millis(outline.with(1, part -> part.withWorkers(3))), 0.001, "4, 3, 3");
    assertEquals(50, millis(outline.with(1, Part::made)), 0.001);
  }

  @Test
  void aLoadInEveryBatchIsPaidInEveryBatchAndOnceByEveryWorkerOtherwise() {
    var part = new Part("batches", Kind.BATCHES, 2, 10, 0, MILLI, 1, 5 * MILLI, 1, 0, List.of());
    var outline = of(100, source(0), part);

    assertEquals(5 * (10 + 5), millis(outline), 0.001);
    assertEquals(5 + 5 * 10, millis(outline.with(1, Part::loadingOnce)), 0.001);
  }

  @Test
  void aSlowSourceAndASlowOutputBoundTheRun() {
    var source = of(100, source(3 * MILLI), batches(1, 1, 0, 2 * MILLI));
    assertEquals(100 * 3 + 2, millis(source), 3, "the last rows may be listed together");
    var output =
        new Outline(100, of(100, source(0), batches(1, 1, 0, MILLI)).parts(), 4 * MILLI, PLENTY);
    assertEquals(1 + 100 * 4, millis(output), 0.1);
    assertEquals(100, millis(output.withoutOutput()), 0.1);
  }

  @Test
  void stagesOverlap() {
    double both = millis(of(96, source(0), batches(1, 8, 0, MILLI), batches(1, 8, 0, 2 * MILLI)));

    assertEquals(8 + 2 * 96, both, 0.001, "the first batch of the first one, then the second one");
  }

  @Test
  void manyRowsGoOnAsTheFirstDid() {
    var outline = of(640_000, source(0), batches(3, 64, 500 * MILLI, 0.1 * MILLI));

    assertEquals(500 + 64_000 / 3.0, millis(outline), 0.001 * 64_000 / 3);
  }

  @Test
  void aFilterAndBatchesOfAnyNumberPassOnTheirShare() {
    var half = new Part("filter", Kind.ROWS, 2, 1, 0, 0, 0, 0, 0.5, 0, List.of());
    var threefold = new Part("flat", Kind.BATCHES, 1, 10, 0, 0, 0, 0, 3, 0, List.of());
    var fourfold = new Part("tiles", Kind.ROWS, 2, 1, 0, 0, 0, 0, 4, 0, List.of());

    assertEquals(50, millis(of(100, source(0), half, batches(1, 10, 0, MILLI))), 0.001);
    assertEquals(400, millis(of(100, source(0), fourfold, batches(1, 10, 0, MILLI))), 0.001);
    assertEquals(300, millis(of(100, source(0), threefold, batches(1, 10, 0, MILLI))), 0.001);
  }

  @Test
  void callsTakeAsLongAsTheyDidInTurn() {
    var part = new Part("b", Kind.BATCHES, 2, 1, 0, MILLI, 0, 0, 1, 0, List.of(0.1, 0.1, 0.1, 3.7));

    assertEquals(0.1 + 3.7, millis(of(4, source(0), part)), 0.001, "the long one comes last");
  }

  @Test
  void littleMemoryHoldsRowsBack() {
    var outline = of(160, source(0), rows(6 * MILLI, 1_000_000), batches(2, 8, 0, 5 * MILLI));

    double free = millis(outline);
    double bound = millis(outline.withMemory(4_000_000));

    assertTrue(bound > 2 * free, bound + " ms, " + free + " ms");
    assertTrue(WhatIf.of(outline).held() > 4_000_000, "what it takes is told");
  }

  /** Runs are numbered; those who look on see no gap. */
  @Test
  void aRunInVirtualTimeIsNotNumbered() {
    long before = numberOfARun();

    WhatIf.of(of(1000, source(0), rows(MILLI, 0), batches(2, 8, MILLI, MILLI)));

    assertEquals(before + 1, numberOfARun());
  }

  private static long numberOfARun() {
    var ended = new ArrayList<Snapshot>();
    var listener =
        new RunListener() {
          @Override
          public void ended(Snapshot run) {
            ended.add(run);
          }
        };
    Rows none = () -> null;
    Execution.run(
        new Plan.Source("none", () -> none, false), Options.standard(), listener, row -> {});
    return ended.get(0).id();
  }
}
