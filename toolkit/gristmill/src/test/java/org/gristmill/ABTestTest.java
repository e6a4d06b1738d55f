package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.gristmill.compare.Judgement;
import org.gristmill.compare.Paired;
import org.gristmill.compare.Trials;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A/B tests of workers whose answers are known; real models: {@code ModelsSideBySideTest}. */
@ExtendWith(NothingLeft.class)
class ABTestTest {
  @TempDir Path temp;

  /** Pictures that know their number. */
  private static Dataset<Image> images(int n) {
    return Dataset.of(IntStream.range(0, n).boxed().toList()).map(ABTestTest::image);
  }

  private static Image image(int i) {
    return Image.of(2, 2, Image.Mode.RGB, new byte[12], "pictures/" + i + ".png");
  }

  private static int number(Image image) {
    String path = image.path();
    return Integer.parseInt(path.substring(path.indexOf('/') + 1, path.indexOf('.')));
  }

  private static Prediction prediction(int index) {
    var score = new Prediction.Score(index, "class " + index, 1);
    return new Prediction(index, score.label(), 1, List.of(score));
  }

  /** One actor that says a class by the picture's number. */
  private static ActorPool<Image, Prediction> says(IntUnaryOperator index) {
    return ActorPool.of(
        1,
        device ->
            batch ->
                batch.stream().map(image -> prediction(index.applyAsInt(number(image)))).toList());
  }

  private static ActorPool<Image, Prediction> isAlwaysRight() {
    return says(i -> i % 10);
  }

  /** Wrong in one picture of so many. */
  private static ActorPool<Image, Prediction> isWrongInEvery(int nth) {
    return says(i -> i % nth == 0 ? 77 : i % 10);
  }

  private static ABTest.Arms labelled(ABTest.Arms arms) {
    return arms.labels(image -> number(image) % 10);
  }

  @Test
  void everyRowIsCountedForEveryModelAndTheFiguresFollow() {
    var ab =
        labelled(ABTest.champion("a", isAlwaysRight()).challenger("b", isWrongInEvery(4)))
            .pricePerHour(0.36)
            .run(images(100));

    assertEquals(100, ab.rows());
    assertEquals(new Trials(100, 100), ab.models().get(0).right());
    assertEquals(new Trials(75, 100), ab.models().get(1).right());
    assertEquals(new Trials(75, 100), ab.models().get(1).same());
    var verdict = ab.verdict("b");
    assertEquals(new Paired(25, 0, 100), verdict.pairs());
    assertEquals(Judgement.Outcome.WORSE, verdict.outcome());
    assertEquals(2 * Math.pow(0.5, 25), verdict.p(), 1e-12);
    var row = ab.table().rows().get(1);
    assertEquals("75.0 % (65.3 to 83.1 %)", row.get(1)); // Clopper and Pearson
    assertEquals(7, row.size());
    double seconds = ab.secondsPerThousand(ab.models().get(1));
    assertEquals(ab.models().get(1).millisPerRow(), seconds, 1e-12); // one actor
    String said = "b is worse than a: -25.0 points (";
    assertTrue(ab.summary().contains(said), ab.summary());
    said = "p = below 0.0001; it alone is right in 0 rows, a alone in 25.";
    assertTrue(ab.summary().contains(said), ab.summary());
  }

  @Test
  void withoutLabelsOnlyAgreementIsTold() {
    var ab =
        ABTest.champion("a", isAlwaysRight()).challenger("b", isWrongInEvery(4)).run(images(40));

    assertEquals(Judgement.NONE, ab.verdict("b"));
    assertEquals(new Trials(30, 40), ab.models().get(1).same());
    assertEquals("-", ab.table().rows().get(1).get(1));
    assertTrue(ab.summary().startsWith("40 rows, none with a label."), ab.summary());
    assertTrue(ab.summary().contains("that takes labels"), ab.summary());
  }

  @Test
  void rowsWhoseLabelIsNotKnownCountForAgreementOnly() {
    var ab =
        ABTest.champion("a", isAlwaysRight())
            .challenger("b", isWrongInEvery(4))
            .labels(image -> number(image) < 20 ? number(image) % 10 : -1)
            .run(images(40));

    assertEquals(new Trials(15, 20), ab.models().get(1).right());
    assertEquals(new Trials(30, 40), ab.models().get(1).same());
    assertTrue(ab.summary().startsWith("40 rows, 20 with a label."), ab.summary());
  }

