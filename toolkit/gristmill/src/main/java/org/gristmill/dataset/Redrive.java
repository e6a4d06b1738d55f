package org.gristmill.dataset;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.gristmill.GristmillException;

/** A plan on those rows of its source that a dead-letter file names. */
public final class Redrive {
  private Redrive() {}

  /**
   * The plan on these rows.
   *
   * @throws GristmillException if the file cannot be read, or names rows that are not of the source
   */
  public static Plan of(Plan plan, Path deadLetters) {
    List<DeadLetters.Letter> letters = DeadLetters.read(deadLetters);
    boolean numbersAnew = Plan.numbersAnew(plan);
    Set<String> before = new HashSet<>();
    Set<String> behind = new HashSet<>();
    tellStages(plan, before, behind);
    for (DeadLetters.Letter letter : letters) {
      // A stage that is not of the plan is that of writing.
      if (behind.contains(letter.stage()) || (numbersAnew && !before.contains(letter.stage()))) {
        throw new GristmillException(
            "cannot redrive row %d of %s: it failed in %s, behind flatMapBatches, whose results"
                    .formatted(letter.row(), deadLetters, letter.stage())
                + " cannot be told from its rows. Run the whole dataset again.");
      }
    }
    return Plan.withSource(
        plan,
        source ->
            new Plan.Source(
                "%s > redrive(%s, %d rows)".formatted(source.name(), deadLetters, letters.size()),
                () -> new Picked(source.rows().get(), letters, deadLetters),
                source.waits()));
  }

  /** Tells the names of stages before and behind those that number their results anew. */
  private static void tellStages(Plan plan, Set<String> before, Set<String> behind) {
    for (Plan at = plan; !(at instanceof Plan.Source); at = Plan.input(at)) {
      Set<String> names = Plan.numbersAnew(Plan.input(at)) ? behind : before;
      if (at instanceof Plan.Transform step) {
        names.add(step.name());
      } else if (at instanceof Plan.Batches batches) {
        names.add(Plan.name(batches));
      }
    }
  }

  /** The rows of a source that letters name; several may name one, of which rows were made. */
  private static final class Picked implements Rows {
    private final Rows all;
    private final Path deadLetters;
    private final Map<String, Set<DeadLetters.Letter>> byPath = new HashMap<>();
    private final Map<Long, Set<DeadLetters.Letter>> byNumber = new HashMap<>();
    private final Set<DeadLetters.Letter> left;

    Picked(Rows all, List<DeadLetters.Letter> letters, Path deadLetters) {
      this.all = all;
      this.deadLetters = deadLetters;
      this.left = new LinkedHashSet<>(letters);
      for (DeadLetters.Letter letter : letters) {
        byPath.computeIfAbsent(letter.path(), path -> new HashSet<>()).add(letter);
        byNumber.computeIfAbsent(letter.row(), row -> new HashSet<>()).add(letter);
      }
    }

    @Override
    public Row<?> next() throws InterruptedException {
      while (!left.isEmpty()) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        Row<?> row = all.next();
        if (row == null) {
          var first = left.iterator().next();
          throw new GristmillException(
              "%d rows of %s are not in the source any more, such as row %d%s"
                  .formatted(
                      left.size(),
                      deadLetters,
                      first.row(),
                      first.path() == null ? "" : " (" + first.path() + ")"));
        }
        var named = row.path() == null ? byNumber.get(row.number()) : byPath.get(row.path());
        if (named != null && left.removeAll(named)) {
          return row;
        }
      }
      return null;
    }

    @Override
    public List<String> notes() {
      return all.notes();
    }

    @Override
    public void interrupt() {
      all.interrupt();
    }

    @Override
    public void close() {
      all.close();
    }
  }
}
