package org.gristmill.samples;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.gristmill.model.FileHash;
import org.gristmill.model.ModelFile;

/** Writes the samples' model as kernel/export-model would. */
final class ModelFolders {
  private ModelFolders() {}

  /**
   * Writes a folder.
   *
   * @param mean of the pictures as its JSON states it; the right one is 127 / 255
   * @param endings of the files that it is to have, such as .int8.onnx
   */
  static Path write(Path folder, String name, double mean, String... endings) throws IOException {
    Files.createDirectories(folder);
    var hashes = new LinkedHashMap<String, String>();
    for (String ending : endings) {
      Path file = folder.resolve(name + ending);
      Files.copy(ModelFile.find(Samples.MODEL + ending).file(), file);
      hashes.put(file.getFileName().toString(), FileHash.of(file));
    }
    try (var labels = Samples.class.getResourceAsStream("/gristmill/models/imagenet_classes.txt")) {
      Files.copy(labels, folder.resolve("labels.txt"));
    }
    double std = 128 / 255.0;
    var json =
        Map.of(
            "resize_short_side",
            256,
            "interpolation",
            "bicubic",
            "center_crop",
            224,
            "mean",
            List.of(mean, mean, mean),
            "std",
            List.of(std, std, std),
            "labels",
            "labels.txt",
            "sha256",
            hashes);
    Files.write(
        folder.resolve(name + ".json"), new Gson().toJson(json).getBytes(StandardCharsets.UTF_8));
    return folder;
  }
}
