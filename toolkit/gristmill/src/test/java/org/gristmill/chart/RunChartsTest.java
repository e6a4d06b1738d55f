package org.gristmill.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.ExecutionPlan;
import org.gristmill.NothingLeft;
import org.gristmill.RunStats;
import org.gristmill.Timeline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Figures are looked at by people; here it is counted what of each colour is in them. */
@ExtendWith(NothingLeft.class)
class RunChartsTest {
  private static final Color PALE = new Color(0xcc, 0xcc, 0xcc);
  private static final int LEGEND = 600; // pixels of its patches, at most

  private static long pixels(BufferedImage image, Color colour) {
    return IntStream.range(0, image.getWidth() * image.getHeight())
        .map(i -> image.getRGB(i % image.getWidth(), i / image.getWidth()))
        .filter(rgb -> rgb == colour.getRGB())
        .count();
  }

  private static ExecutionPlan.Stage stage(String name, int workers, int... seconds) {
    var times = IntStream.of(seconds).mapToObj(Duration::ofSeconds).toList();
    var duration =
        new ExecutionPlan.Percentiles(
            Duration.ofMillis(10), Duration.ofMillis(20), Duration.ofMillis(40));
    return new ExecutionPlan.Stage(
        name,
        String.valueOf(workers),
        Optional.of(
            new ExecutionPlan.Measured(
                true,
                workers,
                10,
                10,
                0,
                10,
                0,
                Duration.ofSeconds(10),
                times.get(0),
                Duration.ZERO,
                times.get(1),
                times.get(2),
                times.get(3),
                duration,
                new TreeMap<>(Map.of(1, 10)),
                0,
                0,
                Duration.ZERO,
                ExecutionPlan.Waste.NONE,
                List.of())));
  }

  /** A run of ten seconds. */
  private static RunStats stats(
      List<ExecutionPlan.Stage> stages,
      SortedMap<Integer, Integer> sizes,
      List<Timeline.Sample> samples) {
    return new RunStats(
        "steps",
        10,
        0,
        Duration.ofSeconds(10),
        Duration.ZERO,
        1,
        Duration.ZERO,
        sizes,
        0,
        Map.of(),
        Duration.ZERO,
        Duration.ZERO,
        0,
        new RunStats.Memory(0, 0, 0, 0, 0, -1),
        new ExecutionPlan(stages, ""),
        new Timeline(List.of(), List.of(), List.of(), samples),
        List.of(),
        List.of());
  }

  private static RunStats withStages(ExecutionPlan.Stage... stages) {
    return stats(List.of(stages), new TreeMap<>(), List.of());
  }

  private static RunStats withSizes(SortedMap<Integer, Integer> sizes) {
    return stats(List.of(), sizes, List.of());
  }

  @Test
  void aStagesTimeIsDividedAsItWasMeasured() {
    var chart = withStages(stage("mapBatches", 2, 8, 4, 2, 4)).stagesChart();

    double busy = pixels(chart, Look.BLUE) - LEGEND / 2.0;
    assertEquals(0.5, (pixels(chart, PALE) - LEGEND / 2.0) / busy, 0.1);
    assertEquals(0.25, (pixels(chart, Look.ORANGE) - LEGEND / 2.0) / busy, 0.1);
    assertEquals(0.5, (pixels(chart, Look.RED) - LEGEND / 2.0) / busy, 0.1);
  }

  @Test
  void timeThatWasNotAccountedForStaysBlank() {
    var half = withStages(stage("mapBatches", 2, 10, 0, 0, 0)).stagesChart();
    var whole = withStages(stage("mapBatches", 2, 20, 0, 0, 0)).stagesChart();
    var more = withStages(stage("mapBatches", 2, 40, 0, 0, 0)).stagesChart();

    assertEquals(2.0, (double) pixels(whole, Look.BLUE) / pixels(half, Look.BLUE), 0.15);
    assertEquals(pixels(whole, Look.BLUE), pixels(more, Look.BLUE), "never above 100 %");
  }

