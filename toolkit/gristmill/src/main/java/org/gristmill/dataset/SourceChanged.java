package org.gristmill.dataset;

/** The rows before the place where an earlier run stopped are not the same any more. */
final class SourceChanged extends RuntimeException {
  private static final long serialVersionUID = 1L;
}
