package org.gristmill.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TileTest {
  private long now = 1; // nanoseconds
  private Screen screen = new Screen();
  private final Tile tile = new Tile(new Tiles(() -> Optional.ofNullable(screen)), () -> now);

  /** A cell that keeps what it shows. */
  private final class Screen implements Cell {
    private final Map<String, List<String>> frames = new LinkedHashMap<>(); // by name
    private double takes; // seconds

    @Override
    public void show(String id, boolean first, String html, String text) {
      assertEquals(first, !frames.containsKey(id), "shown first, then changed");
      frames.computeIfAbsent(id, name -> new ArrayList<>()).add(text);
      pass(takes);
    }

    List<String> only() {
      assertEquals(1, frames.size(), "tiles");
      return frames.values().iterator().next();
    }
  }

  private void pass(double seconds) {
    now += (long) (1e9 * seconds);
  }

  /** Tells of a run every fifth of a second, as runs do; gives how it stands then. */
  private Snapshots run(long id, double seconds) {
    var run = Snapshots.run(id);
    for (int fifths = 0; fifths < 5 * seconds; fifths++) {
      run = run.at(fifths / 5.0).rows(10L * fifths, 0);
      tile.progressed(run.running());
      pass(0.2);
    }
    return run.at(seconds);
  }

  @Test
  void aRunThatIsOverSoonShowsNothing() {
    tile.ended(run(1, 0.29).ended());

    assertEquals(Map.of(), screen.frames);
  }

  @Test
  void aFrameTakesThePlaceOfTheOtherAFewTimesASecondAndTheLastOneStays() {
    tile.ended(run(1, 10).ended());

    int frames = screen.only().size();
    assertTrue(frames >= 20 && frames <= 41, () -> frames + " frames in 10 s");
    assertTrue(screen.only().get(frames - 2).contains("running for"));
    assertTrue(screen.only().get(frames - 1).contains("ended after 10.0 s"));
  }

  @Test
  void theLastFrameComesHoweverSoonAfterTheOneBefore() {
    var run = run(1, 1);
    tile.progressed(run.running());
    tile.ended(run.failed("it broke"));

    var frames = screen.only();
    assertTrue(frames.get(frames.size() - 1).contains("failed after 1.0 s: it broke"));
  }

  @Test
  void framesThatTakeLongComeSeldom() {
    screen.takes = 0.1;

    run(1, 10);

    int frames = screen.only().size();
    assertTrue(frames <= 6, () -> frames + " frames of 0.1 s in 12 s");
    assertTrue(frames >= 4, () -> frames + " frames of 0.1 s in 12 s");
  }

  @Test
  void withoutACellNothingIsShownThenOrLater() {
    var there = screen;
    screen = null;
    var run = run(1, 2);
    screen = there;
    tile.ended(run.ended());

    assertEquals(Map.of(), there.frames);
  }

  @Test
  void aCellHasFiveTilesOfWhichTheLastIsUsedAgain() {
    for (int id = 1; id <= 7; id++) {
      tile.ended(run(id, 1).ended());
    }
    assertEquals(5, screen.frames.size());

    var next = new Screen();
    screen = next;
    tile.ended(run(8, 1).ended());
    assertEquals(1, next.frames.size(), "in another cell");
  }

  @Test
  void runsAtTheSameTimeHaveATileEach() {
    for (int fifths = 0; fifths < 10; fifths++) {
      tile.progressed(Snapshots.run(1).at(fifths / 5.0).running());
      tile.progressed(Snapshots.run(2).at(fifths / 5.0).running());
      pass(0.2);
    }
    tile.ended(Snapshots.run(1).at(2).ended());
    tile.ended(Snapshots.run(2).at(2).failed("it broke"));

    assertEquals(2, screen.frames.size());
  }

  @Test
  void theRunsOfAComparisonShareATileWithALineForEachArm() {
    try (var arms = tile.compare(List.of("one", "two"))) {
      for (int round = 1; round <= 2; round++) {
        arms.turn("one", "round " + round);
        tile.ended(run(2L * round, 0.2).rows(20, 0).at(0.2).ended());
        arms.turn("two", "round " + round);
        tile.ended(run(2L * round + 1, 2).rows(100, 0).ended());
      }
      arms.measured();
    }

    var frames = screen.only();
    String last = frames.get(frames.size() - 1);
    assertTrue(last.contains("ended after 4.4 s, round 2"), last);
    assertTrue(last.matches("(?s).*one +2  █{16} 100.0 rows/s.*"), last);
    assertTrue(last.matches("(?s).*two +2  █{8}░{8} 50.0 rows/s.*"), last);
    tile.ended(run(9, 1).ended());
    assertEquals(2, screen.frames.size(), "a run after it has a tile of its own");
  }

  @Test
  void aComparisonThatFailsTellsWhichArmDid() {
    try (var arms = tile.compare(List.of("one", "two"))) {
      arms.turn("one", "warm-up");
      tile.ended(run(1, 1).ended());
      arms.turn("two", "warm-up");
      tile.ended(run(2, 1).failed("it broke"));
    }

    var frames = screen.only();
    String last = frames.get(frames.size() - 1);
    assertTrue(last.contains("failed after 2.0 s, warm-up"), last);
    assertTrue(last.matches("(?s).*two +0 +none yet +failed: it broke.*"), last);
  }

  @Test
  void aComparisonOfWhichNobodyTellsShowsNothing() {
    try (var arms = tile.compare(List.of("one", "two"))) {
      pass(3);
      arms.measured();
    }

    assertEquals(Map.of(), screen.frames);
  }
}
