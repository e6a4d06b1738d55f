package org.gristmill.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.gristmill.compare.Judgement.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The error rates that are stated, by tests of models whose accuracy is known. */
class JudgementTest {
  private static final int BATCH = 16;
  private static final double MARGIN = 0.01;

  /** A champion and challengers that are right or wrong by chance. */
  private record Models(double onlyChampion, List<Double> onlyChallenger) {
    static Models of(double discordant, double... differences) {
      var only = new ArrayList<Double>();
      for (double difference : differences) {
        only.add((discordant + difference) / 2);
      }
      // The champion alone is right as often in all: challengers differ in what they add.
      return new Models((discordant - differences[0]) / 2, only);
    }

    void see(int rows, List<Paired> pairs, SplittableRandom random) {
      for (int row = 0; row < rows; row++) {
        for (int i = 0; i < pairs.size(); i++) {
          double drawn = random.nextDouble();
          boolean first = drawn < onlyChampion;
          boolean second = !first && drawn < onlyChampion + onlyChallenger.get(i);
          pairs.set(i, pairs.get(i).and(first, second));
        }
      }
    }
  }

  private static List<Paired> none(int challengers) {
    return new ArrayList<>(Collections.nCopies(challengers, Paired.NONE));
  }

  private static boolean oneIs(List<Judgement> judgements, Outcome... outcomes) {
    return judgements.stream().anyMatch(of -> List.of(outcomes).contains(of.outcome()));
  }

  /** How many of the tests end so. */
  private interface OneTest {
    boolean run(SplittableRandom random);
  }

  private static int count(int tests, OneTest test) {
    var random = new SplittableRandom(7);
    int count = 0;
    for (int i = 0; i < tests; i++) {
      count += test.run(random) ? 1 : 0;
    }
    return count;
  }

  /** So many, and three standard deviations of chance. */
  private static void assertAtMost(double share, int count, int tests, String what) {
    System.out.println(what + ": " + count + " of " + tests);
    double most = share * tests + 3 * Math.sqrt(tests * share * (1 - share));
    assertTrue(count <= most, what + ": " + count + " of " + tests);
  }

  /** Every figure is printed: ci/peers/README.md has them. */
  private static void assertAtLeast(double share, int count, int tests, String what) {
    System.out.println(what + ": " + count + " of " + tests);
    assertTrue(count >= share * tests, what + ": " + count + " of " + tests);
  }

  private static List<Judgement> once(int rows, Models models, SplittableRandom random) {
    var pairs = none(models.onlyChallenger.size());
    models.see(rows, pairs, random);
    return Judgement.once(pairs, MARGIN);
  }

  @ParameterizedTest
  @CsvSource({"271, 0.05", "1000, 0.02", "1000, 0.1", "4000, 0.05"})
  void modelsAsGoodAsEachOtherAreToldApartByOneTestInTwentyAtMost(int rows, double discordant) {
    int wrong =
        count(
            4000,
            random ->
                oneIs(once(rows, Models.of(discordant, 0), random), Outcome.BETTER, Outcome.WORSE));
    assertAtMost(
        0.05, wrong, 4000, "told apart, %d rows, %.2f discordant".formatted(rows, discordant));
  }

