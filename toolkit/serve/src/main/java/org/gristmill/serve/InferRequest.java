package org.gristmill.serve;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.gristmill.Image;
import org.gristmill.image.Decode;

/**
 * A request of the Open Inference Protocol 2 over REST, with its extension for binary tensors:
 * JSON, perhaps followed by the bytes of the tensors that say so. See
 * https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol and Triton's
 * extension_binary_data.md.
 *
 * <p>It has one input: {@code image}, BYTES, shape [n] or [n, 1], each element the bytes of a file
 * (in JSON as base64); or {@code pixels}, UINT8, shape [n, height, width, 3] for RGB or [..., 1]
 * for grey.
 *
 * @param id that the answer repeats
 * @param timeout microseconds that the client waits, if it says so
 * @param outputs that are wanted; empty for all
 * @param binaryOutputs whether outputs that do not say are wanted in binary
 */
record InferRequest(
    Optional<String> id,
    OptionalLong timeout,
    List<Call.Picture> pictures,
    List<Output> outputs,
    boolean binaryOutputs) {

  private static final int MOST = 4096; // of anything that is listed, but numbers
  static final String IMAGE = "image";
  static final String PIXELS = "pixels";

  /** An output that is wanted. */
  record Output(String name, Optional<Boolean> binary) {}

  /** Everything that a client may say in "parameters" and that matters here. */
  private static final class Parameters {
    private OptionalLong timeout = OptionalLong.empty();
    private OptionalLong binarySize = OptionalLong.empty();
    private Optional<Boolean> binary = Optional.empty();
    private boolean binaryOutputs;
  }

  /** A tensor on its way in, whose members may come in any order. */
  private static final class Input {
    private String name;
    private String datatype;
    private long[] shape;
    private Parameters parameters = new Parameters();
    private List<String> texts; // null where the data are no texts
    private ByteArrayOutputStream samples; // null where the data are no numbers
  }

  /**
   * @param body as it came
   * @param jsonBytes how many of its bytes are JSON, if that is not all
   * @throws Refusal saying what is wrong, and where
   */
  static InferRequest parse(byte[] body, OptionalLong jsonBytes) throws Refusal {
    long json = jsonBytes.orElse(body.length);
    if (json < 0 || json > body.length) {
      throw Refusal.malformed(
          "Inference-Header-Content-Length is %d, and the body has %d bytes"
              .formatted(json, body.length));
    }
    var text = new ByteArrayInputStream(body, 0, (int) json);
    var reader = new JsonReader(new InputStreamReader(text, StandardCharsets.UTF_8));
    try {
      var request = new Reading(reader).request();
      if (reader.peek() != JsonToken.END_DOCUMENT) { // most of what may follow it refuses itself
        throw Refusal.malformed("there is more behind the JSON of the request");
      }
      return request.with(ByteBuffer.wrap(body, (int) json, (int) (body.length - json)).slice());
    } catch (EOFException cut) {
      throw Refusal.malformed("the JSON is cut off at " + reader.getPath());
    } catch (MalformedJsonException | IllegalStateException | NumberFormatException wrong) {
      throw Refusal.malformed("the JSON is malformed at " + reader.getPath());
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible); // it reads from memory
    }
  }

  /** What was read of a request, before its binary data. */
  private static final class Read {
    private Optional<String> id = Optional.empty();
    private Parameters parameters = new Parameters();
    private final List<Input> inputs = new ArrayList<>();
    private final List<Output> outputs = new ArrayList<>();

    private static Refusal notOneInput(String has) {
      return Refusal.malformed(
          "a request has one input, \"%s\" (BYTES) or \"%s\" (UINT8); this one has %s"
              .formatted(IMAGE, PIXELS, has));
    }

    private InferRequest with(ByteBuffer binary) throws Refusal {
      if (inputs.isEmpty()) {
        throw notOneInput("none");
      }
      var pictures = pictures(inputs.get(0), binary);
      if (binary.hasRemaining()) {
        throw Refusal.malformed(
            "%d bytes are left over behind the binary data".formatted(binary.remaining()));
      }
      return new InferRequest(id, parameters.timeout, pictures, outputs, parameters.binaryOutputs);
    }
  }

  /** Reads JSON as it comes, so that a body of numbers takes no more memory than they do. */
  private static final class Reading {
    private final JsonReader json;

    private Reading(JsonReader json) {
      this.json = json;
    }

    private Read request() throws IOException, Refusal {
      var read = new Read();
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "id" -> read.id = Optional.of(json.nextString());
          case "parameters" -> read.parameters = parameters();
          case "inputs" -> {
            json.beginArray();
            while (json.hasNext()) {
              if (!read.inputs.isEmpty()) {
                throw Read.notOneInput("more than one");
              }
              read.inputs.add(input());
            }
            json.endArray();
          }
          case "outputs" -> {
            json.beginArray();
            while (json.hasNext()) {
              read.outputs.add(output());
              atMost(read.outputs, "outputs");
            }
            json.endArray();
          }
          default -> json.skipValue();
        }
      }
      json.endObject();
      return read;
    }

    private Parameters parameters() throws IOException {
      var parameters = new Parameters();
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "timeout" -> parameters.timeout = OptionalLong.of(json.nextLong());
          case "binary_data_size" -> parameters.binarySize = OptionalLong.of(json.nextLong());
          case "binary_data" -> parameters.binary = Optional.of(json.nextBoolean());
          case "binary_data_output" -> parameters.binaryOutputs = json.nextBoolean();
          default -> json.skipValue();
        }
      }
      json.endObject();
      return parameters;
    }

    private Output output() throws IOException, Refusal {
      String name = null;
      Optional<Boolean> binary = Optional.empty();
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "name" -> name = json.nextString();
          case "parameters" -> binary = parameters().binary;
          default -> json.skipValue();
        }
      }
      json.endObject();
      if (name == null) {
        throw Refusal.malformed("an output has no name, before " + json.getPath());
      }
      return new Output(name, binary);
    }

    private Input input() throws IOException, Refusal {
      var input = new Input();
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "name" -> input.name = json.nextString();
          case "datatype" -> input.datatype = json.nextString();
          case "shape" -> input.shape = shape();
          case "parameters" -> input.parameters = parameters();
          case "data" -> data(input);
          default -> json.skipValue();
        }
      }
      json.endObject();
      return input;
    }

    private long[] shape() throws IOException, Refusal {
      var shape = new ArrayList<Long>();
      json.beginArray();
      while (json.hasNext()) {
        shape.add(json.nextLong());
        atMost(shape, "sizes");
      }
      json.endArray();
      return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** So that a few bytes for each do not become much memory. */
    private void atMost(List<?> some, String what) throws Refusal {
      if (some.size() > MOST) {
        throw Refusal.malformed("more than %d %s at %s".formatted(MOST, what, json.getPath()));
      }
    }

    /** Flat, or nested as the shape says: the order is the same. */
    private void data(Input input) throws IOException, Refusal {
      int depth = 0;
      do {
        switch (json.peek()) {
          case BEGIN_ARRAY -> {
            json.beginArray();
            depth++;
          }
          case END_ARRAY -> {
            json.endArray();
            depth--;
          }
          case STRING -> {
            input.texts = input.texts == null ? new ArrayList<>() : input.texts;
            input.texts.add(json.nextString());
            atMost(input.texts, "elements");
          }
          default -> {
            input.samples = input.samples == null ? new ByteArrayOutputStream() : input.samples;
            int sample = json.nextInt();
            if (sample < 0 || sample > 255) {
              throw Refusal.malformed(
                  "%d at %s is no UINT8: 0 to 255".formatted(sample, json.getPath()));
            }
            input.samples.write(sample);
          }
        }
      } while (depth > 0);
    }
  }

  private static List<Call.Picture> pictures(Input input, ByteBuffer binary) throws Refusal {
    String name = input.name == null ? "an input without a name" : "input \"" + input.name + "\"";
    if (input.shape == null || input.datatype == null) {
      throw Refusal.malformed(name + " has no shape, or no datatype");
    }
    if (input.texts != null && input.samples != null) {
      throw Refusal.malformed(name + " has texts and numbers among its data");
    }
    boolean hasData = input.texts != null || input.samples != null;
    if (hasData == input.parameters.binarySize.isPresent()) {
      throw Refusal.malformed(name + " needs either data or the parameter binary_data_size");
    }
    for (long size : input.shape) {
      if (size < 1 || size > Integer.MAX_VALUE) {
        throw Refusal.malformed(
            "%s has the shape %s: every size is 1 or more"
                .formatted(name, Arrays.toString(input.shape)));
      }
    }
    if (IMAGE.equals(input.name) && input.datatype.equals("BYTES")) {
      return files(name, input, binary);
    }
    if (PIXELS.equals(input.name) && input.datatype.equals("UINT8")) {
      return samples(name, input, binary);
    }
    throw Refusal.malformed(
        "%s of %s is not taken: send \"%s\" of BYTES, a file an element, or \"%s\" of UINT8"
            .formatted(name, input.datatype, IMAGE, PIXELS));
  }

  private static List<Call.Picture> files(String name, Input input, ByteBuffer binary)
      throws Refusal {
    boolean flat = input.shape.length == 1 || (input.shape.length == 2 && input.shape[1] == 1);
    if (!flat) {
      throw wrongShape(name, input, "[n] or [n, 1]");
    }
    var files =
        input.texts == null ? split(name, slice(name, input, binary)) : decoded(name, input);
    if (files.size() != input.shape[0]) {
      throw Refusal.malformed(
          "%s has %d elements, and its shape says %d"
              .formatted(name, files.size(), input.shape[0]));
    }
    var pictures = new ArrayList<Call.Picture>();
    for (byte[] file : files) {
      pictures.add(shortSide -> Decode.bytes(file, Image.Mode.RGB, shortSide, null));
    }
    return pictures;
  }

  private static List<byte[]> decoded(String name, Input input) throws Refusal {
    var files = new ArrayList<byte[]>();
    for (String text : input.texts) {
      try {
        files.add(Base64.getDecoder().decode(text));
      } catch (IllegalArgumentException wrong) {
        throw Refusal.malformed(
            "element %d of %s is no base64: files in JSON are; or send them as binary data"
                .formatted(files.size(), name));
      }
    }
    return files;
  }

  /** Elements in binary data have their length before them. */
  private static List<byte[]> split(String name, ByteBuffer binary) throws Refusal {
    var files = new ArrayList<byte[]>();
    while (binary.hasRemaining()) {
      int length = binary.remaining() < Integer.BYTES ? -1 : binary.getInt();
      if (length < 0 || length > binary.remaining()) {
        throw Refusal.malformed(
            "element %d of %s says that it is longer than what there is"
                .formatted(files.size(), name));
      }
      byte[] file = new byte[length];
      binary.get(file);
      files.add(file);
    }
    return files;
  }

  private static List<Call.Picture> samples(String name, Input input, ByteBuffer binary)
      throws Refusal {
    long[] shape = input.shape;
    boolean isPictures = shape.length == 4 && (shape[3] == 1 || shape[3] == 3);
    if (!isPictures) {
      throw wrongShape(name, input, "[n, height, width, 3], or 1 for grey");
    }
    ByteBuffer samples =
        input.samples == null
            ? slice(name, input, binary)
            : ByteBuffer.wrap(input.samples.toByteArray());
    double wanted = (double) shape[0] * shape[1] * shape[2] * shape[3];
    if (wanted != samples.remaining()) {
      throw Refusal.malformed(
          "%s has %d samples, and its shape %s says %.0f"
              .formatted(name, samples.remaining(), Arrays.toString(shape), wanted));
    }
    var pictures = new ArrayList<Call.Picture>();
    for (int i = 0; i < shape[0]; i++) {
      byte[] ofOne = new byte[(int) (shape[1] * shape[2] * shape[3])];
      samples.get(ofOne);
      var mode = shape[3] == 1 ? Image.Mode.GREY : Image.Mode.RGB;
      pictures.add(any -> Image.of((int) shape[2], (int) shape[1], mode, ofOne, null));
    }
    return pictures;
  }

  private static Refusal wrongShape(String name, Input input, String right) {
    return Refusal.malformed(
        "%s has the shape %s; it takes %s".formatted(name, Arrays.toString(input.shape), right));
  }

  private static ByteBuffer slice(String name, Input input, ByteBuffer binary) throws Refusal {
    long size = input.parameters.binarySize.orElse(-1);
    if (size < 0 || size > binary.remaining()) {
      throw Refusal.malformed(
          "%s says that it has %d bytes of binary data, and %d are there"
              .formatted(name, size, binary.remaining()));
    }
    var slice = binary.slice(binary.position(), (int) size).order(ByteOrder.LITTLE_ENDIAN);
    binary.position(binary.position() + (int) size);
    return slice;
  }
}
