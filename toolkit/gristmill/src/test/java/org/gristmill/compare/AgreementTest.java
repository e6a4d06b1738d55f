package org.gristmill.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class AgreementTest {
  private static Agreement of(long rows, long same) {
    return new Agreement(rows, same, 0, List.of());
  }

  /** If all n rows agree, the bound is the share whose n-th power is 5 %. */
  @Test
  void allOfFewRowsShowLittle() {
    assertEquals(Math.pow(0.05, 1 / 10.0), of(10, 10).atLeast(), 1e-9);
    assertEquals(Math.pow(0.05, 1 / 299.0), of(299, 299).atLeast(), 1e-9);
  }

  /** Binomial sums: with that share, so many rows or more agree in 5 % of all samples. */
  @Test
  void theBoundIsClopperAndPearsons() {
    double bound = of(20, 18).atLeast();

    double atLeast18 =
        190 * Math.pow(bound, 18) * Math.pow(1 - bound, 2)
            + 20 * Math.pow(bound, 19) * (1 - bound)
            + Math.pow(bound, 20);
    assertEquals(0.05, atLeast18, 1e-9);
  }

  @Test
  void noRowThatAgreesBoundsNothing() {
    assertEquals(0, of(20, 0).atLeast());
    assertEquals(0, of(0, 0).atLeast());
  }
}
