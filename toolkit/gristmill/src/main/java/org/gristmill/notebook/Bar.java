package org.gristmill.notebook;

/** Shares drawn with block characters, which read the same as text, in HTML, light and dark. */
final class Bar {
  private static final int EIGHTHS = 8;
  private static final String PARTS = " ▏▎▍▌▋▊▉";
  private static final String HEIGHTS = "▁▂▃▄▅▆▇█";

  private Bar() {}

  /**
   * A bar of so many characters: full only if the share is 1, and empty only if it is 0.
   *
   * @param share from 0 to 1
   */
  static String of(double share, int width) {
    int eighths = width * EIGHTHS;
    int filled = (int) (Math.max(0, Math.min(1, share)) * eighths);
    filled = share > 0 ? Math.max(1, filled) : filled;
    int rest = filled % EIGHTHS;
    String part = rest == 0 ? "" : PARTS.substring(rest, rest + 1);
    String full = "█".repeat(filled / EIGHTHS);
    return full + part + "░".repeat(width - full.length() - part.length());
  }

  /** One share as one character. */
  static char height(double share) {
    int height = (int) (Math.max(0, Math.min(1, share)) * HEIGHTS.length());
    return HEIGHTS.charAt(Math.min(height, HEIGHTS.length() - 1));
  }
}
