package org.gristmill.chaos;

import static org.gristmill.chaos.Campaign.require;

import java.nio.file.Path;
import java.util.List;
import org.gristmill.Dataset;
import org.gristmill.OnError;
import org.gristmill.chaos.Campaign.Settings;

/** Pictures of every odd kind, and files that are none: what can be seen comes out. */
final class OddFiles {
  private static final int GOOD = 28;
  private static final int BAD =
      10; // cut off, corrupt, no picture in spite of the name, or too large

  private OddFiles() {}

  static String check(Settings settings) throws Exception {
    if (settings.shared().isEmpty()) {
      require(!"true".equals(System.getenv("CI")), "CI=true, but there is no shared data");
      return Campaign.skipped("there is no shared data");
    }
    Path odd = settings.shared().get().resolve("images/odd");
    var folder = settings.folder("odd");
    try (var child = Child.java(folder, List.of("-Xmx1g"), OddFiles.class, odd)) {
      return child.result(60);
    }
  }

  /** Argument: the folder of pictures. */
  public static void main(String[] arguments) {
    var stats =
        Dataset.readImages(arguments[0])
            .onError(OnError.setAside("letters.jsonl"))
            .map(image -> image.width())
            .writeJsonLines("out");
    String measured =
        "%d came out, %d were set aside, %s"
            .formatted(stats.rows(), stats.setAside(), stats.notes().get(0));
    require(
        stats.rows() == GOOD && stats.setAside() == BAD && measured.contains("skipped 1 file"),
        "not %d, %d and 1: %s",
        GOOD,
        BAD,
        measured);
    System.out.println("measured: " + measured);
  }
}
