package org.gristmill.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.gristmill.ABTest;
import org.gristmill.ActorPool;
import org.gristmill.CostComparison;
import org.gristmill.Device;
import org.gristmill.ExecutionPlan.Waste;
import org.gristmill.ImageClassifier;
import org.gristmill.Ledger.Item;
import org.gristmill.Prices;
import org.gristmill.RunStats;
import org.gristmill.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the tutorial's two ways cost, with a real model. */
class CostOfLoadsTest {
  private static final String FP32 = Samples.MODEL + ".onnx";
  private static final String INT8 = Samples.MODEL + ".int8.onnx";
  private static final Prices PRICES = Prices.of("EUR").here(0.10);

  @AfterEach
  void nothingIsLeft() {
    assertEquals(List.of(), Session.start().threads());
    assertEquals(List.of(), Session.start().models());
  }

  private static Waste waste(RunStats stats) {
    var stages = stats.plan().stages();
    return stages.get(stages.size() - 1).measured().orElseThrow().waste();
  }

  @Test
  void loadingTheModelForEveryBatchIsPaidForAgainAndAgain() {
    var images = Samples.images(24);
    var naive =
        images
            .mapBatches(
                4,
                1,
                batch -> {
                  try (var model = ImageClassifier.load(FP32, Device.current())) {
                    return batch.stream().map(model::classify).toList();
                  }
                })
            .toList();
    var pool = ActorPool.of(1, device -> new Classifier(FP32, device));
    var pooled = images.mapBatches(4, pool).toList();

    assertEquals(5, waste(naive.stats()).loadsAgain(), "of 6");
    assertEquals(Waste.NONE, waste(pooled.stats()));
    var costs = CostComparison.of("naive", naive.cost(PRICES)).and("pool", pooled.cost(PRICES));
    assertTrue(costs.cost("naive").ledger().price(Item.LOADS_AGAIN) > 0, costs.toString());
    assertEquals(0, costs.cost("pool").ledger().price(Item.LOADS_AGAIN));
    for (String way : costs.names()) {
      var ledger = costs.cost(way).ledger();
      double sum = ledger.shares().values().stream().mapToDouble(share -> share).sum();
      assertEquals(1, sum, 1e-9, ledger.toString());
      assertTrue(ledger.share(Item.START) > 0, "a model was loaded: " + ledger);
    }
  }

  @Test
  void aWorkerThatHoldsTwoModelsLoadsNoneAgain() {
    var ab =
        ABTest.champion("fp32", ImageClassifier.pool(FP32))
            .challenger("int8", ImageClassifier.pool(INT8))
            .run(Samples.images(8));

    assertTrue(ab.stats().modelLoads() >= 2);
    assertEquals(0, waste(ab.stats()).loadsAgain());
  }
}
