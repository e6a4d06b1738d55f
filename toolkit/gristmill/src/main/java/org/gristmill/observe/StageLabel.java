package org.gristmill.observe;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a stage is called in metrics: its place and the verb of its first step, such as {@code "2
 * mapBatches"}. Its name will not do, since it holds parameters such as paths, and each of them
 * would be a series of its own for as long as the process lives. Thread-safe.
 */
final class StageLabel {
  static final String OTHER = "other";
  private static final int MOST = 50;

  private final Set<String> given = ConcurrentHashMap.newKeySet();

  /** The label of the stage at that place; {@link #OTHER} when there are too many. */
  String of(int place, String name) {
    String label = place + " " + verb(name);
    if (given.contains(label)) {
      return label;
    }
    synchronized (given) { // so that there are never more
      if (given.size() < MOST) {
        given.add(label);
      }
      return given.contains(label) ? label : OTHER;
    }
  }

  private static String verb(String name) {
    int end = 0;
    while (end < name.length() && Character.isJavaIdentifierPart(name.charAt(end))) {
      end++;
    }
    return end == 0 ? "step" : name.substring(0, end);
  }
}
