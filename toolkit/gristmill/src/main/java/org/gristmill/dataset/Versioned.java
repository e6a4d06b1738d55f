package org.gristmill.dataset;

/** What can tell whether its content is still what it was. */
public interface Versioned {
  /** Another text if the content has changed; cheap to ask. */
  String version();
}
