package org.gristmill.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.gristmill.ActorPool;

/**
 * What a dataset will do: plain data, built without touching a row. {@link Execution} is the one
 * place that turns it into running stages. Types are checked by {@link org.gristmill.Dataset}, so
 * rows are plain objects in here.
 */
public sealed interface Plan {
  /**
   * Where rows begin; opened once a run.
   *
   * @param waits whether listing may wait, for a disk or a server, and so needs a thread of its own
   */
  record Source(String name, Supplier<Rows> rows, boolean waits) implements Plan {}

  /**
   * A function of single rows; rows may be worked on at the same time and keep their order.
   *
   * @param threads how many rows are worked on at once by a step that waits more than it computes,
   *     and is a stage of its own; 0 for the others, which share as many as there are processors
   */
  record Transform(Plan input, String name, RowStep function, boolean keepsEveryRow, int threads)
      implements Plan, Serializable {
    /** The same step on other rows, or on none: by itself it can be sent to another process. */
    Transform on(Plan other) {
      return new Transform(other, name, function, keepsEveryRow, threads);
    }
  }

  /** The first rows. */
  record Limit(Plan input, long rows) implements Plan {}

  /** Batches, worked on by actors. */
  record Batches(Plan input, int size, boolean oneToOne, ActorPool<?, ?> pool) implements Plan {}

  /** What is made of a single row. */
  sealed interface RowStep extends Serializable permits RowFunction, RowsFunction {}

  /** A row in, a row out, or null where the row is dropped. */
  non-sealed interface RowFunction extends RowStep {
    Row<?> apply(Row<?> row) throws Exception;
  }

  /** A row in, the values of any number of rows out, which keep its number. */
  non-sealed interface RowsFunction extends RowStep {
    List<?> apply(Row<?> row) throws Exception;
  }

  /**
   * The plan for the first rows of a plan. The limit moves towards the source as far as rows are
   * kept, so that nothing is read, decoded or inferred that is not needed; batches stay whole.
   */
  static Plan limit(Plan plan, long rows) {
    if (plan instanceof Limit limit) {
      return limit.rows() <= rows ? limit : limit(limit.input(), rows);
    }
    if (plan instanceof Transform step && step.keepsEveryRow()) {
      return withInput(step, limit(step.input(), rows));
    }
    if (plan instanceof Batches batches && batches.oneToOne()) {
      long whole = Math.min(rows, Long.MAX_VALUE - batches.size()) + batches.size() - 1;
      Plan fewer = limit(batches.input(), whole - whole % batches.size());
      return new Limit(withInput(batches, fewer), rows);
    }
    return new Limit(plan, rows);
  }

  /** The plan without the last steps that change rows but not their number. */
  static Plan counting(Plan plan) {
    if (plan instanceof Transform step && step.keepsEveryRow()) {
      return counting(step.input());
    }
    if (plan instanceof Batches batches && batches.oneToOne()) {
      return counting(batches.input());
    }
    return plan instanceof Limit limit ? limit(counting(limit.input()), limit.rows()) : plan;
  }

  /** Whether no rows can come out of it, whatever there is. */
  static boolean isEmpty(Plan plan) {
    return (plan instanceof Limit limit && limit.rows() == 0)
        || (!(plan instanceof Source) && isEmpty(input(plan)));
  }

  /** The plan that a step takes its rows from. */
  static Plan input(Plan plan) {
    if (plan instanceof Transform step) {
      return step.input();
    }
    return plan instanceof Limit limit ? limit.input() : ((Batches) plan).input();
  }

  /** Whether of several rows that come out of it only the last says where to start again. */
  static boolean sharesPositions(Plan plan) {
    boolean shares =
        plan instanceof Batches
            || (plan instanceof Transform step && step.function() instanceof RowsFunction);
    return shares || (!(plan instanceof Source) && sharesPositions(input(plan)));
  }

  /** Whether its rows carry numbers that are not the source's. */
  static boolean numbersAnew(Plan plan) {
    return !(plan instanceof Source)
        && ((plan instanceof Batches batches && !batches.oneToOne()) || numbersAnew(input(plan)));
  }

  /** How many steps count rows: limits, and batches that number their results. */
  static int counters(Plan plan) {
    if (plan instanceof Source) {
      return 0;
    }
    boolean counts =
        plan instanceof Limit || (plan instanceof Batches batches && !batches.oneToOne());
    return counters(input(plan)) + (counts ? 1 : 0);
  }

