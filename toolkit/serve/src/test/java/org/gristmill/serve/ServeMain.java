package org.gristmill.serve;

import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Dataset;
import org.gristmill.Device;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.Session;
import org.gristmill.image.Decode;
import org.gristmill.samples.Samples;

/**
 * A service of the samples' model in a process of its own, for ci/serve. Takes a folder and the
 * seconds that a request may take. Into the folder it writes the samples' pictures, {@code
 * pictures/NAME}, what they are decoded, {@code pixels/NAME_WIDTHxHEIGHT}, and what a run over them
 * predicts, {@code predictions/}, as JSON Lines. Then it says where it is and obeys lines of its
 * input until that ends: {@code kill} has an actor die in its next batch, {@code close} closes the
 * service. What it says is JSON, an object a line.
 */
public final class ServeMain {
  private static final int ACTORS = 2;
  private static final int BATCH = 4;

  private static final AtomicInteger LOADS = new AtomicInteger(); // of the model
  private static final AtomicInteger DEATHS = new AtomicInteger(); // that were ordered

  private ServeMain() {}

  /** A classifier that dies when it is told to. */
  private record Mortal(ImageClassifier model) implements BatchWorker<Image, Prediction> {
    static Mortal on(Device device) {
      LOADS.incrementAndGet();
      return new Mortal(ImageClassifier.load(Samples.MODEL, device));
    }

    @Override
    public List<Prediction> apply(List<Image> batch) {
      if (DEATHS.getAndUpdate(ordered -> Math.max(0, ordered - 1)) > 0) {
        throw new AssertionError("killed");
      }
      return model.classify(batch);
    }

    @Override
    public void close() {
      model.close();
    }
  }

  private static ActorPool<Image, Prediction> pool() {
    return ActorPool.of(ACTORS, Mortal::on).input(Preprocessing.of(Samples.MODEL));
  }

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    var deadline = Duration.ofSeconds(Integer.parseInt(arguments[1]));
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (var session = Session.start()) {
      Path pictures = writePictures(folder);
      Dataset.readImages(pictures.toString())
          .mapBatches(BATCH, pool())
          .writeJsonLines(folder.resolve("predictions").toString());
      LOADS.set(0);
      var options = ServeOptions.defaults().name(Samples.MODEL).deadline(deadline).drain(deadline);
      try (var service = Serve.start(pool(), options)) {
        tell(
            Map.of(
                "uri", service.uri().toString(),
                "token", service.token(),
                "name", service.name()));
        obey(input, service);
      }
    }
  }

  private static Path writePictures(Path folder) throws IOException {
    Path pictures = Files.createDirectories(folder.resolve("pictures"));
    Path pixels = Files.createDirectories(folder.resolve("pixels"));
    for (String name : Samples.names()) {
      byte[] file;
      try (var in = Samples.class.getResourceAsStream("/gristmill/images/" + name)) {
        file = Objects.requireNonNull(in, name).readAllBytes();
      }
      Files.write(pictures.resolve(name), file);
      Image image = Decode.bytes(file, Image.Mode.RGB, name);
      byte[] samples = new byte[image.samples().remaining()];
      image.samples().get(samples);
      Files.write(
          pixels.resolve("%s_%dx%d".formatted(name, image.width(), image.height())), samples);
    }
    return pictures;
  }

  private static void obey(BufferedReader input, Serve service) throws IOException {
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      switch (line) {
        case "kill" -> tell(Map.of("deaths", DEATHS.incrementAndGet()));
        case "rows" -> tell(Map.of("rows", service.stats().rows()));
        case "close" -> {
          service.close();
          var stats = service.stats();
          tell(
              Map.of(
                  "rows", stats.rows(),
                  "set_aside", stats.setAside(),
                  "loads", LOADS.get(),
                  "threads", Session.start().threads().size()));
        }
        default -> throw new IOException("not a command: " + line);
      }
    }
  }

  private static void tell(Object what) {
    System.out.println(new Gson().toJson(what));
    System.out.flush();
  }
}
