package org.gristmill.samples;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.gristmill.Dataset;
import org.gristmill.Image;
import org.gristmill.image.Decode;
import org.gristmill.model.Cache;
import org.gristmill.observe.Work;

/**
 * A small real classifier and a few real photographs, so that a first run needs no network. Who
 * made them and under what licence: {@code /gristmill/LICENSES.md} in this jar.
 */
public final class Samples {
  /**
   * The name of the classifier in this jar: EfficientNet-Lite0, ImageNet's 1,000 classes, 19 MB.
   */
  public static final String MODEL = "efficientnet_lite0";

  private static final String FOLDER = "/gristmill/images/";
  private static final double SMALLEST_CROP =
      0.85; // of a side; smaller ones lose what the picture shows

  private static final SortedMap<String, Integer> LABELS = labels(); // by file name

  private Samples() {}

  private static SortedMap<String, Integer> labels() {
    try {
      var labels = new TreeMap<String, Integer>();
      new String(read("index.csv"), StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .map(line -> line.split(",", 3))
          .forEach(cells -> labels.put(cells[0], Integer.valueOf(cells[1])));
      return Collections.unmodifiableSortedMap(labels);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** The file names of the photographs, in alphabetical order. */
  public static List<String> names() {
    return List.copyOf(LABELS.keySet());
  }

  /**
   * What a picture of {@link #images} shows: the index of an ImageNet class.
   *
   * @throws IllegalArgumentException if it is not one of them
   */
  public static int label(Image image) {
    String path = String.valueOf(image.path());
    Integer label = LABELS.get(path.replaceFirst("^samples/", "").replaceFirst("#.*", ""));
    if (label == null) {
      throw new IllegalArgumentException(path + " is not one of the samples");
    }
    return label;
  }

  /**
   * As many different pictures as are asked for, made from the photographs: the first round shows
   * each as it is, later rounds cropped, shifted and flipped. Row i is the same picture every time;
   * its path is that of its photograph and i. Every row decodes its JPEG anew, as rows that are
   * files do.
   */
  public static Dataset<Image> images(int n) {
    if (n < 0) {
      throw new IllegalArgumentException("cannot make " + n + " pictures");
    }
    List<String> names = names();
    return Dataset.of(IntStream.range(0, n).boxed().toList()).map(i -> image(names, i));
  }

  private static Image image(List<String> names, int i) {
    String name = names.get(i % names.size());
    try {
      byte[] bytes = Work.time(Work.Part.READ, () -> read(name));
      return Work.time(
          Work.Part.DECODE,
          () -> {
            Image whole = Decode.bytes(bytes, Image.Mode.RGB, "samples/" + name);
            return i < names.size() ? whole : variant(whole, i);
          });
    } catch (Exception failed) {
      throw new IllegalStateException("sample " + name + ": " + failed.getMessage(), failed);
    }
  }

  /**
   * Crops to 85..100 % of each side at some place, and mirrors every other row; all of it follows
   * from i.
   */
  private static Image variant(Image image, int i) {
    int width = (int) Math.round(image.width() * part(SMALLEST_CROP, 1, i, 1));
    int height = (int) Math.round(image.height() * part(SMALLEST_CROP, 1, i, 2));
    int left = (int) part(0, image.width() - width + 1, i, 3);
    int top = (int) part(0, image.height() - height + 1, i, 4);
    boolean mirrored = part(0, 1, i, 5) < 0.5;
    var whole = image.samples();
    byte[] samples = new byte[width * height * 3];
    byte[] row = new byte[width * 3];
    for (int y = 0; y < height; y++) {
      whole.get(((top + y) * image.width() + left) * 3, row);
      for (int x = 0; x < width; x++) {
        int source = 3 * (mirrored ? width - 1 - x : x);
        int target = 3 * (y * width + x);
        samples[target] = row[source];
        samples[target + 1] = row[source + 1];
        samples[target + 2] = row[source + 2];
      }
    }
    return Image.of(width, height, Image.Mode.RGB, samples, image.path() + "#" + i);
  }

  /**
   * A number from low (included) to high (excluded) that looks random and follows from i and a
   * salt.
   */
  private static double part(double low, double high, int i, int salt) {
    long mixed = new java.util.SplittableRandom(31L * i + salt).nextLong();
    return low + (high - low) * ((mixed >>> 11) * 0x1.0p-53);
  }

  /**
   * A model file of ResNet-50's size, 98 MB, to see what loading costs: the real architecture with
   * random weights, so that its labels mean nothing. Written once into the cache folder.
   *
   * @return the path, for {@code ImageClassifier.load}
   */
  public static String randomResNet50() {
    try {
      return RandomResNet50.write(Cache.folder()).toString();
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "cannot write the random ResNet-50: " + failed.getMessage(), failed);
    }
  }

  private static byte[] read(String name) throws IOException {
    try (InputStream in = Samples.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new IOException(FOLDER + name + " is not on the class path");
      }
      return in.readAllBytes();
    }
  }
}