  /** Whether a limit of it has let through all that it may, if so many rows have passed. */
  static boolean isReached(Plan plan, List<Long> counters) {
    if (plan instanceof Source) {
      return false;
    }
    int counter = counters(plan) - 1;
    boolean reached =
        plan instanceof Limit limit
            && counter < counters.size()
            && counters.get(counter) >= limit.rows();
    return reached || isReached(input(plan), counters);
  }

  /** This step and those right before it that are worked on by the same threads; in their order. */
  static List<Transform> together(Transform last) {
    var steps = new ArrayList<Transform>();
    Plan at = last;
    while (at instanceof Transform step && step.threads() == last.threads()) {
      steps.add(0, step);
      at = step.input();
    }
    return steps;
  }

  /**
   * The steps right before batches that are carried out where their actors are, because that is
   * another process; in their order. Those that may drop rows are not: batches would not be whole.
   */
  static List<Transform> moved(Batches batches) {
    var steps = new ArrayList<Transform>();
    Plan at = batches.input();
    while (batches.pool().cluster().isPresent()
        && at instanceof Transform step
        && step.keepsEveryRow()
        && step.function() instanceof RowFunction) {
      steps.add(0, step);
      at = step.input();
    }
    return steps;
  }

  /** What gives its rows to the stage of batches. */
  static Plan before(Batches batches) {
    var moved = moved(batches);
    return moved.isEmpty() ? batches.input() : moved.get(0).input();
  }

  /** The name of a stage of batches. */
  static String stageName(Batches batches) {
    var moved = moved(batches);
    return moved.isEmpty() ? name(batches) : names(moved) + " > " + name(batches);
  }

  /** Where its rows begin. */
  static Source source(Plan plan) {
    return plan instanceof Source source ? source : source(input(plan));
  }

  /**
   * What decides which rows come out and what they are, but for the source, functions and models:
   * the steps and their parameters. How many actors do them does not.
   */
  static String identity(Plan plan) {
    if (plan instanceof Source) {
      return "";
    }
    String before = identity(input(plan));
    String step;
    if (plan instanceof Batches batches) {
      String verb = batches.oneToOne() ? "mapBatches" : "flatMapBatches";
      String version = batches.pool().version();
      step = verb + "(" + batches.size();
      step += version.isEmpty() ? "" : ", version " + version;
      step += batches.pool().scalesInput() ? ", scaled input)" : ")";
    } else if (plan instanceof Limit limit) {
      step = "limit(" + limit.rows() + ")";
    } else {
      step = ((Transform) plan).name();
    }
    return before.isEmpty() ? step : before + " > " + step;
  }

  /** The same plan on other rows. */
  static Plan withSource(Plan plan, UnaryOperator<Source> other) {
    if (plan instanceof Source source) {
      return other.apply(source);
    }
    return withInput(plan, withSource(input(plan), other));
  }

  /** The same step on the rows of another plan. */
  static Plan withInput(Plan plan, Plan input) {
    if (plan instanceof Transform step) {
      return step.on(input);
    }
    if (plan instanceof Limit limit) {
      return new Limit(input, limit.rows());
    }
    var batches = (Batches) plan;
    return new Batches(input, batches.size(), batches.oneToOne(), batches.pool());
  }

  /** One line, in the order in which rows flow. */
  static String describe(Plan plan) {
    if (plan instanceof Source source) {
      return source.name();
    }
    if (plan instanceof Transform step) {
      return describe(step.input()) + " > " + step.name();
    }
    if (plan instanceof Limit limit) {
      return describe(limit.input()) + " > limit(" + limit.rows() + ")";
    }
    var batches = (Batches) plan;
    return describe(batches.input()) + " > " + name(batches);
  }

  /** The name of a stage of single rows. */
  static String names(List<Transform> steps) {
    return steps.stream().map(Transform::name).collect(Collectors.joining(" > "));
  }

  /** The name of a step of batches. */
  static String name(Batches batches) {
    String verb = batches.oneToOne() ? "mapBatches" : "flatMapBatches";
    return "%s(%d, %s)".formatted(verb, batches.size(), batches.pool());
  }
}
