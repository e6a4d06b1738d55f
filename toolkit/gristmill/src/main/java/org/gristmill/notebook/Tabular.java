package org.gristmill.notebook;

import java.util.List;

/** What is best looked at as a table. */
public interface Tabular {
  /** The value as a table. */
  Table table();

  /** All tables that it is shown as, one below the other. */
  default List<Table> tables() {
    return List.of(table());
  }
}
