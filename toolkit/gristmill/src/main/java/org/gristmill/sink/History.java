package org.gristmill.sink;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What became of what was found in a folder, in sentences. Owned by one thread. */
final class History {
  private static final int HASH = 12; // hexadecimal digits, enough to tell two models apart

  private final Path folder;
  private final List<String> moves = new ArrayList<>();

  History(Path folder) {
    this.folder = folder;
  }

  /** A move that was cut short has been finished. */
  void finished(Path to) {
    moves.add(
        "%s held segments of an earlier run, which ended while it moved them: they were moved to %s"
            .formatted(folder, to));
  }

  void superseded(int segments, long rows, String why, Path to) {
    moves.add(
        "%s held %s (%s)%s: they were moved to %s, this run starts from the first row"
            .formatted(folder, count(segments, "segment"), count(rows, "row"), why, to));
  }

  /** All that there is to tell, given the state at the end. */
  List<String> notes(boolean wasComplete, boolean resumed, long rowsFound) {
    var notes = new ArrayList<String>(moves);
    if (wasComplete) {
      notes.add(
          "%s is complete: %s, nothing was left to do".formatted(folder, count(rowsFound, "row")));
    } else if (resumed) {
      notes.add(
          "%s: went on after %s that an earlier run had written"
              .formatted(folder, count(rowsFound, "row")));
    }
    return List.copyOf(notes);
  }

  /** In what the run that wrote a folder is another one than the run that opens it. */
  static String difference(Map<String, String> was, Map<String, String> is) {
    var names = new LinkedHashSet<>(is.keySet());
    names.addAll(was.keySet());
    var differences = new ArrayList<String>();
    for (String name : names) {
      String before = was.getOrDefault(name, "none");
      String now = is.getOrDefault(name, "none");
      if (!before.equals(now)) {
        differences.add("another %s (it was %s, it is %s)".formatted(name, before, now));
      }
    }
    return " of a run with " + String.join(" and ", differences);
  }

  static String otherContent(String model, String was, String is) {
    return "the model %s had the SHA-256 %s and has %s"
        .formatted(model, shortened(was), shortened(is));
  }

  static String otherModels(String model, Iterable<String> were) {
    return "the model %s is new, the run had used [%s]".formatted(model, String.join(", ", were));
  }

  private static String shortened(String hash) {
    return hash.substring(0, Math.min(HASH, hash.length()));
  }

  private static String count(long number, String what) {
    return String.format(Locale.ROOT, "%,d %s%s", number, what, number == 1 ? "" : "s");
  }
}
