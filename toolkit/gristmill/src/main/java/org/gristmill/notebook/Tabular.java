package org.gristmill.notebook;

/** What is best looked at as a table. */
public interface Tabular {
  /** The value as a table. */
  Table table();
}
