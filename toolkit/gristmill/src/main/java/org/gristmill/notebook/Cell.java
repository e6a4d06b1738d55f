package org.gristmill.notebook;

/** A cell of a notebook, which can show something and change it later. Equal if it is the same. */
interface Cell {
  /**
   * Shows this under that name, or puts it in place of what the name showed.
   *
   * @param first whether the name shows nothing yet
   * @param text the same for those who show no HTML
   */
  void show(String id, boolean first, String html, String text);
}
