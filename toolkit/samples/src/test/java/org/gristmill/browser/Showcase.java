package org.gristmill.browser;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.gristmill.ActorPool;
import org.gristmill.Dataset;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.OnError;
import org.gristmill.Prediction;
import org.gristmill.Run;
import org.gristmill.Session;
import org.gristmill.samples.Classifier;
import org.gristmill.samples.Samples;

/**
 * A process with a dashboard for ci/browser: real runs, of which one sets rows aside whose paths
 * and messages try to break the page. Takes a folder; then obeys lines of its input until that
 * ends: {@code long} does a run of many thousand batches, {@code close} closes the dashboard.
 */
public final class Showcase {
  static final String HOSTILE =
      "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1> \"'`&amp; ✓🦀 \u202eالعربية\u202c";
  private static final int ROWS = 64;
  private static final int BATCHES = 12_000; // of the long run
  private static final long MILLIS = 4; // a batch of it, on four threads

  private Showcase() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (var session = Session.start()) {
      var dashboard = session.dashboard();
      tell("uri " + dashboard.uri());
      Run<Prediction> naive = Samples.images(ROWS).mapBatches(4, 2, Showcase::naive).toList();
      Run<Prediction> pool = pool(Samples.images(ROWS)).toList();
      tell("report " + naive.report(folder.resolve("naive.html").toString()));
      tell("report " + pool.report(folder.resolve("pool.html").toString()));
      Run<Prediction> aside = setAside(folder.resolve("failed.jsonl").toString());
      tell("report " + aside.report(folder.resolve("set-aside.html").toString()));
      tell("ready");
      obey(input, session);
    }
  }

  private static void obey(BufferedReader input, Session session) throws IOException {
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      switch (line) {
        case "long" -> {
          var run =
              new Thread(() -> tell("rows " + sleeping().forEach(i -> {}).rows()), "long run");
          run.setDaemon(true); // the input may end before it
          run.start();
        }
        case "close" -> {
          session.dashboard().close();
          tell("closed");
        }
        default -> throw new IOException("not a command: " + line);
      }
    }
  }

  private static List<Prediction> naive(List<Image> batch) {
    var predictions = new ArrayList<Prediction>();
    try (var model = ImageClassifier.load(Samples.MODEL)) {
      batch.forEach(image -> predictions.add(model.classify(image)));
    }
    return predictions;
  }

  private static Dataset<Prediction> pool(Dataset<Image> images) {
    return images.mapBatches(16, ActorPool.of(2, Classifier::new));
  }

  private static Run<Prediction> setAside(String file) {
    List<Image> renamed = new ArrayList<>();
    Samples.images(ROWS).forEach(image -> renamed.add(renamed(image)));
    return pool(Dataset.of(renamed)
            .map(image -> image)
            .map(Showcase::checked)) // a step gives paths
        .onError(OnError.setAside(file))
        .toList();
  }

  private static Image renamed(Image image) {
    byte[] samples = new byte[image.width() * image.height() * 3];
    int at = 0;
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        for (int channel = 0; channel < 3; channel++) {
          samples[at++] = (byte) image.sample(x, y, channel);
        }
      }
    }
    String path = image.path() + "/" + HOSTILE + ".jpg";
    return Image.of(image.width(), image.height(), Image.Mode.RGB, samples, path);
  }

  private static Image checked(Image image) {
    if (image.path().contains("bee") || image.path().contains("castle")) {
      throw new IllegalStateException("this picture is broken: " + HOSTILE);
    }
    return image;
  }

  private static Dataset<Integer> sleeping() {
    return Dataset.of(IntStream.range(0, BATCHES).boxed().toList())
        .map(i -> i + 1)
        .mapBatches(1, 4, Showcase::sleep);
  }

  private static List<Integer> sleep(List<Integer> batch) throws InterruptedException {
    Thread.sleep(MILLIS);
    return batch;
  }

  private static void tell(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
