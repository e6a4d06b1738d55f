package org.gristmill.serve;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.gristmill.compare.Trials;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How often a deployment is wrong about failures: its steps, drawn from a seed. */
class FailuresTest {
  private static final double[] SHARES = {0, 0.1, 0.5, 0.9}; // of the requests; 0 for shadow
  private static final int EACH = 200; // requests of the new version in each step
  private static final double ALLOWED = Gates.standard().failures();
  private static final double ERROR = 0.01 / (SHARES.length + 1);
  private static final int DRAWS = 1000;
  private static final int LOOK = 10; // requests from one look to the next

  private final Random random = new Random(7);

  /**
   * The way of a version that fails in a share of its requests.
   *
   * @return its requests until it is taken back, if it is
   */
  private OptionalInt takenBack(double champions, double own) {
    var before = Trials.NONE;
    int requests = 0;
    for (double share : SHARES) {
      var others = Trials.NONE;
      var mine = Trials.NONE;
      for (int request = 1; mine.count() < EACH; request++) {
        boolean isMine = share == 0 || random.nextDouble() < share;
        if (isMine) {
          mine = mine.and(random.nextDouble() < own);
          requests++;
        }
        if (share == 0 || !isMine) {
          others = others.and(random.nextDouble() < champions);
        }
        if (isTooMany(request, mine, others)) {
          return OptionalInt.of(requests);
        }
      }
      before = before.plus(others);
    }
    var after = afterPromotion(before, own);
    return after.isPresent() ? OptionalInt.of(requests + after.getAsInt()) : after;
  }

  private OptionalInt afterPromotion(Trials champions, double own) {
    var mine = Trials.NONE;
    for (int request = 1; request <= EACH; request++) {
      mine = mine.and(random.nextDouble() < own);
      if (isTooMany(request, mine, champions)) {
        return OptionalInt.of(request);
      }
    }
    return OptionalInt.empty();
  }

  private static boolean isTooMany(int request, Trials own, Trials others) {
    return request % LOOK == 0
        && own.share() > others.share() + ALLOWED // else it is not, which is quickly seen
        && own.isAbove(others, ALLOWED, ERROR);
  }

  @ParameterizedTest
  @CsvSource({"0, 0.01", "0.02, 0.02", "0.02, 0.03", "0.1, 0.1", "0.1, 0.11"})
  void aVersionThatFailsNoMoreThanIsAllowedIsTakenBackInLessThanOnePercent(
      double champions, double own) {
    long wrong =
        IntStream.range(0, DRAWS).filter(i -> takenBack(champions, own).isPresent()).count();
    assertTrue(wrong <= 0.01 * DRAWS, wrong + " of " + DRAWS);
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 20", "0.02, 0.5, 120", "0.02, 0.2, 450"})
  void aVersionThatFailsMuchMoreIsTakenBackWithinSoManyOfItsRequests(
      double champions, double own, int most) {
    requireNearlyAll(() -> takenBack(champions, own), most);
  }

  @ParameterizedTest
  @CsvSource({"0, 0.3, 50", "0.02, 0.3, 100", "0.1, 0.5, 100"})
  void oneThatDoesSoOnlyOnceItIsPromotedIsFoundByWhatTheChampionDidBefore(
      double champions, double own, int most) {
    requireNearlyAll(
        // The champion's are those in shadow and beside a tenth of the requests.
        () -> afterPromotion(some(2000, champions), own), most);
  }

  private static void requireNearlyAll(Supplier<OptionalInt> draw, int most) {
    long in =
        IntStream.range(0, DRAWS).filter(i -> draw.get().orElse(Integer.MAX_VALUE) <= most).count();
    assertTrue(in >= 0.99 * DRAWS, in + " of " + DRAWS + " within " + most);
  }

  private Trials some(int count, double failing) {
    var trials = Trials.NONE;
    for (int i = 0; i < count; i++) {
      trials = trials.and(random.nextDouble() < failing);
    }
    return trials;
  }
}