  @Test
  void whatIsOpenIsSaidWithTheRowsThatItWouldTake() {
    var ab =
        labelled(ABTest.champion("a", isWrongInEvery(25)).challenger("b", isWrongInEvery(20)))
            .run(images(100));

    assertEquals(Judgement.Outcome.UNDECIDED, ab.verdict("b").outcome());
    assertTrue(
        ab.summary().contains("Whether b is better or worse than a is open: -1.0 points ("),
        ab.summary());
    assertTrue(
        ab.summary().contains("rows would show that it is not worse by 1 point."), ab.summary());
  }

  @Test
  void modelsThatAgreeAreNoWorseByAMarginAsSoonAsThereAreEnoughRows() {
    var arms = labelled(ABTest.champion("a", isAlwaysRight()).challenger("b", isAlwaysRight()));

    assertEquals(Judgement.Outcome.UNDECIDED, arms.run(images(100)).verdict("b").outcome());
    var wider = arms.margin(0.05).run(images(100));

    assertEquals(Judgement.Outcome.NO_WORSE, wider.verdict("b").outcome());
    assertTrue(
        wider.summary().contains("b is not worse than a by 5 points or more: +0.0 points (-3.7"),
        wider.summary());
  }

  @Test
  void aSequentialTestStopsWithTheFirstBatchesAndLeavesTheRest() {
    var made = new AtomicInteger();
    var images =
        Dataset.from(() -> IntStream.iterate(0, i -> i + 1).iterator())
            .map(
                i -> {
                  made.incrementAndGet();
                  return image(i);
                });

    var ab =
        labelled(ABTest.champion("a", isAlwaysRight()).challenger("b", isWrongInEvery(4)))
            .untilDecided()
            .run(images); // there is no end of them

    assertEquals(Judgement.Outcome.WORSE, ab.verdict("b").outcome());
    assertEquals(0, ab.rows() % 16);
    assertTrue(ab.rows() < 100, ab.toString());
    assertTrue(made.get() < 5000, made + " pictures for " + ab.rows() + " rows");
    assertEquals(ab.rows(), ab.stats().rows());
    assertTrue(
        ab.summary().startsWith(ab.rows() + " rows: enough to decide, the rest was not needed."),
        ab.summary());
    assertTrue(ab.summary().contains("which hold however often one looks"), ab.summary());
  }

  @Test
  void aSequentialTestThatIsNotDecidedUsesAllRows() {
    var ab =
        labelled(ABTest.champion("a", isAlwaysRight()).challenger("b", isAlwaysRight()))
            .untilDecided()
            .run(images(50));

    assertEquals(50, ab.rows());
    assertEquals(new Paired(0, 0, 50), ab.verdict("b").pairs());
    assertTrue(ab.summary().startsWith("50 rows: all there are."), ab.summary());
  }

  @Test
  void severalChallengersAreAdjustedForAndToldSo() {
    var ab =
        labelled(
                ABTest.champion("a", isAlwaysRight())
                    .challenger("b", isWrongInEvery(10))
                    .challenger("c", isWrongInEvery(4)))
            .run(images(100));

    assertEquals(2 * Math.pow(0.5, 10), ab.verdict("b").p(), 1e-12); // the larger one: times 1
    assertEquals(2 * 2 * Math.pow(0.5, 25), ab.verdict("c").p(), 1e-12);
    assertTrue(ab.summary().contains("(Holm, of 2 challengers)"), ab.summary());
  }

  @Test
  void aRowThatFailsInOneModelCountsForNone() throws Exception {
    var fails =
        says(
            i -> {
              if (i == 17) {
                throw new IllegalArgumentException("17 is not for me");
              }
              return i % 10;
            });
    Path letters = temp.resolve("failed.jsonl");
    var arms = labelled(ABTest.champion("a", isAlwaysRight()).challenger("b", fails));

    var failed = assertThrows(GristmillException.class, () -> arms.run(images(40)));
    var ab = arms.run(images(40).onError(OnError.setAside(letters.toString())));

    assertTrue(failed.getMessage().contains("b: IllegalArgumentException: 17"), failed.toString());
    assertEquals(39, ab.rows());
    for (var model : ab.models()) {
      assertEquals(new Trials(39, 39), model.right());
    }
    assertTrue(
        ab.summary().startsWith("39 rows; 1 more failed and count for no model."), ab.summary());
    assertEquals(1, Files.readAllLines(letters).size());
  }

