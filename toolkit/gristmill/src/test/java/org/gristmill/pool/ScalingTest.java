package org.gristmill.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The policy against stages in virtual time; each case with many seeds. */
class ScalingTest {
  private static final double ENDLESS = 1e6; // tasks a second: there is always one waiting
  private static final int SEEDS = 15;

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.3})
  void itGrowsToWhatIsUseful(double noise) {
    for (double seconds : new double[] {0.01, 0.05, 2}) {
      for (int seed = 0; seed < SEEDS; seed++) {
        var stage = new SimulatedStage(seed, 1, 8, noise, ENDLESS, seconds);

        stage.run(new Scaling(1, 8), 400);

        assertEquals(8, stage.size(), "tasks of " + seconds + " s, seed " + seed);
        assertTrue(stage.changes() <= 15, stage.changes() + " changes, seed " + seed);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.3})
  void anActorThatBringsNothingGoesAgain(double noise) {
    for (double seconds : new double[] {0.01, 0.05, 2}) {
      double sum = 0;
      for (int seed = 0; seed < SEEDS; seed++) {
        var stage = new SimulatedStage(seed, 1, 2, noise, ENDLESS, seconds);
        var scaling = new Scaling(1, 8);
        stage.run(scaling, 100);
        for (int i = 0; i < 1000; i++) {
          stage.run(scaling, 1);
          sum += stage.size();
        }
        assertTrue(
            stage.size() >= 2 && stage.size() <= 4,
            stage.size() + " actors on two processors, seed " + seed);
      }
      double mean = sum / SEEDS / 1000;
      assertTrue(mean < 2.5, mean + " actors with tasks of " + seconds + " s");
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.3})
  void itDoesNotFlap(double noise) {
    for (double arrivals : new double[] {5, 30, 47, 61, 100, ENDLESS}) {
      for (int seed = 0; seed < SEEDS; seed++) {
        var stage = new SimulatedStage(seed, 1, 4, noise, arrivals, 0.05);
        var scaling = new Scaling(1, 8);
        stage.run(scaling, 200);
        int before = stage.changes();

        stage.run(scaling, 1000);

        int changes = stage.changes() - before;
        assertTrue(
            changes <= 20,
            "%d changes in 1000 windows, %s tasks/s, seed %d".formatted(changes, arrivals, seed));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.3})
  void itShrinksWhenInputIsSlow(double noise) {
    for (int seed = 0; seed < SEEDS; seed++) {
      var stage = new SimulatedStage(seed, 8, 8, noise, 30, 0.05); // work for one and a half

      stage.run(new Scaling(1, 8), 100);

      assertTrue(
          stage.size() == 2 || stage.size() == 3, stage.size() + " actors for 1.5, seed " + seed);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.3})
  void itKeepsUpWithItsInputAndKnowsItsBounds(double noise) {
    for (int seed = 0; seed < SEEDS; seed++) {
      var idle = new SimulatedStage(seed, 3, 8, noise, 0.1, 0.05);
      idle.run(new Scaling(3, 8), 200);
      assertEquals(3, idle.size(), "not below its least, seed " + seed);

      var busy = new SimulatedStage(seed, 1, 8, noise, 70, 0.05); // work for three and a half
      busy.run(new Scaling(1, 8), 200);
      assertTrue(
          busy.size() >= 4 && busy.size() <= 5, busy.size() + " actors for 3.5, seed " + seed);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.3})
  void itFollowsAChangeOfLoad(double noise) {
    for (int seed = 0; seed < SEEDS; seed++) {
      var scaling = new Scaling(1, 8);
      var stage = new SimulatedStage(seed, 1, 8, noise, 30, 0.05);
      stage.run(scaling, 500);
      assertTrue(stage.size() <= 3, stage.size() + " actors for 1.5, seed " + seed);

      stage.taskTakes(0.2); // pictures got larger: work for six
      stage.run(scaling, 300);
      assertTrue(stage.size() >= 6, stage.size() + " actors for 6, seed " + seed);

      stage.taskTakes(0.05);
      stage.run(scaling, 100);
      assertTrue(stage.size() <= 3, stage.size() + " actors for 1.5 again, seed " + seed);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.3})
  void aBanEndsWhenTheInputNeedsMore(double noise) {
    for (int seed = 0; seed < SEEDS; seed++) {
      var scaling = new Scaling(1, 8);
      var stage = new SimulatedStage(seed, 1, 8, noise, 38.5, 0.05); // all but saturates two
      stage.run(scaling, 1000);
      assertTrue(stage.size() <= 3, stage.size() + " actors for 1.9, seed " + seed);

      stage.taskTakes(0.15); // work for 5.8
      stage.run(scaling, 200);
      assertTrue(stage.size() >= 5, stage.size() + " actors for 5.8, seed " + seed);
    }
  }
}
