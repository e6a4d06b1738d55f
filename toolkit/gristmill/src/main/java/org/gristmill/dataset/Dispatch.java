package org.gristmill.dataset;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.gristmill.observe.StageMeter;
import org.gristmill.pool.Crew;
import org.gristmill.pool.Outcome;
import org.gristmill.pool.Retrying;

/**
 * Has the pieces of a stage's slots worked on by a crew, and decides what becomes of those that
 * fail: tried again by another worker, halved until only the guilty rows are left, or given up.
 *
 * <p>Everything here happens on the driving thread, but for {@link #work}.
 */
final class Dispatch<W extends AutoCloseable> {
  /** A piece that is to be worked on, and where it belongs. */
  private record Sent(Slot slot, Slot.Piece piece) {}

  private final RunContext run;
  private final Job<W> job;
  private final Crew<W> crew;
  private final Grain bundle;
  private final StageMeter meter;
  private final Consumer<Slot> whole;
  private final ArrayDeque<Sent> unsent = new ArrayDeque<>();
  private final Retrying retrying;
  private volatile boolean stopped; // written by the driving thread

  /**
   * @param bundle how many pieces an actor is given at once
   * @param whole told of a slot whose pieces are all done
   */
  Dispatch(
      RunContext run,
      Job<W> job,
      Crew<W> crew,
      Grain bundle,
      StageMeter meter,
      Consumer<Slot> whole) {
    this.run = run;
    this.job = job;
    this.crew = crew;
    this.bundle = bundle;
    this.meter = meter;
    this.whole = whole;
    this.retrying = new Retrying(meter.name(), run::note);
  }

  /** Has these rows of a slot worked on, from the next {@link #send} on. */
  void add(Slot slot, List<Row<?>> rows) {
    for (List<Row<?>> some : Retrying.split(rows, retrying.safeSize())) {
      var piece = new Slot.Piece(some, false);
      slot.add(piece);
      unsent.add(new Sent(slot, piece));
    }
  }

  /** Hands pieces over, several in a task where they take next to nothing. */
  void send() {
    while (!unsent.isEmpty()) {
      boolean again = unsent.element().piece.isRetry;
      int share = unsent.size() / Math.max(1, crew.size()) + 1;
      int most = again ? 1 : Math.min(share, bundle.size());
      var task = new ArrayList<Sent>();
      while (task.size() < most && !unsent.isEmpty() && unsent.element().piece.isRetry == again) {
        task.add(unsent.remove());
      }
      Crew.Call<W, Void> call = worker -> work(worker, task);
      Consumer<Outcome<Void>> done = outcome -> run.host().post(() -> ended(task, outcome));
      if (again) {
        crew.submitAgain(call, done);
      } else {
        crew.submit(call, done);
      }
    }
  }

  /** On an actor's thread. A failure ends the task; the pieces after it are sent again. */
  private Void work(W worker, List<Sent> task) throws Exception {
    for (Sent sent : task) {
      if (stopped) {
        break; // nobody waits for the rest
      }
      sent.piece.made = job.apply(worker, sent.piece.rows);
    }
    return null;
  }

  private void ended(List<Sent> task, Outcome<?> outcome) {
    if (stopped) {
      return;
    }
    run.models(outcome.work());
    boolean failed = false;
    int again = 0; // rows that were worked on in vain
    int gone = 0; // rows that failed for good
    int done = 0;
    int rows = 0;
    for (Sent sent : task) {
      if (failed) {
        unsent.add(sent);
        continue;
      }
      meter.task(sent.piece.rows.size());
      rows += sent.piece.rows.size();
      done++;
      int guilty = seeFailures(sent.piece);
      if (sent.piece.made == null) {
        failed = true;
        bundle.failed();
        boolean isRetried = retryOrFail(sent.slot, sent.piece, outcome);
        again += isRetried ? guilty : 0;
        gone += isRetried ? 0 : guilty;
      } else {
        gone += guilty;
        sent.slot.done(sent.piece, sent.piece.made);
      }
      if (!sent.slot.isWorkedOn()) {
        whole.accept(sent.slot);
      }
    }
    meter.spent(outcome.work(), done, rows, again + gone > 0);
    meter.inVain(outcome.work(), rows, again, gone);
    if (!failed) {
      bundle.measured(task.size(), outcome.work().busy());
      job.measured(rows, outcome.work().busy());
    }
    send();
  }

  /** How many rows failed; keeps what the first ones were, to show them. */
  private int seeFailures(Slot.Piece piece) {
    if (piece.made == null) {
      if (piece.rows.size() == 1) { // the guilty one
        run.failed(piece.rows.get(0));
      }
      return piece.rows.size();
    }
    int count = 0;
    var inputs = piece.rows.iterator(); // of which the results are in the order
    Row<?> input = null;
    for (Row<?> row : piece.made) {
      if (row.hasFailed()) {
        count++;
        while (inputs.hasNext() && (input == null || input.number() != row.number())) {
          input = inputs.next();
        }
        run.failed(input);
      }
    }
    return count;
  }

  /** Whether it is tried again. */
  private boolean retryOrFail(Slot slot, Slot.Piece piece, Outcome<?> outcome) {
    List<Slot.Piece> retries =
        retrying.again(piece.rows, piece.isRetry, outcome, !run.failsFast()).stream()
            .map(rows -> new Slot.Piece(rows, true))
            .toList();
    if (retries.isEmpty()) {
      slot.done(piece, List.of(job.failed(piece.rows, outcome.failure())));
    } else {
      slot.replace(piece, retries);
      retries.forEach(retry -> unsent.add(new Sent(slot, retry)));
    }
    return !retries.isEmpty();
  }

  /** Nobody needs what is under way. */
  void stop() {
    stopped = true;
    job.stop();
    unsent.clear();
    crew.abort();
  }
}
