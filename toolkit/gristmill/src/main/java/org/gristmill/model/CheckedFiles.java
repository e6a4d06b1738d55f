package org.gristmill.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.gristmill.GristmillException;

/**
 * Makes sure that model files are what their JSON says, once each as long as size and date stay the
 * same: a hundred megabytes take a tenth of a second, and a model may be loaded again and again.
 * Thread-safe.
 */
public final class CheckedFiles {
  private record State(long size, FileTime changed, String sha256) {}

  private final Map<Path, State> right = new ConcurrentHashMap<>();

  /**
   * Compares a file with the hash that it should have; one of which nobody says is taken as it is.
   *
   * @throws GristmillException if it has another one
   */
  public void check(ModelFile model) throws IOException {
    if (model.sha256().isEmpty()) {
      return;
    }
    Path file = model.file();
    if (!Files.exists(file)) {
      throw new GristmillException(
          "%s is missing, which the JSON beside it names: export the model again, or copy its"
                  .formatted(model.file())
              + " folder again.");
    }
    String wanted = model.sha256().get();
    var actual = otherThan(wanted, file);
    if (actual.isPresent()) {
      throw new GristmillException(
          ("%s is not the file that was exported: its SHA-256 is %s..., the JSON beside it says"
                  + " %s... It is corrupt or from another export: export the model again, or copy"
                  + " its folder again.")
              .formatted(file, start(actual.get()), start(wanted)));
    }
  }

  /** The SHA-256 of a file, if it is another one than this. */
  public Optional<String> otherThan(String sha256, Path path) throws IOException {
    Path file = path.toAbsolutePath().normalize();
    var state = new State(Files.size(file), Files.getLastModifiedTime(file), sha256);
    if (state.equals(right.get(file))) {
      return Optional.empty();
    }
    String actual = FileHash.of(file);
    if (!actual.equals(sha256)) {
      return Optional.of(actual);
    }
    right.put(file, state);
    return Optional.empty();
  }

  private static String start(String hash) {
    return hash.substring(0, Math.min(12, hash.length()));
  }
}