  @Test
  void stagesOfTheSameNameAreABarEach() {
    var one = withStages(stage("map", 1, 10, 0, 0, 0)).stagesChart();
    var two = withStages(stage("map", 1, 10, 0, 0, 0), stage("map", 1, 0, 10, 0, 0)).stagesChart();

    assertTrue(pixels(one, PALE) < LEGEND);
    assertTrue(pixels(two, PALE) > 10 * LEGEND, "the second one waited");
  }

  @Test
  void manyStagesWithLongNamesAreDrawn() {
    var stages = new ArrayList<ExecutionPlan.Stage>();
    for (int i = 0; i < 30; i++) {
      stages.add(stage("readImages(" + "/a/long/path".repeat(20) + ")", 1, 5, 5, 0, 0));
    }
    var stats = withStages(stages.toArray(ExecutionPlan.Stage[]::new));

    assertTrue(pixels(stats.stagesChart(), Look.BLUE) > 10 * LEGEND);
    assertTrue(pixels(stats.latencyChart(), Look.BLUE) > LEGEND);
  }

  @Test
  void percentilesAreBarsOfTheirLength() {
    var chart = withStages(stage("mapBatches", 1, 1, 0, 0, 0)).latencyChart();

    double p99 = pixels(chart, Look.BLUE) - LEGEND / 2.0;
    assertEquals(0.5, (pixels(chart, Look.ORANGE) - LEGEND / 2.0) / p99, 0.1);
    assertEquals(0.25, (pixels(chart, Look.SKY) - LEGEND / 2.0) / p99, 0.1);
  }

  @Test
  void aFigureOfBatchSizesHasABarForEachSize() {
    long one = pixels(withSizes(new TreeMap<>(Map.of(16, 5))).batchSizesChart(), Look.BLUE);
    var many = new TreeMap<Integer, Integer>();
    IntStream.rangeClosed(1, 1000).forEach(size -> many.put(size, 5));

    assertTrue(one > 10 * LEGEND, "one size");
    assertTrue(pixels(withSizes(many).batchSizesChart(), Look.BLUE) > 10 * LEGEND, "1,000 sizes");
  }

  @Test
  void memoryHasALineForEachKindAndOneForGpusWhereThereAreAny() {
    assertEquals(0, pixels(withSamples(-1).memoryChart(), Look.PURPLE));
    var chart = withSamples(900_000_000).memoryChart();
    for (Color colour : List.of(Look.BLUE, Look.ORANGE, Look.PURPLE, Look.RED, Look.GREEN)) {
      assertTrue(pixels(chart, colour) > 100, colour + ": " + pixels(chart, colour));
    }
  }

  private static RunStats withSamples(long gpu) {
    var samples = new ArrayList<Timeline.Sample>();
    for (int i = 0; i <= 100; i++) {
      samples.add(
          new Timeline.Sample(
              i * 100_000_000L,
              i,
              List.of(),
              i * 1_000_000L,
              400_000_000,
              50_000_000,
              2_000_000_000,
              1,
              gpu < 0 ? -1 : 0.5,
              gpu));
    }
    return stats(List.of(), new TreeMap<>(), samples);
  }

  @Test
  void aRealRunIsDrawn() {
    var stats =
        Dataset.of(IntStream.range(0, 200).boxed().toList())
            .map(i -> i)
            .mapBatches(16, ActorPool.of(2, device -> batch -> batch))
            .toList()
            .stats();

    assertEquals(Look.WIDTH, stats.stagesChart().getWidth());
    assertTrue(pixels(stats.latencyChart(), Look.BLUE) > LEGEND);
    assertTrue(pixels(stats.batchSizesChart(), Look.BLUE) > LEGEND);
    assertTrue(pixels(stats.memoryChart(), Look.INK) > 100);
  }

  @Test
  void anEmptyRunIsDrawnAsASentence() {
    var stats = Dataset.of(List.of()).toList().stats();

    for (var chart :
        List.of(
            stats.stagesChart(),
            stats.latencyChart(),
            stats.batchSizesChart(),
            stats.memoryChart())) {
      assertEquals(Look.WIDTH, chart.getWidth());
      assertTrue(pixels(chart, Look.INK) > 100, "nothing is said");
    }
  }
}
