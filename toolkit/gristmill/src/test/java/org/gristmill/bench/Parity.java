package org.gristmill.bench;

import com.google.gson.Gson;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.gristmill.Device;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.Preprocessing;
import org.gristmill.image.Decode;
import org.gristmill.image.DecodeWays;
import org.gristmill.image.Pack;
import org.gristmill.model.ModelFile;

/**
 * Our side of {@code ci/peers/parity.py}, which asks for one thing a line, tab-separated, and gets
 * a line of JSON, and behind it as many bytes as that says. Ways to decode are {@code native} and
 * {@code java}; 0 is the short side of a picture that is not to be made smaller.
 */
final class Parity {
  private static final int BATCH = 16;

  private final Map<String, List<byte[]>> pictures = new HashMap<>();

  private Parity() {}

  /** A line of JSON, and what follows it. */
  private record Answer(Map<String, ?> told, byte[] bytes) {
    static Answer of(Map<String, ?> told) {
      return new Answer(told, new byte[0]);
    }

    static Answer of(Image image) {
      byte[] samples = new byte[image.samples().remaining()];
      image.samples().get(samples);
      return new Answer(
          Map.of("height", image.height(), "width", image.width(), "bytes", samples.length),
          samples);
    }

    void writeTo(OutputStream out) throws IOException {
      out.write((new Gson().toJson(told) + "\n").getBytes(StandardCharsets.UTF_8));
      out.write(bytes);
      out.flush();
    }
  }

  public static void main(String[] arguments) throws Exception {
    var parity = new Parity();
    var out = new BufferedOutputStream(System.out);
    System.setOut(System.err); // libraries may print
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      parity.answer(line.split("\t")).writeTo(out);
    }
  }

  private Answer answer(String[] asked) throws Exception {
    return switch (asked[0]) {
      case "decoder" -> Answer.of(Map.of("decoder", Decode.describe()));
      case "pictures" -> Answer.of(Map.of("plain", load(asked[1], Path.of(asked[2]))));
      case "divisor" ->
          Answer.of(
              Map.of(
                  "divisor",
                  DecodeWays.divisor(picture(asked[2], asked[3]), Integer.parseInt(asked[1]))));
      case "samples" -> Answer.of(decoded(asked[1], asked[2], picture(asked[3], asked[4])));
      case "input" ->
          Answer.of(
              new Pack(preprocessing(asked[3]))
                  .prepared(decoded(asked[1], asked[2], picture(asked[4], asked[5]))));
      case "classes" -> Answer.of(Map.of("classes", classes(asked[1], asked[2], asked[3])));
      case "time" ->
          Answer.of(PictureSpeed.of(asked[1], pictures.get(asked[2]), preprocessing(asked[3])));
      default -> throw new IllegalArgumentException(asked[0]);
    };
  }

  /** Reads the files that a list names; tells which of them OpenCV decodes. */
  private List<Boolean> load(String name, Path list) throws IOException {
    var files = new ArrayList<byte[]>();
    var plain = new ArrayList<Boolean>();
    for (String file : Files.readAllLines(list)) {
      byte[] bytes = Files.readAllBytes(Path.of(file));
      files.add(bytes);
      plain.add(DecodeWays.isPlain(bytes));
    }
    pictures.put(name, files);
    return plain;
  }

  private byte[] picture(String name, String index) {
    return pictures.get(name).get(Integer.parseInt(index));
  }

  private static Image decoded(String way, String shortSide, byte[] bytes) throws IOException {
    return way.equals("native")
        ? DecodeWays.natively(bytes, Mode.RGB, Integer.parseInt(shortSide))
        : DecodeWays.inJava(bytes, Mode.RGB);
  }

  private static Preprocessing preprocessing(String model) throws IOException {
    return ModelFile.find(model).preprocessing();
  }

  private List<Integer> classes(String shortSide, String model, String name) throws IOException {
    var classes = new ArrayList<Integer>();
    try (var classifier = ImageClassifier.load(model, Device.cpu())) {
      var batch = new ArrayList<Image>();
      for (byte[] bytes : pictures.get(name)) {
        batch.add(Decode.row(bytes, Mode.RGB, Integer.parseInt(shortSide), null));
        if (batch.size() == BATCH || classes.size() + batch.size() == pictures.get(name).size()) {
          classifier.classify(batch).stream().map(Prediction::index).forEach(classes::add);
          batch.clear();
        }
      }
    }
    return classes;
  }
}
