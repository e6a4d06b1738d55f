package org.gristmill.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.gristmill.tune.Result.Fate;
import org.gristmill.tune.Search.Goal;
import org.junit.jupiter.api.Test;

/** The search over contenders whose speeds are known, in virtual time, with noise. */
class SearchTest {
  private static final Goal QUARTER_MINUTE = new Goal(Duration.ofSeconds(15), Optional.empty());
  private static final int SEARCHES = 300;

  private static List<Contender> contenders(int processors, String... pools) {
    var all = new ArrayList<Contender>();
    for (String pool : pools) {
      Shape.ofProcessors(processors).forEach(shape -> all.add(new Contender(pool, shape)));
    }
    return all;
  }

  private static Result chosen(List<Result> results) {
    var chosen = results.stream().filter(result -> result.fate() == Fate.CHOSEN).toList();
    assertEquals(1, chosen.size(), results::toString);
    return chosen.get(0);
  }

  /** Random costs of a batch and of a row, and a size from which rows cost more: a full cache. */
  private static Landscape.Speed random(long seed) {
    return (contender, batchSize) -> {
      var of = new Random(seed * 31 + contender.hashCode());
      double batch = 0.05 * of.nextDouble();
      double row = 0.002 + 0.02 * of.nextDouble();
      double spill = batchSize > (1 << of.nextInt(6)) ? 1 + of.nextDouble() : 1;
      int actors = contender.shape().actors();
      return actors * batchSize / (batch + row * spill * batchSize);
    };
  }

  private static double best(List<Contender> contenders, Landscape.Speed speed) {
    double best = 0;
    for (Contender contender : contenders) {
      for (int size = 1; size <= 128; size *= 2) {
        best = Math.max(best, speed.rowsPerSecond(contender, size));
      }
    }
    return best;
  }

  @Test
  void whatIsTakenIsNearlyAsFastAsTheBestOfAll() {
    var contenders = contenders(4, "one", "other");
    var regrets = new ArrayList<Double>();
    for (long seed = 0; seed < SEARCHES; seed++) {
      var speed = random(seed);
      var taken = chosen(Search.run(contenders, QUARTER_MINUTE, new Landscape(speed, 0.05, seed)));
      double rate = speed.rowsPerSecond(taken.contender(), taken.batchSize());
      regrets.add(1 - rate / best(contenders, speed));
    }
    regrets.sort(null);

    assertTrue(regrets.get(SEARCHES / 2) <= 0.02, "median regret " + regrets.get(SEARCHES / 2));
    assertTrue(
        regrets.get(SEARCHES * 9 / 10) <= 0.12, "of one in ten " + regrets.get(SEARCHES * 9 / 10));
  }

  @Test
  void theBudgetIsKept() {
    for (long seed = 0; seed < SEARCHES; seed++) {
      var landscape = new Landscape(random(seed), 0.05, seed);
      Search.run(contenders(8, "one", "other"), QUARTER_MINUTE, landscape);

      double seconds = landscape.nanoTime() / 1e9;
      assertTrue(seconds < 1.25 * 15, "seed " + seed + " took " + seconds + " s");
    }
  }

  @Test
  void aLongBudgetForQuickRowsIsNoMoreThanARunCanBeAskedFor() {
    Landscape.Speed quick = (contender, batchSize) -> 1e6;
    var day = new Goal(Duration.ofDays(1), Optional.empty());

    chosen(Search.run(contenders(2, "quick"), day, new Landscape(quick, 0.05, 1)));
  }

  @Test
  void aSlowModelIsTunedInTheTimeThereIs() {
    Landscape.Speed slow =
        (contender, batchSize) -> contender.shape().actors() * 4 * Math.log(1 + batchSize);
    var landscape = new Landscape(slow, 0.05, 1);

    var results = Search.run(contenders(2, "slow"), QUARTER_MINUTE, landscape);

    assertEquals(2, chosen(results).contender().shape().actors());
    assertTrue(landscape.nanoTime() < 20e9, landscape.nanoTime() / 1e9 + " s");
    assertTrue(
        results.stream().anyMatch(result -> result.fate() == Fate.NOT_TRIED), results::toString);
  }

  @Test
  void twoThatAreEquallyFastAreSeldomToldApart() {
    Landscape.Speed same = (contender, batchSize) -> batchSize == 1 ? 100 : 0;
    var two =
        List.of(
            new Contender("one", new Shape(1, 1, 0)), new Contender("other", new Shape(1, 1, 0)));
    int told = 0;
    for (long seed = 0; seed < SEARCHES; seed++) {
      var results = Search.run(two, QUARTER_MINUTE, new Landscape(same, 0.05, seed));
      told += results.stream().anyMatch(result -> result.fate() == Fate.SLOWER) ? 1 : 0;
    }

    // Five per cent a look, and a look a round: with as many rounds as fit, one time in four.
    assertTrue(told < 0.25 * SEARCHES, told + " of " + SEARCHES);
  }

