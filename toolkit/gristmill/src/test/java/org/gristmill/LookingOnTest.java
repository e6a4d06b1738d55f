package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.gristmill.observe.RunListener;
import org.gristmill.observe.Snapshot;
import org.gristmill.observe.Work;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Those who look on see how a run goes on and how it ends. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class LookingOnTest implements RunListener {
  @TempDir Path folder;
  private final List<Snapshot> going = new CopyOnWriteArrayList<>();
  private final List<Snapshot> ended = new CopyOnWriteArrayList<>();
  private final AtomicInteger batches = new AtomicInteger();

  @Override
  public void progressed(Snapshot run) {
    going.add(run);
  }

  @Override
  public void ended(Snapshot run) {
    ended.add(run);
  }

  @Override
  public void batch(int place, String stage, int rows, long nanos) {
    batches.incrementAndGet();
  }

  @BeforeEach
  void look() {
    Session.listeners().add(this);
  }

  @AfterEach
  void lookAway() {
    Session.listeners().remove(this);
  }

  private static Dataset<Integer> range(int n) {
    return Dataset.of(IntStream.range(0, n).boxed().toList());
  }

  private static <T> List<T> slowly(List<T> batch) throws InterruptedException {
    Thread.sleep(5);
    return batch;
  }

  private Snapshot last() {
    assertEquals(1, ended.size());
    return ended.get(0);
  }

  @Test
  void aRunIsSeenWhileItGoesOnAndOnceAtItsEnd() {
    var run = range(1000).mapBatches(4, 2, LookingOnTest::slowly).toList();
    assertTrue(going.size() >= 2, () -> going.size() + " looks");
    assertEquals(250, batches.get());
    for (Snapshot look : going) {
      assertEquals(Snapshot.State.RUNNING, look.state());
      assertEquals(OptionalLong.of(1000), look.total());
      assertEquals(2, look.stages().size());
      assertTrue(look.stats().rows() < 1000);
    }
    var rows = going.stream().map(look -> look.stats().rows()).toList();
    assertEquals(rows.stream().sorted().toList(), rows);
    assertEquals(Snapshot.State.ENDED, last().state());
    assertEquals(run.stats(), last().stats());
    assertTrue(last().stages().stream().allMatch(Snapshot.StageNow::ended));
  }

  @Test
  void theTimelineAddsUpToWhatTheStagesDid() {
    var stats = range(500).mapBatches(4, 3, LookingOnTest::slowly).toList().stats();
    var stage = stats.plan().stages().get(1).measured().orElseThrow();
    var spans =
        stats.timeline().spans().stream()
            .filter(span -> span.kind() == Timeline.Kind.TASKS && span.stage() == 1)
            .toList();
    assertEquals(125, spans.stream().mapToInt(Timeline.Span::tasks).sum());
    assertEquals(500, spans.stream().mapToLong(Timeline.Span::rows).sum());
    assertEquals(3, stage.actors().size());
    assertEquals(500, stage.actors().stream().mapToLong(ExecutionPlan.Actor::rows).sum());
    long wall = stats.wall().toNanos();
    assertTrue(spans.stream().allMatch(span -> span.from() >= 0 && span.from() <= span.to()));
    assertTrue(spans.stream().allMatch(span -> span.to() <= wall));
    assertTrue(stage.duration().p50().compareTo(Duration.ofMillis(5)) >= 0);
    assertTrue(stage.duration().p99().compareTo(stage.duration().p50()) >= 0);
    assertTrue(stage.wall().compareTo(stats.wall()) <= 0);
  }

  @Test
  void itsSizeIsBoundedAndNothingIsLostByThat() {
    var stats = range(30_000).mapBatches(1, 2, batch -> batch).toList().stats();
    int spans = stats.timeline().spans().size();
    assertTrue(spans <= 10_001, () -> spans + " spans");
    long rows =
        stats.timeline().spans().stream()
            .filter(span -> span.stage() == 1)
            .mapToLong(Timeline.Span::rows)
            .sum();
    assertEquals(30_000, rows);
    assertTrue(stats.timeline().samples().size() <= 601);
  }

  @Test
  void aLoadWithinABatchIsToldApartFromOneWhenTheWorkerIsMade() {
    var naive =
        range(12)
            .mapBatches(
                4,
                2,
                batch -> {
                  Work.time(Work.Part.LOAD, () -> batch);
                  return batch;
                })
            .toList();
    assertEquals(3, measured(naive, 1).loadsInTasks());
    var pool =
        ActorPool.<Integer, Integer>of(
            2,
            device -> {
              try {
                Work.time(Work.Part.LOAD, () -> 1);
              } catch (Exception impossible) {
                throw new IllegalStateException(impossible);
              }
              return batch -> batch;
            });
    var once = range(12).mapBatches(4, pool).toList();
    assertEquals(2, measured(once, 1).loads());
    assertEquals(0, measured(once, 1).loadsInTasks());
  }

  private static ExecutionPlan.Measured measured(Run<?> run, int stage) {
    return run.plan().stages().get(stage).measured().orElseThrow();
  }

  @Test
  void aRunThatFailsIsSeenToFailAndWhy() {
    var data =
        range(100)
            .map(
                i -> {
                  if (i == 7) {
                    throw new IllegalStateException("seven");
                  }
                  return i;
                });
    assertThrows(GristmillException.class, data::toList);
    assertEquals(Snapshot.State.FAILED, last().state());
    assertTrue(last().failure().orElseThrow().contains("seven"), () -> last().failure().get());
    assertEquals(7, last().stats().failures().get(0).row());
    assertEquals("map", last().stats().failures().get(0).stage());
  }

  @Test
  void thePicturesOfTheFirstRowsThatFailAreKept() {
    var picture = Image.of(400, 200, Image.Mode.RGB, new byte[400 * 200 * 3], "somewhere.png");
    var pictures =
        range(200)
            .map(i -> picture)
            .mapBatches(
                8,
                2,
                batch -> {
                  throw new IllegalStateException("no picture is good enough");
                })
            .onError(OnError.setAside(folder.resolve("letters.jsonl").toString()));
    var stats = pictures.toList().stats();
    assertEquals(200, stats.setAside());
    assertEquals(50, stats.failures().size());
    long shown = stats.failures().stream().filter(row -> row.picture().isPresent()).count();
    assertEquals(20, shown);
    assertEquals("somewhere.png", stats.failures().get(0).path().orElseThrow());
  }

  @Test
  void howManyRowsThereWillBeIsToldFromTheShareThatAFilterLetsThrough() {
    range(2000).filter(i -> i % 4 == 0).mapBatches(4, 2, LookingOnTest::slowly).toList();
    Snapshot late = going.get(going.size() - 1);
    assertTrue(late.totalIsEstimate());
    assertEquals(500, (double) late.total().orElseThrow(), 25);
  }

  @Test
  void howManyRowsThereWillBeIsUnknownWhileASourceGoesOn() {
    Iterable<Integer> endless = () -> IntStream.iterate(0, i -> i + 1).iterator();
    Dataset.from(endless).mapBatches(4, 2, LookingOnTest::slowly).take(600);
    assertTrue(going.stream().allMatch(look -> look.total().equals(OptionalLong.of(600))));
    going.clear();
    assertThrows(
        GristmillException.class,
        () ->
            Dataset.from(endless)
                .mapBatches(4, 2, LookingOnTest::slowly)
                .forEach(
                    i -> {
                      if (i > 600) {
                        throw new GristmillException("enough");
                      }
                    }));
    assertFalse(going.isEmpty());
    assertTrue(going.stream().allMatch(look -> look.total().isEmpty()));
    assertTrue(going.stream().allMatch(look -> look.remaining().isEmpty()));
  }

  @Test
  void theTimeThatTheCallersActionTakesIsMeasured() {
    var stats =
        range(50)
            .forEach(
                i -> {
                  try {
                    Thread.sleep(2);
                  } catch (InterruptedException stop) {
                    Thread.currentThread().interrupt();
                  }
                });
    assertTrue(stats.output().compareTo(Duration.ofMillis(100)) >= 0, stats.output()::toString);
    assertTrue(stats.output().compareTo(stats.wall()) <= 0);
  }

  @Test
  void aListenerThatFailsIsLeftOutAndTheRunGoesOn() {
    var calls = new AtomicInteger();
    RunListener broken =
        new RunListener() {
          @Override
          public void batch(int place, String stage, int rows, long nanos) {
            calls.incrementAndGet();
            throw new IllegalStateException("cannot draw");
          }
        };
    Session.listeners().add(broken);
    assertEquals(20, range(20).mapBatches(2, 2, batch -> batch).toList().size());
    assertEquals(1, calls.get());
  }
}
