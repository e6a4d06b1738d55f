package org.gristmill.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.LongStream;
import org.gristmill.Timeline.Kind;
import org.gristmill.Timeline.Span;
import org.junit.jupiter.api.Test;

class RecorderTest {
  private final Recorder recorder = new Recorder();

  private void add(int actor, Kind kind, long at) {
    int tasks = kind == Kind.TASKS ? 2 : 0;
    recorder.add(new Span(0, actor, kind, at, at + 8, tasks, 3, 7, 1, tasks / 2), "cpu");
  }

  private List<Span> spans() {
    return recorder.timeline(List.of("stage")).spans();
  }

  @Test
  void neighboursAreMergedAndAddUp() {
    LongStream.range(0, 100_000).forEach(i -> add((int) (i % 8), Kind.TASKS, 10 * i));

    var spans = spans();
    assertTrue(spans.size() <= 10_000 && spans.size() > 4_000, () -> spans.size() + " spans");
    assertEquals(200_000, spans.stream().mapToLong(Span::tasks).sum());
    assertEquals(300_000, spans.stream().mapToLong(Span::rows).sum());
    assertEquals(700_000, spans.stream().mapToLong(Span::busy).sum());
    assertEquals(100_000, spans.stream().mapToLong(Span::loading).sum());
    assertEquals(100_000, spans.stream().mapToLong(Span::failed).sum());
    for (int i = 1; i < spans.size(); i++) {
      boolean sameLane = spans.get(i).actor() == spans.get(i - 1).actor();
      assertTrue(!sameLane || spans.get(i).from() >= spans.get(i - 1).to(), "in order of time");
    }
  }

  @Test
  void anActorThatIsMadeAgainForEachTaskTakesNoMoreRoom() {
    LongStream.range(0, 60_000).forEach(i -> add(0, i % 2 == 0 ? Kind.MAKING : Kind.TASKS, 10 * i));

    var spans = spans();
    assertTrue(spans.size() <= 10_000, () -> spans.size() + " spans");
    assertEquals(60_000, spans.stream().mapToLong(Span::tasks).sum());
    assertEquals(420_000, spans.stream().mapToLong(Span::busy).sum());
  }

  @Test
  void theMakingOfAWorkerStaysApartFromItsTasks() {
    add(0, Kind.MAKING, 0);
    LongStream.range(1, 30_000).forEach(i -> add(0, Kind.TASKS, 10 * i));

    assertEquals(Kind.MAKING, spans().get(0).kind());
    assertEquals(8, spans().get(0).to());
  }
}
