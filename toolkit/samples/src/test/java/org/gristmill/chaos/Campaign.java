package org.gristmill.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.gristmill.GristmillException;

/**
 * What a run must survive, tried for real: processes that are killed, memory that must not grow,
 * rows that crash their workers. {@code ci/chaos} starts it. Prints a line a check, and {@code N
 * passed, M failed}.
 */
public final class Campaign {
  /**
   * How much is tried, and where.
   *
   * @param kills of each kind of run that is killed
   * @param work a folder for what runs write
   * @param shared pictures of every odd kind, if they are there
   * @param seed of all random choices but those that depend on time
   */
  record Settings(boolean quick, int kills, Path work, Optional<Path> shared, long seed) {
    /** A fresh folder. */
    Path folder(String name) throws IOException {
      return Files.createDirectories(work.resolve(name));
    }

    int times(int full, int whenQuick) {
      return quick ? whenQuick : full;
    }
  }

  /** One thing that must hold. */
  interface Check {
    /**
     * Tries it, within bounded time.
     *
     * @return what was measured
     * @throws AssertionError if it does not hold
     */
    String run(Settings settings) throws Exception;
  }

  private static final String SKIPPED = "skipped: ";

  private Campaign() {}

  private static Map<String, Check> checks() {
    var checks = new LinkedHashMap<String, Check>();
    checks.put("kill -9 of a classification", Kills::ofAClassification);
    checks.put("kill -9 within commits", Kills::withinCommits);
    checks.put("two processes and a kill", TwoProcesses::check);
    checks.put("flat memory", FlatMemory::check);
    checks.put("poison rows", Poison::check);
    checks.put("odd files", OddFiles::check);
    checks.put("pools opened and closed", ManyPools::check);
    checks.put("interrupts", Interrupts::check);
    checks.put("random pipelines", Campaign::pipelines);
    return checks;
  }

  /** Arguments: --work DIR [--kills N] [--quick] [--shared DIR] [--only WORDS] [--seed N]. */
  public static void main(String[] arguments) throws IOException {
    var settings = settings(List.of(arguments));
    String only = option(List.of(arguments), "--only").orElse("");
    int passed = 0;
    int failed = 0;
    System.out.println("seed " + settings.seed());
    for (var check : checks().entrySet()) {
      if (!check.getKey().contains(only)) {
        continue;
      }
      long began = System.nanoTime();
      String result;
      try {
        result = check.getValue().run(settings);
        passed += result.startsWith(SKIPPED) ? 0 : 1;
      } catch (Exception | AssertionError broken) {
        failed++;
        result = "FAILED: " + GristmillException.reason(broken);
        if (!(broken instanceof AssertionError)) {
          broken.printStackTrace();
        }
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      System.out.printf(Locale.ROOT, "%s: %s (%.1f s)%n", check.getKey(), result, seconds);
    }
    System.out.printf(Locale.ROOT, "%d passed, %d failed%n", passed, failed);
    System.exit(failed > 0 ? 1 : 0);
  }

  private static Settings settings(List<String> arguments) throws IOException {
    boolean quick = arguments.contains("--quick");
    int kills = option(arguments, "--kills").map(Integer::parseInt).orElse(quick ? 12 : 200);
    Path work = Path.of(option(arguments, "--work").orElseThrow()).toAbsolutePath();
    delete(work);
    Files.createDirectories(work);
    long seed = option(arguments, "--seed").map(Long::parseLong).orElse(System.nanoTime());
    return new Settings(quick, kills, work, option(arguments, "--shared").map(Path::of), seed);
  }

  private static Optional<String> option(List<String> arguments, String name) {
    int at = arguments.indexOf(name);
    return at < 0 ? Optional.empty() : Optional.of(arguments.get(at + 1));
  }

  static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (var paths = Files.walk(folder)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  static String skipped(String why) {
    return SKIPPED + why;
  }

  static void require(boolean holds, String message, Object... arguments) {
    if (!holds) {
      throw new AssertionError(String.format(Locale.ROOT, message, arguments));
    }
  }

  /** The property tests with many more tries; the quick form leaves that to the units. */
  private static String pipelines(Settings settings) throws Exception {
    if (settings.quick()) {
      return skipped("the units have them");
    }
    int tries = 20_000;
    var maven =
        new ProcessBuilder(
            List.of(
                "./mvnw -B -ntp test -pl toolkit/gristmill -am -Dtest=PipelinePropertiesTest"
                    .concat(" -Dsurefire.failIfNoSpecifiedTests=false -Djqwik.tries.default=")
                    .concat(String.valueOf(tries))
                    .split(" ")));
    maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try (var child = Child.of(maven)) {
      int status = child.end(900);
      String result = child.last("Tests run: ");
      require(status == 0 && result.contains("Failures: 0, Errors: 0"), "%s", child.text());
      return "%,d tries of each property".formatted(tries);
    }
  }
}
