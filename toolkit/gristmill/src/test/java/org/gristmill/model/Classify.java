package org.gristmill.model;

import com.google.gson.Gson;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction.Score;

/**
 * Prints what a model makes of each picture of a folder, a JSON object a line: its name, and the
 * highest probabilities by class index. Arguments: the model and the folder.
 */
final class Classify {
  private Classify() {}

  public static void main(String[] arguments) {
    var images = Dataset.readImages(arguments[1]).toList();
    try (var model = ImageClassifier.load(arguments[0], Device.cpu().withThreads(1))) {
      var predictions = model.classify(List.copyOf(images));
      for (int i = 0; i < images.size(); i++) {
        String name = Path.of(images.path(i).orElseThrow()).getFileName().toString();
        var probabilities =
            predictions.get(i).top().stream()
                .collect(Collectors.toMap(Score::index, Score::probability));
        System.out.println(new Gson().toJson(Map.of("name", name, "probabilities", probabilities)));
      }
    }
  }
}