  @Test
  void aModelWithTooFewPredictionsIsNamed() {
    ActorPool<Image, Prediction> few = ActorPool.of(1, device -> batch -> List.of(prediction(1)));

    var failed =
        assertThrows(
            GristmillException.class,
            () -> ABTest.champion("a", isAlwaysRight()).challenger("b", few).run(images(16)));

    assertTrue(
        failed.getMessage().contains("b: IllegalStateException: it gave 1 predictions for 16 rows"),
        failed.toString());
  }

  @Test
  void theModelsTakeTurnsAtBeingTheFirst() {
    Queue<String> calls = new ConcurrentLinkedQueue<>();

    var ab =
        ABTest.champion("a", tells("a", calls))
            .challenger("b", tells("b", calls))
            .challenger("c", tells("c", calls))
            .batchSize(10)
            .run(images(35));

    String warmUp = "abc";
    assertEquals(warmUp + "abc" + "bca" + "cab" + "abc", String.join("", calls));
    assertEquals(35, ab.rows());
  }

  private static ActorPool<Image, Prediction> tells(String name, Queue<String> calls) {
    return ActorPool.of(
        1,
        device ->
            batch -> {
              calls.add(name);
              return batch.stream().map(image -> prediction(1)).toList();
            });
  }

  @Test
  void workersAreClosedAlsoWhereTheNextOneCannotBeMade() {
    Queue<String> closed = new ConcurrentLinkedQueue<>();
    ActorPool<Image, Prediction> opens = ActorPool.of(2, device -> closing("a", closed));
    ActorPool<Image, Prediction> cannot =
        ActorPool.of(
            1,
            device -> {
              throw new IllegalStateException("no such file");
            });

    var failed =
        assertThrows(
            GristmillException.class,
            () -> ABTest.champion("a", opens.restarts(0)).challenger("b", cannot).run(images(40)));

    assertTrue(failed.getMessage().contains("no such file"), failed.toString());
    assertFalse(closed.isEmpty());
    closed.clear();
    ABTest.champion("a", opens).challenger("b", opens).run(images(40));
    assertEquals(4, closed.size());
  }

  private static BatchWorker<Image, Prediction> closing(String name, Queue<String> closed) {
    return new BatchWorker<>() {
      @Override
      public List<Prediction> apply(List<Image> batch) {
        return batch.stream().map(image -> prediction(1)).toList();
      }

      @Override
      public void close() {
        closed.add(name);
      }
    };
  }

  @Test
  void theFirstPicturesThatModelsSeeOtherwiseAreKept() {
    var ab =
        labelled(ABTest.champion("a", isAlwaysRight()).challenger("b", isWrongInEvery(4)))
            .run(images(1000));

    var shown = ab.disagreements(3);
    assertEquals(
        List.of("0.png", "4.png", "8.png"),
        shown.pictures().stream().map(of -> of.name()).toList());
    assertEquals(
        List.of("a: class 4 (4) 1.000, right", "b: class 77 (77) 1.000", "label: class 4 (4)"),
        shown.pictures().get(1).lines());
    assertTrue(shown.note().startsWith("3 of the 250 rows"), shown.note());
    assertEquals(24, ab.disagreements(100).pictures().size());
    assertTrue(shown.toString().startsWith("0.png: a: class 0"), shown.toString());
  }

  @Test
  void whatCannotBeComparedIsRefused() {
    var one = ABTest.champion("a", isAlwaysRight());
    var alone = assertThrows(IllegalStateException.class, () -> one.run(images(3)));
    assertEquals("there is nothing to compare a with: name a challenger", alone.getMessage());
    assertThrows(IllegalArgumentException.class, () -> one.challenger("a", isAlwaysRight()));
    assertThrows(IllegalArgumentException.class, () -> one.margin(1));
    assertThrows(IllegalArgumentException.class, () -> one.pricePerHour(0));
    assertThrows(IllegalArgumentException.class, () -> one.batchSize(0));
    var two = one.challenger("b", isAlwaysRight());
    assertThrows(IllegalStateException.class, () -> two.untilDecided().run(images(3)));
    var empty = assertThrows(GristmillException.class, () -> two.run(images(0)));
    assertTrue(empty.getMessage().startsWith("there are no rows"), empty.getMessage());
    var unknown =
        assertThrows(IllegalArgumentException.class, () -> two.run(images(3)).verdict("c"));
    assertTrue(unknown.getMessage().contains("no challenger is named c"), unknown.getMessage());
  }
}