  @Test
  void oneThatIsATenthSlowerIsAlmostAlwaysToldApart() {
    Landscape.Speed two =
        (contender, batchSize) -> batchSize > 1 ? 0 : contender.pool().equals("slower") ? 90 : 100;
    var contenders =
        List.of(
            new Contender("slower", new Shape(1, 1, 0)), new Contender("one", new Shape(1, 1, 0)));
    int told = 0;
    for (long seed = 0; seed < SEARCHES; seed++) {
      var results = Search.run(contenders, QUARTER_MINUTE, new Landscape(two, 0.03, seed));
      told += results.get(0).fate() == Fate.SLOWER ? 1 : 0;
      assertEquals("one", chosen(results).contender().pool());
    }

    assertTrue(told > 0.9 * SEARCHES, told + " of " + SEARCHES);
  }

  @Test
  void memoryIsNeverExceeded() {
    Landscape.Speed larger = (contender, batchSize) -> 100 * Math.log(2 + batchSize);
    for (long limit = 1_000_000_000L; limit < 64_000_000_000L; limit *= 2) {
      var landscape = new Landscape(larger, 0.02, 1, 20_000_000, limit);

      var results = Search.run(contenders(4, "large"), QUARTER_MINUTE, landscape);

      assertTrue(landscape.largest() >= 4, "it tries what is safe: " + landscape.largest());
      if (limit == 1_000_000_000L) {
        assertTrue(
            results.stream().anyMatch(result -> result.why().contains("MB are free")),
            results::toString);
      }
    }
  }

  @Test
  void batchesThatTakeTooLongAreNotTaken() {
    Landscape.Speed larger = (contender, batchSize) -> 100 * Math.log(2 + batchSize);
    var goal = new Goal(Duration.ofSeconds(15), Optional.of(Duration.ofMillis(100)));

    var results = Search.run(contenders(1, "one"), goal, new Landscape(larger, 0.02, 1));

    // 16 rows take 55 ms, 32 take 91 ms, 64 take 153 ms.
    assertEquals(32, chosen(results).batchSize());
    assertEquals(Fate.TOO_LATE, results.get(results.size() - 1).fate());
    assertEquals(64, results.get(results.size() - 1).batchSize());
  }

  @Test
  void whatFailsIsToldAndLargerBatchesOfItAreNotTried() {
    Landscape.Speed upTo8 =
        (contender, batchSize) ->
            contender.pool().equals("all")
                ? 100 * Math.log(2 + batchSize)
                : batchSize > 8 ? 0 : 130 * Math.log(2 + batchSize);

    var results =
        Search.run(contenders(1, "upTo8", "all"), QUARTER_MINUTE, new Landscape(upTo8, 0.02, 1));

    assertEquals("upTo8", chosen(results).contender().pool());
    assertEquals(8, chosen(results).batchSize());
    var failed = results.stream().filter(result -> result.fate() == Fate.FAILED).toList();
    assertEquals(1, failed.size());
    assertEquals(16, failed.get(0).batchSize());
    assertEquals("cannot", failed.get(0).why());
  }

  @Test
  void ifAllThatRaceFailTheFastestOfTheOthersIsTaken() {
    var runs = new HashMap<Integer, Integer>(); // by batch size
    Landscape.Speed tiring =
        (contender, batchSize) ->
            batchSize == 1 ? 50 : runs.merge(batchSize, 1, Integer::sum) <= 2 ? 100 : 0;

    var results = Search.run(contenders(1, "tiring"), QUARTER_MINUTE, new Landscape(tiring, 0, 1));

    assertEquals(1, chosen(results).batchSize());
    assertEquals("the fastest at first sight of what is left", chosen(results).why());
    assertTrue(results.stream().anyMatch(r -> r.fate() == Fate.FAILED), results::toString);
  }

  @Test
  void ofBatchesThatAreAsFastTheSmallestIsTaken() {
    Landscape.Speed flat = (contender, batchSize) -> batchSize < 4 ? 60 : 100;

    var results = Search.run(contenders(1, "flat"), QUARTER_MINUTE, new Landscape(flat, 0, 1));

    assertEquals(4, chosen(results).batchSize());
    assertTrue(results.stream().anyMatch(result -> result.fate() == Fate.NO_DIFFERENCE));
  }

  @Test
  void aDatasetOfFewRowsLimitsTheBatches() {
    Landscape.Speed larger = (contender, batchSize) -> 100 * Math.log(2 + batchSize);

    var results =
        Search.run(contenders(1, "one"), QUARTER_MINUTE, new Landscape(larger, 0.02, 1).of(20));

    assertEquals(16, chosen(results).batchSize());
    var last = results.get(results.size() - 1);
    assertEquals("the dataset has only 20 rows", last.why());
  }

  @Test
  void shapesUseTheProcessorsAndNotMore() {
    assertEquals(List.of(new Shape(1, 1, 0)), Shape.ofProcessors(1));
    assertEquals(
        List.of(new Shape(2, 1, 0), new Shape(1, 2, 0), new Shape(1, 1, 0)), Shape.ofProcessors(2));
    assertEquals(
        List.of("6 x 1 thread", "3 x 2 threads", "1 x 6 threads", "3 x 1 thread"),
        Shape.ofProcessors(6).stream().map(Shape::toString).toList());
    assertEquals(
        List.of("2 x 1 of a GPU", "4 x 1/2 of a GPU"),
        Shape.ofGpus(2).stream().map(Shape::toString).toList());
  }
}
