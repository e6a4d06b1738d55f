package org.gristmill.model;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.gristmill.Device;
import org.gristmill.GristmillException;

/**
 * A folder with one model in several files, as {@code kernel/export-model} writes it: {@code
 * NAME.json} states the preprocessing and the files' hashes.
 *
 * @param json the path of that file
 */
record ModelFolder(Path folder, Path json, Sidecar sidecar) {

  /**
   * Finds a folder's model.
   *
   * @throws GristmillException if it has none, or several
   */
  static ModelFolder of(Path folder) throws IOException {
    var found = new ArrayList<Path>();
    try (var files = Files.newDirectoryStream(folder, "*.json")) {
      for (Path file : files) {
        if (Sidecar.isOfFolder(read(file))) {
          found.add(file);
        }
      }
    }
    if (found.size() != 1) {
      throw new GristmillException(
          "%s is no model folder: it has %d files NAME.json with resize_short_side and sha256, not one."
                  .formatted(folder, found.size())
              + " kernel/export-model writes such a folder; or name a model file in it.");
    }
    Path json = found.get(0);
    return new ModelFolder(folder, json, Sidecar.of(read(json), json.toString()));
  }

  private static JsonObject read(Path json) throws IOException {
    return Sidecar.parse(Files.readString(json), json.toString());
  }

  /**
   * The file in full precision for a device: ONNX on a CPU, where ONNX Runtime is faster, and
   * TorchScript on a GPU; the other one if that is not there.
   *
   * @throws GristmillException if it has neither
   */
  Path standard(Device device) {
    String base = Sidecar.stem(json.getFileName().toString());
    var kinds = device.isGpu() ? List.of(".pt", ".onnx") : List.of(".onnx", ".pt");
    return kinds.stream()
        .map(kind -> base + kind)
        .filter(sidecar.sha256()::containsKey)
        .findFirst()
        .map(folder::resolve)
        .orElseThrow(
            () ->
                new GristmillException(
                    "%s names neither %s.onnx nor %s.pt".formatted(json, base, base)));
  }
}
