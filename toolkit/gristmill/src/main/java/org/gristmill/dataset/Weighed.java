package org.gristmill.dataset;

/** A value that knows what it takes in memory. */
public interface Weighed {
  /** Bytes, roughly. */
  long bytes();
}
