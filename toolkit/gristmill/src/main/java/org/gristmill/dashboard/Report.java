package org.gristmill.dashboard;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** The dashboard's page as one file that needs no server and no network. */
public final class Report {
  private Report() {}

  /**
   * Writes the file, whole or not at all.
   *
   * @param json the machine and the runs with their plans and timelines
   * @return the file's absolute path
   */
  public static Path write(Path file, String json) throws IOException {
    Path target = file.toAbsolutePath();
    Files.createDirectories(target.getParent());
    Path temporary =
        target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".partial");
    try {
      Files.writeString(
          temporary, Page.report(Secret.random().digits(), json), StandardCharsets.UTF_8);
      move(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
    return target;
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException otherwise) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
