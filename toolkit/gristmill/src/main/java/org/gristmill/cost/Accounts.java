package org.gristmill.cost;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.TreeMap;
import org.gristmill.ExecutionPlan;
import org.gristmill.ExecutionPlan.Actor;
import org.gristmill.ExecutionPlan.Measured;
import org.gristmill.Ledger.Item;
import org.gristmill.RunStats;
import org.gristmill.Timeline.Kind;
import org.gristmill.Timeline.Span;

/** Divides what a machine was paid for among what it did for a run. Times are nanoseconds. */
public final class Accounts {
  private final RunStats stats;
  private final Map<Item, Double> taken = new EnumMap<>(Item.class);

  private Accounts(RunStats stats) {
    this.stats = stats;
  }

  /**
   * The share of each item, on a machine that has so many.
   *
   * @param gpus 0 or more; those that the run used count in any case
   */
  public static Map<Item, Double> of(RunStats stats, int processors, int gpus) {
    var accounts = new Accounts(stats);
    int used = gpuIdle(stats).size();
    return used == 0 ? accounts.ofProcessors(processors) : accounts.ofGpus(Math.max(used, gpus));
  }

  /**
   * The share of the run's time, 0..1, in which no actor had a forward pass on it, of each GPU that
   * actors were given, by its name: 1 - time in forward passes of the actors on it / wall time.
   */
  public static Map<String, Double> gpuIdle(RunStats stats) {
    var idle = new TreeMap<String, Double>();
    for (ExecutionPlan.Stage stage : stats.plan().stages()) {
      for (Actor actor : stage.measured().map(Measured::actors).orElse(List.of())) {
        if (isGpu(actor)) {
          double share = actor.forward().toNanos() / wall(stats);
          idle.merge(actor.device(), 1 - share, (one, other) -> one - share);
        }
      }
    }
    idle.replaceAll((gpu, share) -> Math.max(0, share));
    return idle;
  }

  private static boolean isGpu(Actor actor) {
    return actor.device().startsWith("gpu");
  }

  private static double wall(RunStats stats) {
    return Math.max(1.0, (double) stats.wall().toNanos());
  }

  /** What a stage's workers did, in their time and while the run went on. */
  private record Times(double busy, double start, double again, double failed) {
    double work() {
      return Math.max(0, busy - start - again - failed);
    }
  }

  private Times times(int place, Measured measured) {
    double making = 0;
    double before = 0; // of a worker that was being made when the run began
    double loadingInTasks = 0;
    for (Span span : stats.timeline().spans()) {
      if (span.stage() == place && span.kind() == Kind.MAKING) {
        double inRun = Math.min(span.busy(), span.to() - span.from());
        making += inRun;
        before += span.busy() - inRun;
      } else if (span.stage() == place) {
        loadingInTasks += span.loading();
      }
    }
    double again = measured.waste().loadingAgain().toNanos();
    return new Times(
        measured.busy().toNanos() - before,
        Math.max(0, making + loadingInTasks - again),
        again,
        measured.waste().failed().toNanos());
  }

  private Map<Item, Double> ofProcessors(int processors) {
    double all = wall(stats) * processors;
    double used = Math.min(all, (double) stats.cpu().toNanos());
    double capacity = Math.max(1, all - Math.max(0, Math.min(1, stats.load()) * all - used));
    var stages = stats.plan().stages();
    for (int place = 0; place < stages.size(); place++) {
      var measured = stages.get(place).measured();
      if (measured.isPresent()) {
        double busy = Math.max(1.0, (double) measured.get().busy().toNanos());
        double computing = measured.get().cpu().toNanos() / busy; // of the threads' time
        add(times(place, measured.get()), computing, survive(place));
      }
    }
    double known = total();
    taken.replaceAll((item, nanos) -> nanos * Math.min(1, used / Math.max(1, known)));
    take(Item.RUNTIME, Math.max(0, used - known));
    take(Item.IDLE, Math.max(0, capacity - total()));
    return shares(capacity);
  }

  private void add(Times times, double computing, double survive) {
    take(Item.START, times.start * computing);
    take(Item.LOADS_AGAIN, times.again * computing);
    take(Item.FAILED, (times.failed + times.work() * (1 - survive)) * computing);
    take(Item.WORK, times.work() * survive * computing);
  }

  /** The share of rows that left the stage, 0..1, that did not fail later. */
  private double survive(int place) {
    var stages = stats.plan().stages();
    double survive = 1;
    long aside = stats.setAside();
    for (int later = 0; later < stages.size(); later++) {
      var measured = stages.get(later).measured();
      if (measured.isPresent()) {
        var waste = measured.get().waste();
        long rows = measured.get().rowsIn() - waste.rowsAgain();
        survive *= later > place ? 1 - share(waste.rowsGone(), rows) : 1;
        aside -= waste.rowsGone();
      }
    }
    return survive * (1 - share(aside, stats.rows() + aside)); // what took them refused some
  }

  private static double share(long part, long whole) {
    return whole <= 0 ? 0 : Math.min(1, Math.max(0, (double) part / whole));
  }

  /** A GPU is taken while a worker that it is lent to is made, and while it computes. */
  private Map<Item, Double> ofGpus(int gpus) {
    double capacity = wall(stats) * gpus;
    var stages = stats.plan().stages();
    for (int place = 0; place < stages.size(); place++) {
      var measured = stages.get(place).measured();
      if (measured.isPresent() && measured.get().actors().stream().anyMatch(Accounts::isGpu)) {
        add(place, measured.get());
      }
    }
    double known = total();
    taken.replaceAll((item, nanos) -> nanos * Math.min(1, capacity / Math.max(1, known)));
    take(Item.IDLE, Math.max(0, capacity - total()));
    return shares(capacity);
  }

  private void add(int place, Measured measured) {
    var times = times(place, measured);
    var actors = measured.actors().stream().filter(Accounts::isGpu).toList();
    double devices = actors.stream().map(Actor::device).distinct().count();
    double each = devices / actors.size(); // of a GPU
    double tasks = times.work() + times.failed;
    double forward = actors.stream().map(Actor::forward).mapToDouble(Duration::toNanos).sum();
    double padding = measured.waste().padding().toNanos();
    double failed = forward * times.failed / Math.max(1, tasks);
    double survive = survive(place);
    double work = Math.max(0, forward - padding - failed);
    take(Item.START, times.start * each);
    take(Item.LOADS_AGAIN, times.again * each);
    take(Item.PADDING, padding);
    take(Item.FAILED, failed + work * (1 - survive));
    take(Item.WORK, work * survive);
  }

  private void take(Item item, double nanos) {
    taken.merge(item, nanos, Double::sum);
  }

  private double total() {
    return taken.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  private Map<Item, Double> shares(double capacity) {
    var shares = new EnumMap<Item, Double>(Item.class);
    for (Entry<Item, Double> entry : taken.entrySet()) {
      shares.put(entry.getKey(), entry.getValue() / capacity);
    }
    return shares;
  }
}
