package org.gristmill.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * How far a run has come, at a place where it may start again. Immutable.
 *
 * @param next the first row of the source that is not done
 * @param digest of the names and versions of those that are
 * @param counters how many rows have passed each step of the plan that counts them, in the order of
 *     the plan
 */
public record Position(long next, long digest, List<Long> counters) implements Serializable {
  /** The begin of every run. */
  static final Position START = new Position(0, 0, List.of());

  /** The same with the counters of the first so many steps that count. */
  Position counted(int steps) {
    var fewer = new ArrayList<Long>();
    for (int i = 0; i < steps; i++) {
      fewer.add(i < counters.size() ? counters.get(i) : 0);
    }
    return new Position(next, digest, List.copyOf(fewer));
  }

  Position with(long counter) {
    var more = new ArrayList<>(counters);
    more.add(counter);
    return new Position(next, digest, List.copyOf(more));
  }

  /** The digest with one more row. */
  static long digest(long digest, String... names) {
    long hash = digest;
    for (String name : names) {
      String text = name == null ? "" : name;
      for (int i = 0; i < text.length(); i++) {
        hash = (hash ^ text.charAt(i)) * 0x100000001b3L; // FNV-1a
      }
      hash = (hash ^ 0xffff) * 0x100000001b3L;
    }
    return hash;
  }
}
