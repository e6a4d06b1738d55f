package org.gristmill.dashboard;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gristmill.sink.Disk;

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
    Disk.place(
        target, Page.report(Secret.random().digits(), json).getBytes(StandardCharsets.UTF_8));
    return target;
  }
}
