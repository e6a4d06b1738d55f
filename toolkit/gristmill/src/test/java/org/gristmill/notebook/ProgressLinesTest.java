package org.gristmill.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressLinesTest {
  private long now = 1; // nanoseconds
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ProgressLines lines =
      new ProgressLines(new PrintStream(out, true, StandardCharsets.US_ASCII), () -> now);

  /** Tells of a run every fifth of a second, as runs do. */
  private Snapshots run(double seconds) {
    var run = Snapshots.run(1);
    for (int fifths = 0; fifths <= 5 * seconds; fifths++) {
      run = run.at(fifths / 5.0).rows(10L * fifths, fifths >= 40 ? 2 : 0);
      lines.progressed(run.running(5, 9.5));
      now += 200_000_000;
    }
    return run;
  }

  private List<String> printed() {
    return out.toString(StandardCharsets.US_ASCII).lines().toList();
  }

  @Test
  void aRunUnderTwoSecondsSaysNothing() {
    lines.ended(run(1.9).ended());

    assertEquals(List.of(), printed());
  }

  @Test
  void aLineComesAfterTwoSecondsThenEveryTenAndAtTheEnd() {
    lines.ended(run(19).ended());

    assertEquals(
        List.of(
            "gristmill: mapBatches(16, 2 workers): 100 of 1000 rows, 50.0 rows/s, 5 to 10 s left",
            "gristmill: mapBatches(16, 2 workers): 602 of 1000 rows, 50.0 rows/s, 5 to 10 s left, 2 set aside",
            "gristmill: mapBatches(16, 2 workers): 952 rows, 50.0 rows/s, ended after 19.0 s, 2 set aside"),
        printed());
  }

  @Test
  void aFailureIsOneLineToo() {
    lines.ended(run(3).failed("it broke,\nbadly"));

    assertEquals(
        "gristmill: mapBatches(16, 2 workers): 150 of 1000 rows, 50.0 rows/s,"
            + " failed after 3.0 s: it broke, badly",
        printed().get(1));
  }
}
