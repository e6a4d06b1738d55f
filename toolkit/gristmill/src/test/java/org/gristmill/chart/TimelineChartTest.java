package org.gristmill.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.gristmill.Timeline;
import org.gristmill.Timeline.Kind;
import org.gristmill.Timeline.Lane;
import org.gristmill.Timeline.Sample;
import org.gristmill.Timeline.Span;
import org.junit.jupiter.api.Test;

class TimelineChartTest {
  private static final long SECOND = 1_000_000_000;

  /** Actors that load for a tenth of a second, and then work for 10 s with pauses. */
  private static Timeline timeline(int actors, int failed) {
    var lanes = new ArrayList<Lane>();
    var spans = new ArrayList<Span>();
    for (int actor = 0; actor < actors; actor++) {
      lanes.add(new Lane(1, actor, "gpu:" + actor));
      spans.add(new Span(1, actor, Kind.MAKING, 0, SECOND, 0, 0, SECOND, SECOND / 2, 0));
      for (long at = SECOND; at < 10 * SECOND; at += SECOND) {
        spans.add(
            new Span(1, actor, Kind.TASKS, at, at + SECOND / 2, 1, 16, SECOND / 2, 0, failed));
      }
    }
    var samples = new ArrayList<Sample>();
    for (int i = 0; i <= 100; i++) {
      samples.add(
          new Sample(
              i * SECOND / 10,
              i,
              List.of(0, i % 16),
              i * 1_000_000L,
              1,
              1,
              5_000_000L * i,
              0.5,
              -1,
              -1));
    }
    return new Timeline(List.of("of(100 rows)", "mapBatches(16)"), lanes, spans, samples);
  }

  /** Pixels of a picture that have exactly this colour, from a row on. */
  private static long count(BufferedImage image, Color colour, int from) {
    long count = 0;
    for (int y = from; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        count += image.getRGB(x, y) == colour.getRGB() ? 1 : 0;
      }
    }
    return count;
  }

  private static double share(BufferedImage image, Color of, Color and) {
    int lanes = 120; // below the legend
    double count = count(image, of, lanes);
    return count / (count + count(image, and, lanes));
  }

  @Test
  void theTimeOfWorkAndOfLoadingIsDrawnToScale() {
    var image = TimelineChart.draw(timeline(2, 0));

    assertEquals(2 * TimelineChart.WIDTH, image.getWidth());
    double loading = share(image, Look.PURPLE, Look.BLUE);
    assertEquals(0.5 / (0.5 + 4.5), loading, 0.01, "loading by loading and tasks");
    double making = share(image, Look.ORANGE, Look.PURPLE);
    assertEquals(0.5, making, 0.01, "what else making took by that and loading");
  }

  @Test
  void failuresAreMarked() {
    assertEquals(0, count(TimelineChart.draw(timeline(2, 0)), Look.RED, 120));
    assertTrue(count(TimelineChart.draw(timeline(2, 1)), Look.RED, 120) > 18 * 50);
  }

  @Test
  void manyActorsFitIntoAPicture() {
    for (int actors : new int[] {0, 1, 64, 1000}) {
      var image = TimelineChart.draw(timeline(actors, 1));
      assertTrue(image.getHeight() < 2 * 900, () -> actors + ": " + image.getHeight());
    }
  }

  @Test
  void theTextTellsTheNumbers() {
    assertEquals(
        "Timeline of a run of 10 s; mapBatches(16): 2 actors, 18 tasks, 288 rows, 55 % busy,"
            + " 5 % loading models, 0 failed; process at most 500 MB.",
        TimelineChart.describe(timeline(2, 0)));
  }

  @Test
  void spansThatAreShorterThanAColumnAddUp() {
    var random = new Random(7);
    var spans = new ArrayList<Span>();
    long at = 0;
    long busy = 0;
    for (int i = 0; i < 10_000; i++) {
      long length = 1000L + random.nextInt(200_000);
      long work = length / (1 + random.nextInt(3));
      spans.add(new Span(0, 0, Kind.TASKS, at, at + length, 1, 1, work, 0, 0));
      busy += work;
      at += length + random.nextInt(1000);
    }
    var columns = new Columns(spans, 700, at, 1);

    double sum = 0;
    for (int i = 0; i < columns.count(); i++) {
      double share = columns.share(Columns.What.TASKS, i);
      assertTrue(share >= 0 && share <= 1 + 1e-9, () -> "share " + share);
      sum += share * at / columns.count();
    }
    assertEquals(1, sum / busy, 1e-6);
  }
}
