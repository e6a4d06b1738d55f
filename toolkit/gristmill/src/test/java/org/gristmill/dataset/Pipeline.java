package org.gristmill.dataset;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.gristmill.ActorPool;
import org.gristmill.Device;

/**
 * A dataset of whole numbers as a plan, and what a list makes of the same steps: the truth to
 * compare with. Some numbers are poison: the step that is told so throws on them.
 */
record Pipeline(int rows, List<Step> steps, long poisonEvery) {
  /** What is done to the numbers. */
  sealed interface Step {
    /** Times three plus one; fails on poison if it is told to. */
    record Change(boolean fails) implements Step {}

    /** Keeps what does not divide by that. */
    record Drop(int divisor) implements Step {}

    record First(int rows) implements Step {}

    /** Adds one, in batches; fails on poison if it is told to. */
    record Batch(int size, int actors, boolean fails) implements Step {}

    /** None, one or two results a number, in batches. */
    record Flat(int size, int actors) implements Step {}

    /**
     * None, one or two results a number; fails on poison, before or behind them, if it is told to.
     */
    record Spread(boolean fails) implements Step {}
  }

  /** A number or a failure, as both sides give it: the failure as its row. */
  record Result(long value, boolean failed) {
    @Override
    public String toString() {
      return failed ? "row " + value + " failed" : String.valueOf(value);
    }
  }

  boolean isPoison(long value) {
    return poisonEvery > 0 && value % poisonEvery == 3;
  }

  Plan plan() {
    Plan plan =
        new Plan.Source("numbers", () -> numbers(rows), rows % 2 == 0); // by a thread, or not
    for (Step step : steps) {
      plan = then(plan, step);
    }
    return plan;
  }

  private static Rows numbers(int rows) {
    var next = LongStream.range(0, rows).iterator();
    return () -> {
      if (!next.hasNext()) {
        return null;
      }
      long number = next.nextLong();
      return new Row<>(number, null, number);
    };
  }

  private Plan then(Plan plan, Step step) {
    if (step instanceof Step.Change change) {
      Plan.RowFunction function =
          row -> {
            long value = (Long) row.value();
            if (change.fails() && isPoison(value)) {
              throw new IllegalArgumentException("poison");
            }
            return row.with(3 * value + 1);
          };
      return new Plan.Transform(plan, "change", function, true, 0);
    }
    if (step instanceof Step.Spread spread) {
      Plan.RowsFunction function = row -> spread((Long) row.value(), spread.fails());
      return new Plan.Transform(plan, "spread", function, false, 0);
    }
    if (step instanceof Step.Drop drop) {
      Plan.RowFunction function = row -> (Long) row.value() % drop.divisor() == 0 ? null : row;
      return new Plan.Transform(plan, "drop", function, false, 0);
    }
    if (step instanceof Step.First first) {
      return Plan.limit(plan, first.rows());
    }
    if (step instanceof Step.Batch batch) {
      var pool =
          ActorPool.<Long, Long>of(
              batch.actors(),
              (Device device) ->
                  values -> {
                    if (values.size() > batch.size()) {
                      throw new IllegalStateException("a batch of " + values.size());
                    }
                    if (batch.fails() && values.stream().anyMatch(this::isPoison)) {
                      throw new IllegalArgumentException("poison");
                    }
                    return values.stream().map(value -> value + 1).toList();
                  });
      return new Plan.Batches(plan, batch.size(), true, pool);
    }
    var flat = (Step.Flat) step;
    var pool =
        ActorPool.<Long, Long>of(
            flat.actors(),
            (Device device) -> values -> values.stream().flatMap(v -> flat(v).stream()).toList());
    return new Plan.Batches(plan, flat.size(), false, pool);
  }

  private static List<Long> flat(long value) {
    return value % 3 == 0 ? List.of() : value % 3 == 1 ? List.of(value) : List.of(value, -value);
  }

  /** Of poison there is only what comes before the failure. */
  private List<Long> spread(long value, boolean fails) {
    var made = flat(value);
    return !(fails && isPoison(value))
        ? made
        : new AbstractList<>() {
          @Override
          public Long get(int index) {
            if (index == made.size()) {
              throw new IllegalArgumentException("poison");
            }
            return made.get(index);
          }

          @Override
          public int size() {
            return made.size() + 1;
          }
        };
  }

