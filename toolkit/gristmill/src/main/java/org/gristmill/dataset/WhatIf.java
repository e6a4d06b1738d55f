package org.gristmill.dataset;

import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.dataset.Outline.Part;
import org.gristmill.observe.RunListener;

/**
 * Runs an {@link Outline} in virtual time: the engine that runs plans, with rows that are nothing
 * and steps that only say how long they take. Of many rows only the first are run, and the rest go
 * on as these did.
 */
public final class WhatIf {
  private static final int ENOUGH_ROWS = 1000; // to see how fast the rest are
  private static final int ENOUGH_BATCHES = 16; // of every worker
  private static final int MOST_ROWS = 6000;
  private static final int FINE = 16; // rows a batch, where several rows are taken for one

  /**
   * How the run would go.
   *
   * @param nanos that it takes
   * @param held bytes that its rows hold at most
   */
  public record Course(double nanos, long held) {}

  private final Outline outline;
  private final VirtualHost host = new VirtualHost();

  private WhatIf(Outline outline) {
    this.outline = outline;
  }

  /** How the run would go. */
  public static Course of(Outline outline) {
    Outline coarse = outline.coarser(rowsAsOne(outline));
    long most = 1; // rows that a part's workers have at once
    long round = 1; // rows after which no worker has had a batch more than another
    for (Part part : coarse.parts()) {
      long atOnce = (long) part.size() * Math.max(1, part.workers());
      most = Math.max(most, atOnce);
      long both = round / gcd(round, atOnce) * atOnce;
      round = both <= MOST_ROWS / 2 ? both : Math.max(round, atOnce);
    }
    long enough = Math.min(MOST_ROWS, Math.max(ENOUGH_ROWS, ENOUGH_BATCHES * most));
    long half = (enough / 2 + round - 1) / round * round;
    if (coarse.rows() <= 3 * half) {
      return new WhatIf(coarse).run();
    }
    Outline even = coarse.withAll(Part::even); // one slow call among the first would count for all
    var first = new WhatIf(even.withRows(half)).run();
    var both = new WhatIf(even.withRows(2 * half)).run();
    double more = (both.nanos - first.nanos) / half * (coarse.rows() - 2 * half);
    return new Course(both.nanos + more, both.held);
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  private static int rowsAsOne(Outline outline) {
    int smallest =
        outline.parts().stream()
            .filter(part -> part.kind() == Outline.Kind.BATCHES)
            .mapToInt(Part::size)
            .min()
            .orElse(1);
    int most = Math.max(1, smallest / FINE);
    while (most > 1 && !dividesAll(most, outline)) {
      most--;
    }
    return most;
  }

  private static boolean dividesAll(int rows, Outline outline) {
    return outline.parts().stream()
        .allMatch(part -> part.kind() != Outline.Kind.BATCHES || part.size() % rows == 0);
  }

  private Course run() {
    long began = host.nanoTime();
    var options = Options.standard().memory(outline.memory());
    var stats =
        Execution.run(
            plan(), options, null, row -> host.spend(outline.output()), host, new RunListener() {});
    return new Course(host.nanoTime() - began, stats.memory().rows());
  }

  private Plan plan() {
    Plan plan = null;
    for (int i = 0; i < outline.parts().size(); i++) {
      var part = outline.parts().get(i);
      boolean rowsFollow =
          i + 1 < outline.parts().size() && outline.parts().get(i + 1).kind() == Outline.Kind.ROWS;
      plan =
          switch (part.kind()) {
            case SOURCE -> new Plan.Source(part.name(), () -> source(part), part.workers() > 0);
            case ROWS -> rows(plan, part, rowsFollow);
            case BATCHES -> batches(plan, part);
          };
    }
    return plan;
  }

  private Rows source(Part part) {
    return new Rows() {
      private long next;

      @Override
      public Row<?> next() {
        if (next == outline.rows()) {
          return null;
        }
        host.spend(part.row());
        return new Row<>(next++, null, new Nothing(part.bytes()));
      }

      @Override
      public OptionalLong size() {
        return OptionalLong.of(outline.rows());
      }
    };
  }

  /** Two stages of single rows in a row have threads of their own, each. */
  private Plan rows(Plan input, Part part, boolean rowsFollow) {
    int processors = Runtime.getRuntime().availableProcessors();
    boolean own = rowsFollow || part.workers() != processors;
    var loads = new Share(part.loads());
    var made = new Share(part.out());
    var times = new Times(part.pattern());
    Plan.RowsFunction step =
        row -> {
          host.spend(times.next() * part.row() + loads.of(1) * part.load());
          return Collections.nCopies(made.of(1), new Nothing(part.bytes()));
        };
    return new Plan.Transform(
        input, part.name(), step, part.out() == 1, own ? Math.max(1, part.workers()) : 0);
  }

  private Plan batches(Plan input, Part part) {
    var loads = new Share(part.loads());
    var made = new Share(part.out());
    var times = new Times(part.pattern());
    BatchWorker<Object, Object> worker =
        batch -> {
          double rows = times.next() * batch.size();
          host.spend(rows * part.row() + loads.of(1) * part.load());
          return List.copyOf(Collections.nCopies(made.of(batch.size()), new Nothing(part.bytes())));
        };
    ActorPool<Object, Object> pool =
        ActorPool.of(
            Math.max(1, part.workers()),
            device -> {
              host.spend(part.making());
              return worker;
            });
    return new Plan.Batches(input, part.size(), part.out() == 1, pool);
  }

  /** What stands for a row's value: only what it takes in memory. */
  private record Nothing(double weight) implements Weighed {
    @Override
    public long bytes() {
      return Math.max(0, Math.round(weight));
    }
  }

  /** How long calls take, one after the other, by their mean. */
  private static final class Times {
    private final List<Double> pattern;
    private int next;

    Times(List<Double> pattern) {
      this.pattern = pattern;
    }

    double next() {
      return pattern.isEmpty() ? 1 : pattern.get(next++ % pattern.size());
    }
  }

  /** So many for each that comes, on average, and spread evenly. */
  private static final class Share {
    private final double each;
    private long came;
    private long went;

    Share(double each) {
      this.each = each;
    }

    int of(int more) {
      came += more;
      long due = (long) Math.floor(came * each + 1e-6);
      int now = (int) (due - went);
      went = due;
      return now;
    }
  }
}
