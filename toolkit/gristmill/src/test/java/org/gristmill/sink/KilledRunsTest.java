package org.gristmill.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.gristmill.GristmillException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, killed at any instant; and what a kill may leave, at every byte. */
@Timeout(120)
class KilledRunsTest {
  @TempDir Path temporary;

  private static Process start(Path folder, String... more) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Writing.class.getName(), folder.toString()));
    command.addAll(List.of(more));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static BufferedReader output(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  @Test
  void aRunThatIsKilledAgainAndAgainWritesWhatOneInPeaceWrites() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    Path killed = temporary.resolve("killed");
    for (int kills = 0; kills < 15; kills++) {
      var process = start(killed);
      try (var lines = output(process)) {
        for (int steps = random.nextInt(110); steps > 0; steps--) {
          lines.readLine();
        }
        if (random.nextBoolean()) { // not only right behind a step
          process.waitFor(random.nextInt(3_000), TimeUnit.MICROSECONDS);
        }
      }
      process.destroyForcibly().waitFor();
    }
    long before = Manifest.read(killed).map(Manifest::rows).orElse(0L);
    assertFalse(Manifest.read(killed).orElseThrow().isComplete(), "killed too late, seed " + seed);
    assertTrue(before > 0, "killed too early, seed " + seed);

    Path peaceful = temporary.resolve("peaceful");
    for (Path folder : List.of(killed, peaceful)) {
      var process = start(folder);
      try (var lines = output(process)) {
        lines.lines().forEach(line -> {});
      }
      assertEquals(0, process.waitFor());
    }

    assertEquals(
        LongStream.range(0, Writing.ROWS).mapToObj(Writing::row).toList(),
        Writing.rows(killed),
        "seed " + seed);
    assertEquals(Writing.files(peaceful), Writing.files(killed), "seed " + seed);
  }

  private static String busy(Path folder, long pid) {
    return "%s is being written by process %d: wait until it ends, or write to another folder"
        .formatted(folder, pid);
  }

  @Test
  void whileAnotherProcessWritesAFolderItIsRefused() throws Exception {
    Path folder = temporary.resolve("out");
    var process = start(folder, "and wait");
    try (var lines = output(process)) {
      assertEquals("open", lines.readLine());

      var refused = assertThrows(GristmillException.class, () -> Writing.open(folder, "A", 7));

      assertEquals(busy(folder, process.pid()), refused.getMessage());
    } finally {
      process.destroyForcibly().waitFor();
    }
    Writing.open(folder, "A", 7).close(); // a killed process holds nothing
  }

  @Test
  void aRunThatWasRefusedDoesNotFreeTheLockOfItsProcess() throws Exception {
    Path folder = temporary.resolve("out");
    try (var segments = Writing.open(folder, "A", 7)) {
      assertThrows(GristmillException.class, () -> Writing.open(folder, "A", 7));

      var process = start(folder);
      try (var lines = output(process)) {
        String text = lines.lines().collect(Collectors.joining("\n"));
        assertTrue(text.contains(busy(folder, ProcessHandle.current().pid())), text);
      }
      assertEquals(1, process.waitFor());
    }
  }

  @Test
  void aManifestCutAtAnyByteGivesTheSameRowsInTheEnd() throws Exception {
    Path whole = temporary.resolve("whole");
    try (var segments = Writing.open(whole, "A", 3)) {
      Writing.write(segments, 10, () -> {});
    }
    byte[] manifest = Files.readAllBytes(whole.resolve(Manifest.NAME));
    int first = new String(manifest, StandardCharsets.UTF_8).indexOf('\n') + 1;

    for (int length = 0; length < manifest.length; length++) {
      Path cut = temporary.resolve("cut-" + length);
      Writing.copy(whole, cut);
      Files.write(cut.resolve(Manifest.NAME), Arrays.copyOf(manifest, length));
      if (length < first) { // it appears whole, so this is none of ours
        assertThrows(GristmillException.class, () -> Writing.open(cut, "A", 3).close());
        continue;
      }
      try (var segments = Writing.open(cut, "A", 3)) {
        assertFalse(segments.isComplete());
        Writing.write(segments, 10, () -> {});
      }
      assertEquals(Writing.files(whole), Writing.files(cut), "cut at " + length);
    }
  }

  @Test
  void whatAKillLeavesIsDeleted() throws Exception {
    Path folder = temporary.resolve("out");
    try (var segments = Writing.open(folder, "A", 3)) {
      segments.add(Writing.row(0));
      segments.commit(Writing.at(1));
    }
    var before = Writing.files(folder);
    Files.writeString(folder.resolve(".segment-000001.jsonl.partial"), "half a r");
    Files.writeString(folder.resolve("segment-000001.jsonl"), "renamed, and then killed\n");
    Files.writeString(folder.resolve(".manifest.jsonl.partial"), "{\"gri");
    Files.writeString(folder.resolve("notes.txt"), "of the user");

    Writing.open(folder, "A", 3).close();

    var after = Writing.files(folder);
    assertEquals("of the user", after.remove("notes.txt"));
    assertEquals(before, after);
  }
}
