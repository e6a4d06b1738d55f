package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.gristmill.GristmillException;
import org.gristmill.observe.Snapshot;
import org.gristmill.observe.StageMeter;
import org.gristmill.pool.Crew;
import org.gristmill.pool.Outcome;

/**
 * Where the rows of a run begin. A source that may wait, for a disk or a server, is listed by a
 * thread of its own; one in memory by the driving thread.
 */
final class SourceLink implements Link {
  private static final int MOST_ROWS = 256; // listed at once
  private static final long MOST_NANOS = 5_000_000; // then what there is goes on its way

  private final RunContext run;
  private final Rows rows;
  private final Crew<AutoCloseable> crew; // null where the driving thread lists
  private final Position from;
  private final Inlet out;
  private final StageMeter meter;
  private long digest = Position.START.digest(); // of the rows so far; the lister's
  private boolean checked; // whether the rows before the first one are those of then; the lister's
  private int size = 1; // rows to list at once: grows, so that the first one is soon there
  private final List<Row<?>> listedRows = new ArrayList<>(); // guarded by itself; to be handed on
  private boolean listing;
  private long listingSince;
  private boolean ended;
  private boolean blocked; // there is no room for more rows
  private boolean outOfMemory; // because the run's bytes are spent
  private boolean listedAll;

  /** How a call for more rows ended: with so many, perhaps the last, or a failure behind them. */
  private record Page(int rows, boolean isLast, Throwable failure) {}

  /**
   * @param from where an earlier run stopped: rows before it are listed and left out
   */
  SourceLink(
      RunContext run,
      Rows rows,
      Crew<AutoCloseable> crew,
      Position from,
      StageMeter meter,
      Inlet out) {
    this.run = run;
    this.rows = rows;
    this.crew = crew;
    this.from = from;
    this.meter = meter;
    this.out = out;
    meter.workers(crew == null ? 0 : 1);
  }

  @Override
  public boolean collect() {
    return false; // pages are handed on as they come
  }

  @Override
  public boolean submit(boolean forced) throws InterruptedException {
    blocked = !out.hasRoom();
    outOfMemory = !(blocked || forced || run.budget().hasRoomFor(0));
    if (ended || listing || blocked || outOfMemory) {
      return false;
    }
    int wanted = forced ? 1 : (int) Math.min(out.wants(), size);
    long room = run.budget().room();
    if (crew == null) {
      handOn(list(wanted, room));
    } else {
      listing = true;
      listingSince = run.host().nanoTime();
      crew.submit(nothing -> list(wanted, room), outcome -> run.host().post(() -> listed(outcome)));
    }
    return true;
  }

  private void listed(Outcome<Page> outcome) {
    listing = false;
    if (ended) {
      return;
    }
    boolean failed = outcome.failure() != null;
    int count = failed ? 0 : outcome.value().rows();
    meter.task(count);
    meter.spent(outcome.work(), 1, count, failed);
    if (!failed) {
      handOn(outcome.value());
    } else {
      fail(outcome.failure());
    }
  }

  /**
   * Lists rows, on the lister's thread.
   *
   * @param room bytes after which it is enough
   */
  private Page list(int wanted, long room) throws InterruptedException {
    long until = run.host().nanoTime() + MOST_NANOS;
    int count = 0;
    for (long bytes = 0; count < wanted && (count == 0 || bytes < room); ) {
      Row<?> row;
      try {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        row = rows.next();
      } catch (InterruptedException interrupted) {
        throw interrupted;
      } catch (Throwable failed) {
        return new Page(count, false, failed);
      }
      if (row == null || row.number() >= from.next()) {
        if (!checked && digest != from.digest()) {
          return new Page(count, false, new SourceChanged());
        }
        checked = true;
      }
      if (row == null) {
        return new Page(count, true, null);
      }
      if (run.hasPositions()) {
        digest = Position.digest(digest, row.path(), version(row.value()));
        row = row.after(new Position(row.number() + 1, digest, List.of()));
      }
      if (row.number() >= from.next()) {
        synchronized (listedRows) {
          listedRows.add(row);
        }
        count++;
        bytes += row.bytes();
      }
      if (run.host().nanoTime() > until && count > 0) {
        break;
      }
    }
    return new Page(count, false, null);
  }

  /** What tells whether a row's content is still the same, where that costs next to nothing. */
  private static String version(Object value) {
    if (value instanceof Versioned versioned) {
      return versioned.version();
    }
    boolean speaks =
        value instanceof CharSequence || value instanceof Number || value instanceof Boolean;
    return speaks ? value.toString() : "";
  }

  private void handOn(Page page) {
    boolean soon = page.rows() >= size;
    size = soon ? Math.min(2 * size, MOST_ROWS) : Math.max(1, page.rows());
    handOnListed();
    if (page.failure() != null) {
      fail(page.failure());
    } else if (page.isLast()) {
      listedAll = true;
      end();
    }
  }

  /**
   * Hands on what is there, also of a page that is not whole: the next row may be long in coming.
   */
  private void handOnListed() {
    List<Row<?>> there;
    synchronized (listedRows) {
      there = List.copyOf(listedRows);
      listedRows.clear();
    }
    for (Row<?> row : there) {
      if (ended) {
        return;
      }
      run.budget().take(row.bytes());
      meter.out(row.bytes());
      out.accept(row);
    }
  }

  private void fail(Throwable failed) {
    if (failed instanceof SourceChanged changed) {
      throw changed;
    }
    var why =
        failed instanceof GristmillException told
            ? told
            : new GristmillException(
                meter.name() + ": " + GristmillException.reason(failed), failed);
    out.accept(new Row<Object>(Exit.FATAL, null, null).failed(why));
    end();
  }

  private void end() {
    if (!ended) {
      ended = true;
      out.end();
    }
  }

  @Override
  public boolean isRunning() {
    return listing && !ended; // what was queued when it was stopped is never heard of
  }

  @Override
  public void stop() {
    ended = true;
    if (crew != null) {
      crew.abort();
    }
  }

  @Override
  public long tick(long now, long elapsed) {
    if (!ended && !listing && crew != null) {
      meter.waitedForRoom(blocked ? elapsed : 0);
      meter.waitedForMemory(outOfMemory ? elapsed : 0);
    }
    if (ended || !listing) {
      return Long.MAX_VALUE;
    }
    if (now - listingSince < MOST_NANOS) {
      return MOST_NANOS;
    }
    synchronized (listedRows) {
      if (!listedRows.isEmpty()) {
        run.host().post(this::handOnListed);
      }
    }
    return Long.MAX_VALUE;
  }

  /** How many rows the source gives in this run, if that is known. */
  OptionalLong total() {
    OptionalLong all = rows.size();
    return listedAll
        ? OptionalLong.of(meter.rowsOut())
        : all.isPresent() ? OptionalLong.of(all.getAsLong() - from.next()) : all;
  }

  @Override
  public Snapshot.StageNow now() {
    return new Snapshot.StageNow(0, listing ? 1 : 0, ended);
  }

  @Override
  public StageMeter meter() {
    return meter;
  }
}
