package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class TimingTest {
  @Test
  void waysTakeTurnsAfterRoundsThatOnlyWarmUp() {
    var calls = new ArrayList<String>();

    var timing = Timing.of("a", () -> calls.add("a")).and("b", () -> calls.add("b")).measure(2, 2);

    var round = List.of("a", "a", "b", "b");
    var expected = new ArrayList<String>();
    for (int i = 0; i < 3 + 2; i++) {
      expected.addAll(round);
    }
    assertEquals(expected, calls);
    assertEquals("1", timing.table().rows().get(0).get(2));
    assertEquals("2 rounds, in turn; medians", timing.table().note());
  }

  @Test
  void whatTakesLongerIsTold() {
    var timing =
        Timing.of("nothing", () -> {})
            .and("a millisecond", () -> LockSupport.parkNanos(1_000_000))
            .measure(5, 1);

    assertTrue(timing.timesAsLong("a millisecond").low() > 1, timing::toString);
    assertTrue(timing.nanos("a millisecond") > timing.nanos("nothing"), timing::toString);
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    var ways = Timing.of("a", () -> {});

    assertThrows(IllegalArgumentException.class, () -> ways.and("a", () -> {}));
    assertThrows(IllegalArgumentException.class, () -> ways.measure(0, 1));
    assertThrows(IllegalArgumentException.class, () -> ways.measure(1, 0));
    assertThrows(NullPointerException.class, () -> ways.measure(1, 1).nanos("b"));
  }
}
