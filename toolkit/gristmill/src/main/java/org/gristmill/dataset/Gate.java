package org.gristmill.dataset;

/** Lets the first rows through, and stops what makes more of them. */
final class Gate implements Inlet {
  private final Inlet next;
  private final Runnable stopUpstream;
  private final long limit;
  private long passed;
  private Position latest; // where the run may start again; null if nobody wants to know
  private boolean ended;

  /**
   * @param passed rows that went through in an earlier run that this one goes on with
   * @param from where that one stopped, as the steps before this one count; null if nobody wants to
   *     know where this one may be gone on with
   */
  Gate(long limit, long passed, Position from, Inlet next, Runnable stopUpstream) {
    this.limit = limit;
    this.passed = passed;
    this.latest = from;
    this.next = next;
    this.stopUpstream = stopUpstream;
  }

  @Override
  public void accept(Row<?> row) {
    if (ended) {
      return;
    }
    passed += row.hasValue() || row.hasFailed() ? 1 : 0;
    latest = row.after() == null ? latest : row.after();
    // The last row may be amid several of which only one says where to start again: wherever that
    // is, no more of them are let through.
    boolean tells = row.after() != null || (latest != null && passed >= limit);
    next.accept(tells ? row.after(latest.with(passed)) : row);
    endIfReached();
  }

  /** Ends what needs no more rows, also before the first one. */
  void endIfReached() {
    if (passed >= limit) {
      end();
      stopUpstream.run();
    }
  }

  @Override
  public void end() {
    if (!ended) {
      ended = true;
      next.end();
    }
  }

  @Override
  public boolean hasRoom() {
    return next.hasRoom();
  }

  @Override
  public long wants() {
    return Math.min(limit - passed, next.wants());
  }
}
