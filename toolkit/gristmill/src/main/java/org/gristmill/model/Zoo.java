package org.gristmill.model;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.gristmill.GristmillException;
import org.gristmill.Preprocessing;
import org.gristmill.Preprocessing.Resampling;

/**
 * Models of DJL's public zoo that are known by name, each pinned to one file by the SHA-1 that
 * DJL's own index (model/cv/image_classification/ai/djl/pytorch/resnet/metadata.json) states for
 * it.
 */
final class Zoo {
  private record Entry(String file, String sha1) {}

  private static final String HOST = "https://mlrepo.djl.ai";
  private static final String FOLDER = "/model/cv/image_classification/ai/djl/pytorch/";
  private static final Entry LABELS =
      new Entry("synset.txt", "e03a09a8336d75b7bb008748eadee253a30cb2c2");
  private static final Map<String, Entry> MODELS =
      Map.of(
          "resnet18",
          new Entry(
              "resnet/0.0.1/traced_resnet18.pt.gz", "5f2090128b4dd2aac5bc7394ba4d46fe4a608a89"),
          "resnet50",
          new Entry(
              "resnet/0.0.1/traced_resnet50.pt.gz", "dabcf25f827f4fa163a91899ea11f45e82c9fb60"));

  // DJL's translator for these: resize to 256, crop 224; torchvision's published evaluation
  // transform agrees.
  private static final Preprocessing IMAGENET =
      new Preprocessing(
          256,
          Resampling.BILINEAR,
          224,
          List.of(0.485f, 0.456f, 0.406f),
          List.of(0.229f, 0.224f, 0.225f));

  private Zoo() {}

  static boolean has(String name) {
    return MODELS.containsKey(name);
  }

  static String names() {
    return "the zoo's " + new TreeSet<>(MODELS.keySet());
  }

  static ModelFile get(String name) throws IOException {
    Path packed = download(MODELS.get(name));
    Path model = packed.resolveSibling(packed.getFileName().toString().replace(".gz", ""));
    if (!Files.exists(model)) {
      try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
        Cache.place(model, in);
      }
    }
    // A line is "n01440764 tench, Tinca tinca".
    List<String> labels =
        Files.readAllLines(download(LABELS)).stream()
            .map(line -> line.substring(line.indexOf(' ') + 1))
            .toList();
    return new ModelFile(model, IMAGENET, labels);
  }

  private static Path download(Entry entry) throws IOException {
    String name = entry.file().substring(entry.file().lastIndexOf('/') + 1);
    URI uri = URI.create(System.getProperty("gristmill.zoo", HOST) + FOLDER + entry.file());
    Path kept = Cache.folder().resolve(entry.sha1().substring(0, 12) + "-" + name);
    if (Files.exists(kept)) {
      return kept;
    }
    var client =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(10))
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    var request = HttpRequest.newBuilder(uri).timeout(Duration.ofMinutes(10)).build();
    try {
      var response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() != 200) {
          throw new IOException("the server answered " + response.statusCode());
        }
        return Cache.keep(name, body, "SHA-1", entry.sha1());
      }
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot download %s: %s. Without a network use a file, or the samples' model."
              .formatted(uri, GristmillException.reason(failed)),
          failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new GristmillException("interrupted while downloading " + uri, interrupted);
    }
  }
}
