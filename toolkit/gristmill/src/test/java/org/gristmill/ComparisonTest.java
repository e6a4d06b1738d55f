package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class ComparisonTest {
  private static Prediction prediction(int index, float confidence) {
    return new Prediction(
        index,
        "class " + index,
        confidence,
        List.of(
            new Prediction.Score(index, "class " + index, confidence),
            new Prediction.Score(index + 1, "class " + (index + 1), confidence - 0.00005f)));
  }

  private static Run<Prediction> run(int rows, Function<Integer, Prediction> model) {
    return Dataset.of(IntStream.range(0, rows).boxed().toList())
        .mapBatches(4, 1, batch -> batch.stream().map(model).toList())
        .toList();
  }

  @Test
  void armsRunInTurnAfterAWarmUp() {
    var order = new ArrayList<String>();

    var comparison =
        Comparison.of("a", () -> noted(order, "a")).and("b", () -> noted(order, "b")).measure(2);

    assertEquals(List.of("a", "b", "a", "b", "a", "b"), order);
    assertEquals(List.of("a", "b"), comparison.arms().stream().map(Comparison.Arm::name).toList());
    assertEquals(2, comparison.arms().get(1).runs().size());
    comparison.requireSamePredictions();
    assertEquals(1, comparison.agreement(comparison.arms().get(1)).share());
  }

  @Test
  void thePlansOfAllArmsAreBelowEachOther() {
    var comparison =
        Comparison.of("a", () -> run(8, i -> prediction(i, 0.9f)))
            .and("b", () -> run(12, i -> prediction(i, 0.9f)))
            .measure(1);

    var rows = comparison.plans().rows();

    assertEquals(List.of("a", "", "b", ""), rows.stream().map(row -> row.get(0)).toList());
    assertEquals(List.of("8", "8", "12", "12"), rows.stream().map(row -> row.get(3)).toList());
    assertEquals("rows", comparison.plans().header().get(3));
  }

  @Test
  void whatTheStepsBringMultipliesToTheWhole() {
    var comparison =
        Comparison.of("a", () -> run(8, i -> prediction(i, 0.9f)))
            .and("+ b", () -> run(8, i -> prediction(i, 0.9f)))
            .and("+ c", () -> run(8, i -> prediction(i == 7 ? 1 : i, 0.9f)))
            .measure(2);

    var rows = comparison.steps().rows();

    assertEquals(List.of("a", "+ b", "+ c"), rows.stream().map(row -> row.get(0)).toList());
    double product = 1;
    for (var arm : rows.subList(1, 3)) {
      product *= Double.parseDouble(arm.get(2).split(" ", 2)[0]);
    }
    double whole = comparison.speedUp(comparison.arms().get(2)).mean();
    assertEquals(1, product / whole, 0.1, "figures are rounded");
    assertEquals("", rows.get(0).get(2));
    assertEquals("87.5 %", rows.get(2).get(4));
  }

  private static Run<Prediction> noted(List<String> order, String name) {
    order.add(name);
    return run(8, i -> prediction(i, 0.9f));
  }

  @Test
  void anotherClassIsFoundAndNamed() {
    var comparison =
        Comparison.of("a", () -> run(8, i -> prediction(i, 0.9f)))
            .and("b", () -> run(8, i -> prediction(i == 5 ? 77 : i, 0.8f)))
            .measure(1);

    var failure = assertThrows(GristmillException.class, comparison::requireSamePredictions);

    assertEquals(
        "b disagrees with a on row 5: class 77 (77) 0.800, not class 5 (5) 0.900 (no path)",
        failure.getMessage());
    assertEquals(7 / 8.0, comparison.agreement(comparison.arms().get(1)).share());
    assertEquals(0.1, comparison.agreement(comparison.arms().get(1)).largestDifference(), 1e-6);
    assertTrue(comparison.summary().contains("only 87.5 %"), comparison.summary());
  }

  @Test
  void aTieMayBreakEitherWay() {
    var comparison =
        Comparison.of("a", () -> run(8, i -> prediction(i, 0.4f)))
            .and("b", () -> run(8, i -> prediction(i + 1, 0.4f)))
            .measure(1);

    comparison.requireSamePredictions();
  }

  @Test
  void otherRowsAreNoComparison() {
    var comparison =
        Comparison.of("a", () -> run(8, i -> prediction(i, 0.4f)))
            .and("b", () -> run(7, i -> prediction(i, 0.4f)))
            .measure(1);

    var failure = assertThrows(GristmillException.class, comparison::requireSamePredictions);
    assertEquals("b disagrees with a on row 7: there are 7 rows, not 8", failure.getMessage());
    assertTrue(comparison.toString().contains("87.5 %"), comparison.toString());
    assertTrue(comparison.summary().contains("only 87.5 %"), comparison.summary());
    assertTrue(comparison.speedUpChart().getWidth() > 0, "one round has no interval to draw");
  }

  @Test
  void tableSummaryAndChartsTellOfEveryArm() {
    var comparison =
        Comparison.of("slow way", () -> run(8, i -> prediction(i, 0.4f)))
            .and("fast way", () -> run(8, i -> prediction(i, 0.4f)))
            .measure(3);

    assertTrue(comparison.toString().contains("slow way"), comparison.toString());
    assertTrue(comparison.summary().contains("fast way"), comparison.summary());
    assertTrue(
        comparison.summary().contains("agree on the class of every row"), comparison.summary());
    assertTrue(comparison.summary().contains("Confidences are the same."), comparison.summary());
    assertFalse(comparison.summary().contains("load"), "no arm loaded anything");
    for (var chart :
        List.of(comparison.throughputChart(), comparison.timeChart(), comparison.speedUpChart())) {
      long inked =
          IntStream.range(0, chart.getWidth() * chart.getHeight())
              .map(i -> chart.getRGB(i % chart.getWidth(), i / chart.getWidth()))
              .filter(rgb -> rgb != 0xffffffff)
              .count();
      assertTrue(inked > 1000, "a chart is nearly empty");
    }
  }

  @Test
  void twoArmsNeedTwoNames() {
    var one = Comparison.of("a", () -> run(1, i -> prediction(i, 1)));

    assertThrows(IllegalArgumentException.class, () -> one.and("a", () -> null));
    assertThrows(IllegalArgumentException.class, () -> one.measure(0));
  }
}
