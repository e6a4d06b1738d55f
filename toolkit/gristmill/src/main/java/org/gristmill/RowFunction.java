package org.gristmill;

import java.io.Serializable;
import java.util.function.Function;

/**
 * A function of single rows that can be sent to another process, as lambdas and method references
 * are where what they capture is serializable. Within this process that does not matter.
 */
@FunctionalInterface
public interface RowFunction<T, R> extends Function<T, R>, Serializable {}
