package org.gristmill.pool;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A task took longer than it may. The message says where it was. */
public final class TimedOut extends Exception {
  private static final long serialVersionUID = 1L;
  private static final int FRAMES = 6;

  private final boolean stuck;

  TimedOut(long limitNanos, StackTraceElement[] stack, boolean stuck) {
    super(
        "not done after %s%s; it is at %s"
            .formatted(
                text(limitNanos),
                stuck ? ", nor did it answer an interrupt" : "",
                Arrays.stream(stack)
                    .limit(FRAMES)
                    .map(StackTraceElement::toString)
                    .collect(Collectors.joining(", called by "))));
    setStackTrace(stack);
    this.stuck = stuck;
  }

  /** Whether the actor did not answer an interrupt either. */
  public boolean isStuck() {
    return stuck;
  }

  private static String text(long nanos) {
    return Duration.ofNanos(nanos).toString().substring(2).toLowerCase(java.util.Locale.ROOT);
  }
}
