package org.gristmill.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BatchShapesTest {
  private final BatchShapes shapes = new BatchShapes();

  private int computed(int n) {
    int rows = shapes.rowsFor(n);
    shapes.computed(rows);
    return rows;
  }

  @Test
  void theLastBatchOfARunIsFilledUp() {
    assertEquals(64, computed(64));
    assertEquals(64, computed(64));
    assertEquals(64, computed(3));
  }

  @Test
  void aSmallBatchThatComesAgainIsComputedAsItIs() {
    computed(64);
    assertEquals(64, computed(1));
    assertEquals(1, computed(1));
    assertEquals(1, computed(1));
    assertEquals(64, computed(64));
  }

  @Test
  void batchesOfAnySizeShareFewShapes() {
    computed(64);
    for (int n = 33; n < 64; n++) {
      assertEquals(64, computed(n));
      assertEquals(64, computed(n));
    }
  }

  @Test
  void aBatchThatFailedIsNoExample() {
    computed(16);
    assertEquals(1024, shapes.rowsFor(1024)); // and then memory runs out
    assertEquals(512, shapes.rowsFor(512));
  }
}
