package org.gristmill.pool;

import org.gristmill.observe.Work;

/**
 * How a task ended.
 *
 * @param value what it gave, if it did not fail
 * @param failure what it threw, or null
 * @param work what its time went into
 * @param died whether its worker is not to be trusted any more and was made anew
 */
public record Outcome<R>(R value, Throwable failure, Work work, boolean died) {}
