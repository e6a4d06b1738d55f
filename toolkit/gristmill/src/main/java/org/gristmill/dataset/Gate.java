package org.gristmill.dataset;

/** Lets the first rows through, and stops what makes more of them. */
final class Gate implements Inlet {
  private final Inlet next;
  private final Runnable stopUpstream;
  private final long limit;
  private long passed;
  private boolean ended;

  /**
   * @param passed rows that went through in an earlier run that this one goes on with
   */
  Gate(long limit, long passed, Inlet next, Runnable stopUpstream) {
    this.limit = limit;
    this.passed = passed;
    this.next = next;
    this.stopUpstream = stopUpstream;
  }

  @Override
  public void accept(Row<?> row) {
    if (ended) {
      return;
    }
    passed += row.hasValue() || row.hasFailed() ? 1 : 0;
    next.accept(row.after() == null ? row : row.after(row.after().with(passed)));
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
