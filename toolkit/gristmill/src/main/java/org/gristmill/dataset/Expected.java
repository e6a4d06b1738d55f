package org.gristmill.dataset;

import java.util.OptionalLong;
import org.gristmill.observe.StageMeter;

/**
 * How many rows there will be at a place of a running plan.
 *
 * @param rows {@link Long#MAX_VALUE} if nobody knows
 * @param isEstimate whether that goes by the share of rows that steps let through so far
 */
record Expected(long rows, boolean isEstimate) {
  private static final long UNKNOWN = Long.MAX_VALUE;

  /** What a step makes of the rows before it. */
  interface Effect {
    Expected of(Expected before);
  }

  static Expected of(OptionalLong rows) {
    return new Expected(rows.orElse(UNKNOWN), false);
  }

  /** No more than that many go through. */
  static Effect limit(long rows) {
    return before -> before.rows > rows ? new Expected(rows, false) : before;
  }

  /** A stage that may drop rows, or make more of them. */
  static Effect share(StageMeter stage) {
    return before -> {
      if (before.rows == UNKNOWN || stage.rowsCollected() == 0) {
        return new Expected(UNKNOWN, true);
      }
      double share = stage.rowsOut() / (double) stage.rowsCollected();
      return new Expected(Math.round(before.rows * share), true);
    };
  }

  OptionalLong known() {
    return rows == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(rows);
  }
}