  /** What comes out in order; with a failure at most at the end, unless rows are set aside. */
  List<Result> expected(boolean setAside) {
    var now = new ArrayList<Entry>();
    for (long i = 0; i < rows; i++) {
      now.add(new Entry(i, i, false));
    }
    for (Step step : steps) {
      now = apply(now, step, setAside);
    }
    return now.stream().map(e -> new Result(e.failed ? e.number : e.value, e.failed)).toList();
  }

  private record Entry(long number, long value, boolean failed) {}

  private ArrayList<Entry> apply(List<Entry> from, Step step, boolean setAside) {
    if (step instanceof Step.Batch batch) {
      return batches(from, batch, setAside);
    }
    var to = new ArrayList<Entry>();
    long numbered = 0;
    int group = 0; // values in the batch of a flat step so far
    var waiting = new ArrayList<Entry>(); // failures among these, which come behind its results
    for (Entry e : from) {
      if (step instanceof Step.First first) {
        if (to.size() < first.rows()) {
          to.add(e);
        }
      } else if (step instanceof Step.Flat flat) {
        if (e.failed && !setAside) {
          // the results of a batch that is not whole are not to be had
          int partial = group % flat.size();
          return failedAt(from, e, partial);
        }
        if (e.failed) {
          if (group == 0) {
            to.add(e);
          } else {
            waiting.add(e);
          }
          continue;
        }
        for (long value : flat(e.value)) {
          to.add(new Entry(numbered++, value, false));
        }
        group = (group + 1) % flat.size();
        if (group == 0) {
          to.addAll(waiting);
          waiting.clear();
        }
      } else if (e.failed) {
        to.add(e);
      } else if (step instanceof Step.Spread spread) {
        flat(e.value).forEach(value -> to.add(new Entry(e.number, value, false)));
        if (spread.fails() && isPoison(e.value)) {
          to.add(new Entry(e.number, e.value, true));
        }
      } else if (step instanceof Step.Change change) {
        boolean fails = change.fails() && isPoison(e.value);
        to.add(new Entry(e.number, 3 * e.value + 1, fails));
      } else if (step instanceof Step.Drop drop && e.value % drop.divisor() != 0) {
        to.add(e);
      }
    }
    to.addAll(waiting);
    return upToFailure(to, setAside);
  }

  private static ArrayList<Entry> failedAt(List<Entry> from, Entry failed, int partial) {
    var to = new ArrayList<Entry>();
    long numbered = 0;
    for (Entry e : from.subList(0, from.indexOf(failed) - partial)) {
      for (long value : flat(e.value)) {
        to.add(new Entry(numbered++, value, false));
      }
    }
    to.add(failed);
    return to;
  }

  private ArrayList<Entry> batches(List<Entry> from, Step.Batch batch, boolean setAside) {
    var to = new ArrayList<Entry>();
    var group = new ArrayList<Entry>();
    for (Entry e : from) {
      if (!setAside && e.failed) {
        to.add(e);
        return upToFailure(to, false); // what waited for a whole batch is lost with it
      }
      group.add(e);
      boolean full = group.stream().filter(x -> !x.failed).count() == batch.size();
      if (full) {
        worked(group, batch, setAside, to);
        group.clear();
      }
    }
    worked(group, batch, setAside, to);
    return upToFailure(to, setAside);
  }

  private void worked(List<Entry> group, Step.Batch batch, boolean setAside, List<Entry> to) {
    boolean fails = batch.fails() && group.stream().anyMatch(e -> !e.failed && isPoison(e.value));
    if (fails && !setAside) {
      Entry first = group.get(0);
      to.add(new Entry(first.number, first.value, true));
      return;
    }
    for (Entry e : group) {
      boolean guilty = !e.failed && batch.fails() && isPoison(e.value);
      to.add(e.failed ? e : new Entry(e.number, e.value + 1, guilty));
    }
  }

  private static ArrayList<Entry> upToFailure(ArrayList<Entry> entries, boolean setAside) {
    if (!setAside) {
      for (int i = 0; i < entries.size(); i++) {
        if (entries.get(i).failed) {
          return new ArrayList<>(entries.subList(0, i + 1));
        }
      }
    }
    return entries;
  }
}
