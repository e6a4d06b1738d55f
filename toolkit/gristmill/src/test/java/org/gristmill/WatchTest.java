package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.gristmill.drift.Feature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(60)
@ExtendWith(NothingLeft.class)
class WatchTest {
  /** Row i is a pixel of that brightness. */
  private static Dataset<Image> images(int count) {
    return Dataset.of(IntStream.range(0, count).boxed().toList())
        .map(i -> Image.of(1, 1, Image.Mode.GREY, new byte[] {(byte) (i % 200)}, "picture/" + i));
  }

  private static ActorPool<Image, Prediction> parity() {
    return ActorPool.of(1, device -> batch -> batch.stream().map(WatchTest::parity).toList());
  }

  private static Prediction parity(Image image) {
    int index = image.sample(0, 0, 0) % 2;
    var scores =
        List.of(
            new Prediction.Score(index, "a", 0.75f), new Prediction.Score(1 - index, "b", 0.25f));
    return new Prediction(index, "a", 0.75f, scores);
  }

  @Test
  void everyRowIsSeenOnceAndPredictionsAreTheSame() {
    var watch = Watch.over(parity()).labels(image -> 0);
    var run = images(300).mapBatches(16, watch.pool()).toList();

    assertEquals(List.copyOf(images(300).mapBatches(16, parity()).toList()), List.copyOf(run));
    var profile = watch.profile();
    assertEquals(300, profile.rows());
    assertEquals(300, profile.accuracy().count());
    assertEquals(150, profile.accuracy().successes());
    assertEquals(74, profile.summary().of(Feature.BRIGHTNESS).at(0.5), 4);
    assertEquals("class 0: 50 %", profile.summary().mostOftenPredicted());
    assertTrue(profile.toString().contains("300 rows, 300 with a label, 50.0 % of them right."));
  }

  @Test
  void rowsThatFailAreNotSeen() {
    var failing =
        ActorPool.<Image, Prediction>of(
            1,
            device ->
                batch -> {
                  if (batch.stream().anyMatch(image -> image.sample(0, 0, 0) == 7)) {
                    throw new IllegalStateException("a seven");
                  }
                  return batch.stream().map(WatchTest::parity).toList();
                });
    var watch = Watch.over(failing);

    var run =
        images(32)
            .onError(OnError.setAside("target/watch-failed.jsonl"))
            .mapBatches(8, watch.pool())
            .toList();

    assertEquals(31, run.size());
    assertEquals(31, watch.profile().rows());
  }

  @Test
  void windowsAreOfTheSameNumberAndGrowLongerWhenThereAreMany() {
    var watch = Watch.over(parity()).windowsOf(10);

    images(155).mapBatches(16, watch.pool()).forEach(prediction -> {});
    var short16 = watch.windows();
    images(30).mapBatches(16, watch.pool()).forEach(prediction -> {});
    var longer = watch.windows();

    assertEquals(16, short16.size());
    assertEquals(10, short16.get(0).rows());
    assertEquals(5, short16.get(15).rows());
    assertEquals(List.of(20L, 20L, 20L, 20L, 20L, 20L, 20L, 20L, 20L, 5L), rows(longer));
    assertEquals(185, watch.profile().rows());
    double before = short16.get(1).summary().of(Feature.BRIGHTNESS).at(0);
    assertEquals(10, before, "the second window began with row 10");
  }

  private static List<Long> rows(List<Profile> windows) {
    return windows.stream().map(Profile::rows).toList();
  }

  /** The rows were dark first and bright later, so a reference of the dark ones drifts. */
  @Test
  void aRunIsTrackedOverItsWindows() {
    var dark = Watch.over(parity());
    images(100).mapBatches(16, dark.pool()).forEach(prediction -> {});
    var watch = Watch.over(parity()).windowsOf(100);
    images(200).mapBatches(16, watch.pool()).forEach(prediction -> {});

    var tracking = watch.against(dark.profile());

    assertEquals(100, tracking.firstDrift().orElseThrow(), tracking.toString());
  }

  @Test
  void actorsMayTellItAtOnce() {
    var watch = Watch.over(parity().size(4)).windowsOf(64);

    images(2000).mapBatches(7, watch.pool()).forEach(prediction -> {});

    assertEquals(2000, watch.profile().rows());
  }

  @Test
  void thePoolIsAsItWas() {
    var pool =
        parity()
            .size(3)
            .version("v 2")
            .timeLimit(java.time.Duration.ofSeconds(9))
            .threadsPerActor(2);

    var watched = Watch.over(pool).pool();

    assertEquals(3, watched.max());
    assertEquals("v 2", watched.version());
    assertEquals(pool.timeLimit(), watched.timeLimit());
    assertEquals(pool.input(), watched.input());
    assertEquals("v 2", Watch.over(pool).profile().model());
  }

  @Test
  void aWatchThatHasSeenNothingSaysSo() {
    var watch = Watch.over(parity());
    var seen = Watch.over(parity());
    images(50).mapBatches(16, seen.pool()).forEach(prediction -> {});

    var tracking = watch.against(seen.profile());
    assertEquals("No drift in any of 0 windows.", tracking.summary());
    assertEquals(List.of(), tracking.table().rows());
    images(0).mapBatches(16, watch.pool()).toList().check(Rule.drift(tracking));
    assertThrows(IllegalArgumentException.class, () -> watch.windowsOf(0));
    assertTrue(watch.toString().contains("0 rows, no labels"), watch.toString());
  }

  @Test
  void aWorkerThatStopsGivingNumbersHasDrifted() {
    var before = Watch.over(parity());
    images(200).mapBatches(16, before.pool()).forEach(prediction -> {});
    var watch = Watch.over(ActorPool.of(1, device -> batch -> broken(batch)));
    images(200).mapBatches(16, watch.pool()).forEach(prediction -> {});

    var drift = watch.profile().against(before.profile());

    assertTrue(drift.summary().contains("confidence from 0.750 to -1.00"), drift.summary());
  }

  private static List<Prediction> broken(List<Image> batch) {
    return batch.stream()
        .map(
            image -> {
              int index = parity(image).index();
              var score = new Prediction.Score(index, "a", Float.NaN);
              return new Prediction(index, "a", Float.NaN, List.of(score));
            })
        .toList();
  }

  @Test
  void labelsThatFailAreAnErrorOfTheirRow() {
    var watch =
        Watch.over(parity())
            .labels(
                image -> {
                  throw new IllegalArgumentException("no label for " + image.path());
                });

    var failed =
        assertThrows(
            GristmillException.class, () -> images(3).mapBatches(1, watch.pool()).toList());

    assertTrue(failed.getMessage().contains("no label for picture/0"), failed.getMessage());
  }
}
