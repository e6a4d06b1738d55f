package org.gristmill;

import java.util.List;
import org.gristmill.drift.Seen;
import org.gristmill.drift.Sketches;

/** Profiles of rows that were seen before, for draws by the thousand. */
public final class Profiles {
  private Profiles() {}

  public static Profile of(List<Seen> rows) {
    var sketches = new Sketches();
    rows.forEach(sketches::add);
    return new Profile("recorded", "recorded", sketches.summary());
  }
}
