package org.gristmill.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.gristmill.observe.Snapshot;
import org.junit.jupiter.api.Test;

class FrameTest {
  /** What is read where styles are stripped. */
  private static String read(Snapshot run) {
    String html = Frame.of(run).html();
    assertFalse(html.contains("<script") || html.contains("<style") || html.contains("color"));
    return html.replaceAll("<[^>]*>", " ").replaceAll("[\\s\u00a0]+", " ");
  }

  private static void assertTells(String part, Snapshot run) {
    assertTrue(read(run).contains(part), () -> part + " in: " + read(run));
    String text = Frame.of(run).text().replaceAll("[\\s\u00a0]+", " ");
    assertTrue(text.contains(part), () -> part + " in: " + text);
  }

  @Test
  void aRunningRunTellsHowFarItIsAndHowLongTheRestMayTake() {
    var run = Snapshots.run(1).at(12.3).rows(498, 2).running(7.6, 9.4);

    assertTells("running for 12.3 s", run);
    assertTells("███████████████░░░░░░░░░░░░░░░ 50 %, 500 of 1000", run);
    assertTells("time left 7 to 10 s", run);
    assertTells("set aside 2 rows", run);
    assertTells("████████░░░░░░░░ 50 MB of 100 MB, process 700 MB", run);
    assertTells("████████░░░░░░░░ 50 % 10 249", run);
    assertTells("mapBatches(16, 2 workers) 2 32 4 498", run);
  }

  @Test
  void withoutATotalThereIsNoBarAndNoTimeLeft() {
    var run = Snapshots.run(1).unknownTotal().at(5).rows(77, 0).running();

    assertTells("rows 77 rate", run);
    assertTells("time left not known yet", run);
  }

  @Test
  void aRunThatEndedIsWhole() {
    var run = Snapshots.run(1).at(100).rows(1000, 0).ended();

    assertTells("ended after 1 min 40 s", run);
    assertTells("█ 100 %, 1000 rate 10.0 rows/s", run);
    assertFalse(read(run).contains("time left"));
  }

  @Test
  void aRunThatFailedTellsWhyAndWhatAUserWroteIsText() {
    var run = Snapshots.run(1).at(3).rows(10, 0).failed("row 10 is <b>odd</b>");

    assertTrue(
        Frame.of(run).html().contains("failed after 3.0 s: row 10 is &lt;b&gt;odd&lt;/b&gt;"));
    assertTrue(Frame.of(run).text().contains("failed after 3.0 s: row 10 is <b>odd</b>"));
  }

  @Test
  void manyActorsShareALine() {
    var run = Snapshots.run(1).actors(64).at(10).rows(640, 0).running();

    assertTells("0 to 63 cpu (1 thread) ▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅ 50 % 640 640", run);
  }

  @Test
  void aBarIsFullOnlyAtTheEndAndEmptyOnlyAtTheBeginning() {
    assertEquals("░░░░", Bar.of(0, 4));
    assertEquals("▏░░░", Bar.of(1e-6, 4));
    assertEquals("██░░", Bar.of(0.5, 4));
    assertEquals("██▌░", Bar.of(0.64, 4));
    assertEquals("███▉", Bar.of(1 - 1e-6, 4));
    assertEquals("████", Bar.of(1, 4));
    assertEquals("████", Bar.of(1.5, 4));
  }

  @Test
  void aRangeOfTimeIsReadableAndNeverNothing() {
    assertEquals("under 1 s", left(0, 0));
    assertEquals("under 3 s", left(0.4, 2.1));
    assertEquals("8 to 10 s", left(8.2, 9.1));
    assertEquals("about 3 s", left(3, 3));
    assertEquals("40.0 s to 3 min", left(40, 170));
    assertEquals("2 to 6 min", left(130, 340));
    assertEquals("1 to 5 h", left(5400, 18_000));
    assertEquals("more than 10 h 00 min", left(36_000, 400_000));
    assertEquals("more than 100 h", left(400_000, 500_000));
  }

  private static String left(double low, double high) {
    return Progress.left(Snapshots.run(1).running(low, high)).orElseThrow();
  }
}
