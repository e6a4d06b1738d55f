package org.gristmill.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.gristmill.NothingLeft;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Some of the jobs of {@code ci/bench verdict}: what their verdicts promise comes true within 15 %.
 */
@ExtendWith(NothingLeft.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PredictionsTest {
  private static final int TRIES = 3; // machines are noisy
  private static final int SLOWER = 3; // times, so that what they add counts less
  private static final Set<String> SOME =
      Set.of(
          "a load in each batch of 4, 2 workers",
          "one worker",
          "two steps, the second slow",
          "a map that waits",
          "a slow iterator",
          "a slow action",
          "workers with a slow constructor");

  static List<SleepingJob> jobs() {
    return Predictions.JOBS.stream()
        .filter(job -> SOME.contains(job.name()))
        .map(job -> job.slower(SLOWER))
        .toList();
  }

  @BeforeAll
  void classesAreLoaded() {
    assertEquals(SOME.size(), jobs().size(), "a job has another name");
    jobs().get(0).run();
  }

  @ParameterizedTest
  @MethodSource("jobs")
  void whatTheVerdictPromisesComesTrue(SleepingJob job) {
    var outcome = Predictions.tried(job);
    for (int again = 1; again < TRIES && !outcome.isClose(); again++) {
      outcome = Predictions.tried(job);
    }

    assertTrue(outcome.isClose(), outcome.cells().toString());
    assertTrue(outcome.after().compareTo(outcome.before()) < 0, "it is faster: " + outcome.cells());
  }
}
