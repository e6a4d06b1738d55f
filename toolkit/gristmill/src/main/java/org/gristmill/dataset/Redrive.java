package org.gristmill.dataset;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
    var picked = ofSource(letters);
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
                "%s > redrive(%s, %d rows)".formatted(source.name(), deadLetters, picked.size()),
                () -> new Picked(source.rows().get(), picked, deadLetters),
                source.waits()));
  }

  /** One letter for each row of the source: several rows may have been made of it. */
  private static Collection<DeadLetters.Letter> ofSource(List<DeadLetters.Letter> letters) {
    var bySource = new LinkedHashMap<Object, DeadLetters.Letter>();
    for (DeadLetters.Letter letter : letters) {
      bySource.putIfAbsent(letter.path() == null ? letter.row() : letter.path(), letter);
    }
    return bySource.values();
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

  /** The rows of a source that letters name. */
  private static final class Picked implements Rows {
    private final Rows all;
    private final Path deadLetters;
    private final Map<String, DeadLetters.Letter> byPath = new HashMap<>();
    private final Map<Long, DeadLetters.Letter> byNumber = new HashMap<>();
    private final Set<DeadLetters.Letter> left;

    Picked(Rows all, Collection<DeadLetters.Letter> letters, Path deadLetters) {
      this.all = all;
      this.deadLetters = deadLetters;
      this.left = new LinkedHashSet<>(letters);
      for (DeadLetters.Letter letter : letters) {
        byPath.put(letter.path(), letter);
        byNumber.put(letter.row(), letter);
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
        var letter = row.path() == null ? byNumber.get(row.number()) : byPath.get(row.path());
        if (letter != null && left.remove(letter)) {
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
