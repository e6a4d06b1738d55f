package org.gristmill;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For tests against the pictures, models and golden values in {@code shared/data} beside the
 * checkout. Without the folder they are skipped and named; where {@code CI=true} its absence is a
 * failure.
 */
public final class SharedData implements ExecutionCondition {
  /** The folder, whether it is there or not. */
  public static final Path FOLDER = folder();

  private static Path folder() {
    Path here = Path.of("").toAbsolutePath();
    for (Path up = here; up != null; up = up.getParent()) {
      if (Files.isDirectory(up.resolve("notebooks")) && Files.exists(up.resolve("mvnw"))) {
        return up.resolveSibling("shared").resolve("data");
      }
    }
    return here.resolve("shared").resolve("data");
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (Files.isDirectory(FOLDER)) {
      return ConditionEvaluationResult.enabled("shared data is there");
    }
    if ("true".equals(System.getenv("CI"))) {
      throw new IllegalStateException("CI=true, but there is no " + FOLDER);
    }
    String reason = "skipped: " + context.getDisplayName() + ", there is no " + FOLDER;
    System.out.println(reason);
    return ConditionEvaluationResult.disabled(reason);
  }
}