  @Test
  void fiveChallengersMakeNoMoreErrorsThanOne() {
    int wrong =
        count(
            2000,
            random ->
                oneIs(
                    once(1000, Models.of(0.1, 0, 0, 0, 0, 0), random),
                    Outcome.BETTER,
                    Outcome.WORSE));
    assertAtMost(0.05, wrong, 2000, "told apart, 1000 rows, five challengers");

    int unadjusted =
        count(
            2000,
            random -> {
              var pairs = none(5);
              Models.of(0.1, 0, 0, 0, 0, 0).see(1000, pairs, random);
              return pairs.stream().anyMatch(of -> of.p() <= 0.05);
            });
    assertAtLeast(0.12, unadjusted, 2000, "told apart, 1000 rows, five challengers without Holm");
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 1000, 4000})
  void aModelThatIsWorseByTheMarginIsCalledNoWorseByOneTestInFortyAtMost(int rows) {
    int wrong =
        count(
            4000,
            random ->
                oneIs(
                    once(rows, Models.of(0.03, -MARGIN), random),
                    Outcome.BETTER,
                    Outcome.NO_WORSE));
    assertAtMost(0.025, wrong, 4000, "no worse by mistake, " + rows + " rows");
  }

  /** A test that ends when all is decided, or after so many rows. */
  private record Sequential(List<Judgement> judgements, long rows) {
    static Sequential run(int most, double margin, Models models, SplittableRandom random) {
      var pairs = none(models.onlyChallenger.size());
      var judgements = Collections.nCopies(pairs.size(), Judgement.NONE);
      long rows = 0;
      while (rows < most && !judgements.stream().allMatch(of -> of.isSettled(margin))) {
        models.see(BATCH, pairs, random);
        rows += BATCH;
        judgements = Judgement.again(judgements, pairs, margin);
      }
      return new Sequential(judgements, rows);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.02, 0.1, 0.5})
  void lookingAfterEveryBatchTellsApartAsFewModelsThatAreAlike(double discordant) {
    int wrong =
        count(
            1000,
            random ->
                oneIs(
                    Sequential.run(4000, 0, Models.of(discordant, 0), random).judgements,
                    Outcome.BETTER,
                    Outcome.WORSE));
    assertAtMost(
        0.05,
        wrong,
        1000,
        "told apart, looked at 250 times, %.2f discordant".formatted(discordant));
  }

  @Test
  void lookingAtTheFixedTestAfterEveryBatchErrsFarMoreOften() {
    int wrong =
        count(
            1000,
            random -> {
              var pairs = none(1);
              while (pairs.get(0).count() < 4000) {
                Models.of(0.1, 0).see(BATCH, pairs, random);
                if (pairs.get(0).p() <= 0.05) {
                  return true;
                }
              }
              return false;
            });
    assertAtLeast(0.25, wrong, 1000, "told apart, p < 0.05 looked at 250 times");
  }

  @Test
  void lookingAfterEveryBatchCallsFewNoWorseThatAre() {
    int wrong =
        count(
            1000,
            random ->
                oneIs(
                    Sequential.run(4000, MARGIN, Models.of(0.03, -MARGIN), random).judgements,
                    Outcome.BETTER,
                    Outcome.NO_WORSE));
    assertAtMost(0.025, wrong, 1000, "no worse by mistake, looked at 250 times");
  }

  @Test
  void threeChallengersThatAreLookedAtTogetherMakeNoMoreErrors() {
    int wrong =
        count(
            500,
            random ->
                oneIs(
                    Sequential.run(2000, 0, Models.of(0.2, 0, 0, 0), random).judgements,
                    Outcome.BETTER,
                    Outcome.WORSE));
    assertAtMost(0.05, wrong, 500, "told apart, looked at 125 times, three challengers");
  }

  @ParameterizedTest
  @CsvSource({"1000, 0.1, 0.04", "1000, 0.05, 0.025", "271, 0.12, -0.07", "10000, 0.05, 0.01"})
  void differencesOfThisSizeAreFound(int rows, double discordant, double difference) {
    var expected = difference > 0 ? Outcome.BETTER : Outcome.WORSE;
    var models = Models.of(discordant, difference);
    int found = count(300, random -> oneIs(once(rows, models, random), expected));
    assertAtLeast(
        0.85,
        found,
        300,
        "found, %d rows, %.2f discordant, %+.3f".formatted(rows, discordant, difference));

    int sequential =
        count(
            100, random -> oneIs(Sequential.run(4 * rows, 0, models, random).judgements, expected));
    assertAtLeast(
        0.95, sequential, 100, "found, looked at after every batch, up to " + 4 * rows + " rows");
  }

  @Test
  void largeDifferencesTakeFewRowsAndEqualModelsEndAsNoWorse() {
    var large = Models.of(0.3, 0.2);
    var used = new ArrayList<Long>();
    int found =
        count(
            200,
            random -> {
              var test = Sequential.run(100_000, MARGIN, large, random);
              used.add(test.rows);
              return oneIs(test.judgements, Outcome.BETTER);
            });
    Collections.sort(used);
    assertAtLeast(0.95, found, 200, "found, 0.30 discordant, +0.200");
    System.out.println("  after, in the median: " + used.get(100) + " rows");
    assertTrue(used.get(100) < 300, "rows: " + used.get(100));

    used.clear();
    int equal =
        count(
            100,
            random -> {
              var test = Sequential.run(100_000, MARGIN, Models.of(0.02, 0), random);
              used.add(test.rows);
              return oneIs(test.judgements, Outcome.NO_WORSE);
            });
    Collections.sort(used);
    assertAtLeast(0.9, equal, 100, "equal models, 0.02 discordant, called no worse");
    System.out.println("  after, in the median: " + used.get(50) + " rows");
  }

  @Test
  void whatWasDecidedStaysSo() {
    var better = Judgement.again(List.of(Judgement.NONE), List.of(new Paired(0, 30, 100)), 0.01);
    assertEquals(Outcome.BETTER, better.get(0).outcome());

    var later = Judgement.again(better, List.of(new Paired(30, 30, 200)), 0.01);

    assertEquals(Outcome.BETTER, later.get(0).outcome());
    assertEquals(better.get(0).p(), later.get(0).p());
  }

  @Test
  void pIsAdjustedAsHolmDoes() {
    // Of 0.01, 0.02, 0.04: 3 * 0.01, 2 * 0.02, 1 * 0.04; of 0.5 and 0.6: 1 and not less than 1.
    assertEquals(List.of(0.04, 0.03, 0.04), Judgement.holm(List.of(0.02, 0.01, 0.04)));
    assertEquals(List.of(1.0, 1.0), Judgement.holm(List.of(0.6, 0.5)));
  }

  @Test
  void withoutRowsNothingIsKnown() {
    assertEquals(Judgement.NONE, Judgement.once(List.of(Paired.NONE), 0.01).get(0));
    assertEquals(
        Outcome.UNDECIDED,
        Judgement.again(List.of(Judgement.NONE), List.of(Paired.NONE), 0.01).get(0).outcome());
  }
}
