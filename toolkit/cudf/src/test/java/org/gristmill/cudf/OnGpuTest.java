package org.gristmill.cudf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.IntStream;
import org.dflib.DataFrame;
import org.gristmill.Frames;
import org.gristmill.GristmillException;
import org.gristmill.frame.Columns;
import org.gristmill.frame.FrameEngine;
import org.junit.jupiter.api.Test;

/** Where there is a GPU it computes what the processor does; elsewhere a sentence says so. */
class OnGpuTest {
  private static final boolean DRIVER = Files.exists(Path.of("/dev/nvidiactl"));

  record Row(String kind, int whole, double number) {}

  private static final DataFrame FRAME =
      Frames.of(
          IntStream.range(0, 1000)
              .mapToObj(i -> new Row("kind " + i % 7, i * i, Math.sin(i)))
              .toList());

  @Test
  void theEngineIsFoundWithoutItsNatives() {
    assertInstanceOf(OnGpu.class, ServiceLoader.load(FrameEngine.class).findFirst().orElseThrow());
  }

  @Test
  void withoutAGpuASentenceSaysSo() {
    assumeFalse(DRIVER, "there is an NVIDIA driver");
    assertEquals(
        "no NVIDIA GPU here: its driver, libcuda.so.1, is not installed; Frames.cpu() computes the same on the processor",
        assertThrows(GristmillException.class, Frames::gpu).getMessage());
  }

  @Test
  void columnsAreStandardisedAsOnTheProcessor() {
    assumeTrue(DRIVER, "no NVIDIA GPU: not run");
    same(
        Frames.cpu().standardise(FRAME, "whole", "number"),
        Frames.gpu().standardise(FRAME, "whole", "number"),
        List.of("whole", "number"));
  }

  @Test
  void groupsHaveTheMeansThatTheyHaveOnTheProcessor() {
    assumeTrue(DRIVER, "no NVIDIA GPU: not run");
    DataFrame means = Frames.gpu().means(FRAME, "kind", "whole", "number");
    same(Frames.cpu().means(FRAME, "kind", "whole", "number"), means, List.of("whole", "number"));
    assertEquals("kind 0", means.get("kind", 0));
  }

  @Test
  void aFrameComesBackAsItWent() {
    assumeTrue(DRIVER, "no NVIDIA GPU: not run");
    try (var table = GpuTable.of(FRAME)) {
      DataFrame back = GpuTable.frame(table, List.of(FRAME.getColumnsIndex().toArray()));
      assertEquals(Frames.rows(FRAME), Frames.rows(back));
    }
  }

  private static void same(DataFrame expected, DataFrame actual, List<String> columns) {
    for (String column : columns) {
      assertArrayEquals(
          Columns.doubles(expected, column), Columns.doubles(actual, column), 1e-9, column);
    }
  }
}
