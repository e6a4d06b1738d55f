package org.gristmill.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.gristmill.NothingLeft;
import org.gristmill.dataset.GpuRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** With a real child process that prints what nvidia-smi would. */
@Timeout(60)
@DisabledOnOs(OS.WINDOWS)
@ExtendWith(NothingLeft.class)
class GpuUseTest {
  private static final long GIB = 1L << 30;

  @TempDir Path folder;

  /** A program of that name and text, which first writes down its number and its arguments. */
  private void program(String text) throws IOException {
    Path program = folder.resolve("nvidia-smi");
    Files.writeString(
        program,
        "#!/bin/sh\necho $$ > '%1$s/pid.new'\necho \"$@\" > '%1$s/arguments'\nmv '%1$s/pid.new' '%1$s/pid'\n%2$s\n"
            .formatted(folder, text));
    assertTrue(program.toFile().setExecutable(true));
  }

  private boolean isAlive() throws IOException {
    long pid = Long.parseLong(Files.readString(folder.resolve("pid")).strip());
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private GpuUse start() {
    return GpuUse.start("/nowhere" + File.pathSeparator + folder);
  }

  private static void until(GpuUse gpus, BooleanSupplier holds) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!holds.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, gpus.busiest() + ", " + gpus.memory());
      new CountDownLatch(1).await(5, TimeUnit.MILLISECONDS);
      gpus.read();
    }
  }

  @Test
  void ofSeveralGpusTheBusiestCountsAndTheirMemoryTogether() throws Exception {
    program("while :; do echo '0, 37, 1024'; echo '1, 5, 2048'; sleep 0.05; done");
    try (var gpus = start()) {
      until(gpus, () -> gpus.memory() == 3 * GIB);

      assertEquals(0.37, gpus.busiest());
      assertEquals(
          "--query-gpu=index,utilization.gpu,memory.used --format=csv,noheader,nounits -lms 500\n",
          Files.readString(folder.resolve("arguments")));
    }
    assertFalse(isAlive(), "it is ended at once");
  }

  @Test
  void theLatestCounts() throws Exception {
    program("echo '0, 100, 4096'; sleep 0.3; echo '0, 0, 1024'; while :; do sleep 0.05; done");
    try (var gpus = start()) {
      until(gpus, () -> gpus.busiest() == 1);
      until(gpus, () -> gpus.busiest() == 0);
      assertEquals(GIB, gpus.memory());
    }
  }

  @Test
  void whatAGpuDoesNotTellIsNotKnownAndMessagesAreNone() throws Exception {
    program(
        "echo 'Warning: something, or other'; echo '0, [N/A], 1024'; echo '1, [Unknown Error], [N/A]';"
            + " printf '2, 5'; sleep 0.2; echo '0, 2048'; while :; do sleep 0.05; done");
    try (var gpus = start()) {
      until(gpus, () -> gpus.memory() == 3 * GIB);
      assertEquals(0.5, gpus.busiest(), "50, though it came in two pieces");
    }
  }

  @Test
  void readingNeverWaits() throws Exception {
    program("printf '0, 1'; while :; do sleep 0.05; done"); // the line never ends
    try (var gpus = start()) {
      long began = System.nanoTime();
      for (int i = 0; i < 1000; i++) {
        gpus.read();
      }
      assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(5));
      assertEquals(-1, gpus.busiest());
    }
  }

  @Test
  void aProgramThatFloodsDoesNoHarm() throws Exception {
    program("while :; do echo '0, 42, 1024'; printf '%01000d' 0; printf '%01000d\\n' 0; done");
    try (var gpus = start()) {
      until(gpus, () -> gpus.memory() == GIB);
    }
    assertFalse(isAlive());
  }

  @Test
  void whenTheProgramHasEndedNothingIsKnown() throws Exception {
    program("echo '0, 37, 1024'; echo 'went wrong' >&2; exit 9");
    try (var gpus = start()) {
      until(gpus, () -> gpus.memory() == GIB);
      until(gpus, () -> gpus.memory() == -1);
      assertEquals(-1, gpus.busiest());
    }
  }

  @Test
  void withoutTheProgramNothingIsKnown() throws Exception {
    Files.writeString(folder.resolve("nvidia-smi"), "not a program");
    for (String path : new String[] {null, "", folder.toString()}) {
      try (var gpus = GpuUse.start(path)) {
        gpus.read();
        assertEquals(-1, gpus.busiest());
        assertEquals(-1, gpus.memory());
      }
    }
    assertTrue(folder.resolve("nvidia-smi").toFile().setExecutable(true));
    try (var gpus = start()) { // cannot be started
      gpus.read();
      assertEquals(-1, gpus.memory());
    }
  }

  @Test
  void aRunOnAGpuTellsAndLeavesNothingHoweverItEnds() throws Exception {
    program("while :; do echo '0, 37, 1024'; sleep 0.05; done");
    String path = folder + File.pathSeparator + System.getenv("PATH");

    assertEquals("ENDED 1073741824 0.37", run("ends", path));
    assertFalse(isAlive());
    Files.delete(folder.resolve("pid"));
    assertEquals("FAILED 1073741824 0.37", run("fails", path));
    assertFalse(isAlive());
  }

  @Test
  void aRunOnAGpuWithoutTheProgramSaysNothing() throws Exception {
    assertEquals("ENDED -1 -1.0", run("ends", folder.toString()));
  }

  /** What a process of its own prints. */
  private String run(String how, String path) throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            GpuRun.class.getName(),
            how);
    builder.environment().put("PATH", path);
    Path output = folder.resolve("output");
    var process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it does not end");
    } finally {
      process.destroyForcibly();
    }
    return Files.readString(output).strip();
  }
}
