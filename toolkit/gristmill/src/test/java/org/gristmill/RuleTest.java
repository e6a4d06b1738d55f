package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@ExtendWith(NothingLeft.class)
class RuleTest {
  @TempDir Path temporary;

  private static Dataset<Integer> rows(int count) {
    return Dataset.of(IntStream.range(0, count).boxed().toList());
  }

  private static String broken(RunStats stats, Rule... rules) {
    return assertThrows(GristmillException.class, () -> stats.check(rules)).getMessage();
  }

  private static void assertMatches(String pattern, String text) {
    assertTrue(text.matches(pattern), text);
  }

  /** Of 40 rows every tenth fails. */
  private RunStats withFailures() {
    return rows(40)
        .map(i -> 1 / (i % 10 == 3 ? 0 : 1) + i)
        .onError(OnError.setAside(temporary.resolve("failed.jsonl").toString()))
        .toList()
        .stats();
  }

  @Test
  void aRunThatKeepsToAllRulesIsGivenBack() {
    var run = rows(10).toList();

    assertSame(
        run,
        run.check(
            Rule.throughputBelow(0.001),
            Rule.errorShareAbove(0),
            Rule.p99Above(Duration.ofMinutes(1)),
            Rule.memoryAbove(Long.MAX_VALUE),
            Rule.heapAbove(Long.MAX_VALUE)));
    assertSame(run.stats(), run.stats().check(Rule.errorShareAbove(0)));
  }

  @Test
  void aSlowRunIsToldItsRateAndTheLimit() {
    var run = rows(10).toList();

    assertMatches(
        "the run of\\(10 rows\\) broke 1 of 1 rules: throughput below 1000000000 rows/s: it was"
            + " [\\d.]+ rows/s, 10 rows in [\\d.]+ m?s",
        broken(run.stats(), Rule.throughputBelow(1e9)));
    assertThrows(GristmillException.class, () -> run.check(Rule.throughputBelow(1e9)));
  }

  @Test
  void rowsThatWereSetAsideCountAndTheFirstOneIsNamed() {
    var stats = withFailures();

    stats.check(Rule.errorShareAbove(0.1));
    assertEquals(
        "the run of(40 rows) > map broke 1 of 1 rules: errors above 9.9 %: it was 10 %, 4 of 40"
            + " rows, the first one: "
            + stats.failures().get(0).message(),
        broken(stats, Rule.errorShareAbove(0.099)));
    assertTrue(stats.failures().get(0).message().contains("row 3"));
  }

  @Test
  void rowsThatAFilterDropsAreNoErrors() {
    rows(10).filter(i -> false).toList().check(Rule.errorShareAbove(0), Rule.throughputBelow(1e9));
  }

  @Test
  void aStageOfBatchesIsJudgedAndNotTheRowsBeforeIt() {
    var stats =
        rows(6)
            .map(i -> work(i, 60))
            .mapBatches(2, 1, batch -> List.of(work(batch.get(0), 20), batch.get(1)))
            .toList()
            .stats();

    assertMatches(
        "the run of\\(6 rows\\) > map > .* broke 1 of 1 rules: p99 of a stage's tasks above 10 ms:"
            + " it was [\\d.]+ ms in mapBatches\\(2, 1 worker\\)",
        broken(stats, Rule.p99Above(Duration.ofMillis(10))));
  }

  @Test
  void withoutBatchesStagesOfRowsAreJudged() {
    var stats = rows(1).map(i -> work(i, 20)).toList().stats();

    assertMatches(
        ".* above 0.5 ms: it was .* ms in map",
        broken(stats, Rule.p99Above(Duration.ofNanos(500_000))));
  }

  private static int work(int row, int millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    return row;
  }

  @Test
  void memoryIsWhatTheRunTookAtMost() {
    var stats = rows(10).toList().stats();

    stats.check(Rule.memoryAbove(stats.memory().process()));
    assertMatches(
        ".*: memory of the process above 1.0 MB: it was [\\d.,]+ MB at most",
        broken(stats, Rule.memoryAbove(1_000_000)));
    assertMatches(
        ".*: heap above 1 kB: it was [\\d.,]+ MB at most", broken(stats, Rule.heapAbove(1)));
  }

  @Test
  void everyBrokenRuleIsToldAtOnce() {
    assertMatches(
        "the run of\\(40 rows\\) > map broke 2 of 3 rules: throughput .*; errors .*",
        broken(
            withFailures(),
            Rule.throughputBelow(1e9),
            Rule.p99Above(Duration.ofMinutes(1)),
            Rule.errorShareAbove(0)));
  }

  @Test
  void aRunWithoutRowsIsJudgedByItsMemoryOnly() {
    var stats = rows(0).mapBatches(2, 1, batch -> batch).toList().stats();

    stats.check(
        Rule.throughputBelow(1e9), Rule.errorShareAbove(0), Rule.p99Above(Duration.ofNanos(1)));
    broken(stats, Rule.memoryAbove(1));
  }

  @Test
  void aRunThatFoundEverythingWrittenIsNotSlow() {
    String folder = temporary.resolve("out").toString();
    rows(10).writeJsonLines(folder);

    var again = rows(10).writeJsonLines(folder);

    assertEquals(0, again.rows());
    again.check(Rule.throughputBelow(1e9));
  }

  @Test
  void aRunOfWhichEveryRowFailedIsSlow() {
    var stats =
        rows(3)
            .map(i -> Integer.parseInt("no number"))
            .onError(OnError.setAside(temporary.resolve("failed.jsonl").toString()))
            .toList()
            .stats();

    assertMatches(".* it was 0 rows/s, .*", broken(stats, Rule.throughputBelow(1)));
    assertMatches(".* it was 100 %, 3 of 3 .*", broken(stats, Rule.errorShareAbove(0.99)));
  }

  @Test
  void rulesThatMakeNoSenseAreRefused() {
    for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> Rule.throughputBelow(rate));
    }
    for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> Rule.errorShareAbove(share));
    }
    assertThrows(IllegalArgumentException.class, () -> Rule.p99Above(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> Rule.p99Above(Duration.ofMillis(-1)));
    assertThrows(IllegalArgumentException.class, () -> Rule.memoryAbove(0));
    assertThrows(IllegalArgumentException.class, () -> Rule.heapAbove(-1));
    var stats = rows(1).toList().stats();
    assertThrows(IllegalArgumentException.class, () -> stats.check());
    assertThrows(NullPointerException.class, () -> stats.check((Rule) null));
    assertEquals("errors above 5 %", Rule.errorShareAbove(0.05).toString());
  }

  @Test
  void aJobWhoseRuleIsBrokenExitsWithStatusOneAndSaysWhy() throws Exception {
    assertEquals(0, job("0.001"));
    assertEquals("all is well\n", Files.readString(temporary.resolve("out")));

    assertEquals(1, job("1e12"));
    assertEquals("", Files.readString(temporary.resolve("out")));
    String why = Files.readString(temporary.resolve("err"));
    assertTrue(why.contains("broke 1 of 1 rules: throughput below 1000000000000 rows/s"), why);
  }

  private int job(String rate) throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                CheckedJob.class.getName(),
                rate)
            .redirectOutput(temporary.resolve("out").toFile())
            .redirectError(temporary.resolve("err").toFile())
            .start();
    try {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it does not end");
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }
}
