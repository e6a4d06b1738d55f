package org.gristmill;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.gristmill.image.Pack;
import org.gristmill.model.ModelFile;
import org.gristmill.model.Network;
import org.gristmill.observe.LoadedModel;
import org.gristmill.observe.Work;
import org.gristmill.observe.Work.Part;

/**
 * An image classifier: a model file with the preprocessing and labels that belong to it. Loaded
 * weights take native memory until {@link #close}; what is still open when the session closes is
 * closed with it.
 *
 * <p>Thread-safe, one call at a time: an actor has its own.
 */
public final class ImageClassifier implements AutoCloseable {
  private static final int TOP = 5;
  private static final int SIDE = 64; // of the picture that a model is tried out with
  private static final byte GREY = 0x7f;

  private final String name;
  private final Device device;
  private final ModelFile model;
  private final Network network;
  private final Pack pack;
  private ByteBuffer input = ByteBuffer.allocateDirect(0); // guarded by this
  private boolean closed; // guarded by this

  private ImageClassifier(String name, Device device, ModelFile model, Pack pack, Network network) {
    this.name = name;
    this.device = device;
    this.model = model;
    this.network = network;
    this.pack = pack;
    Session.opened(this);
  }

  /** Loads a model on {@link Device#current()}: inside a worker or batch function, the actor's. */
  public static ImageClassifier load(String nameOrPath) {
    return load(nameOrPath, Device.current());
  }

  /**
   * Loads a model by path (TorchScript {@code .pt} runs on PyTorch, {@code .onnx} on ONNX Runtime),
   * by the path of a folder that {@code kernel/export-model} wrote, or by name:
   *
   * <ul>
   *   <li>{@code efficientnet_lite0}, {@code efficientnet_lite0.onnx} or, with weights and
   *       activations in 8 bits, {@code efficientnet_lite0.int8.onnx}: EfficientNet-Lite0, from the
   *       samples jar.
   *   <li>{@code resnet18}, {@code resnet50}: what DJL's public zoo has as {@code
   *       ai.djl.pytorch/resnet/0.0.1}, {@code traced_resnet18.pt.gz} (SHA-1
   *       5f2090128b4dd2aac5bc7394ba4d46fe4a608a89) and {@code traced_resnet50.pt.gz} (SHA-1
   *       dabcf25f827f4fa163a91899ea11f45e82c9fb60); downloaded once, the hash checked. These are
   *       not the weights of {@code microsoft/resnet-50} on the Hugging Face hub, which were
   *       converted from timm's; DJL does not say where its own come from.
   * </ul>
   *
   * <p>A file's preprocessing is read from {@code NAME.json} or {@code models.json} beside it:
   * resize_short_side, interpolation, center_crop, mean, std, and the name of a file of labels.
   * Where it states a file's SHA-256, that is compared. Of a folder the file in full precision is
   * taken: {@code NAME.onnx} on a CPU, {@code NAME.pt} on a GPU. A file in reduced precision,
   * {@code NAME.int8.onnx} or {@code NAME.bf16.pt}, is loaded only by its own path: see {@link
   * PrecisionGate}.
   *
   * @throws GristmillException if there is no such model, it does not load, it is not the file that
   *     was exported, or nothing says how it wants its pictures
   */
  public static ImageClassifier load(String nameOrPath, Device device) {
    return load(nameOrPath, ModelFile.find(nameOrPath, device), device);
  }

  /**
   * Loads a model file that has nothing beside it.
   *
   * @param labels by class index; may be empty
   */
  public static ImageClassifier load(
      Path file, Preprocessing preprocessing, List<String> labels, Device device) {
    return load(file.toString(), new ModelFile(file, preprocessing, labels), device);
  }

  private static ImageClassifier load(String name, ModelFile model, Device device) {
    var pack = new Pack(model.preprocessing());
    Network.prepare(model.file(), device);
    try {
      Session.checkedFiles().check(model);
      Network network =
          Session.modelMemory()
              .load(
                  model.file(),
                  () ->
                      Work.time(
                          Part.LOAD,
                          () -> Network.load(model.file(), device, model.preprocessing())));
      String settings = model.preprocessing() + " " + model.labels();
      Work.current().ifPresent(work -> work.model(new LoadedModel(model.file(), settings)));
      return new ImageClassifier(name, device, model, pack, network);
    } catch (GristmillException told) {
      throw told;
    } catch (Exception failed) {
      throw new GristmillException(
          "cannot load %s on %s: %s"
              .formatted(model.file(), device, GristmillException.reason(failed)),
          failed);
    }
  }

  /**
   * A pool of as many actors as there are processors, each of which loads this model and classifies
   * whole batches with it; pictures are resized and cropped ahead of them.
   *
   * @param nameOrPath as {@link #load(String)} takes it
   * @throws GristmillException if there is no such model, or nothing says how it wants its pictures
   */
  public static ActorPool<Image, Prediction> pool(String nameOrPath) {
    return ActorPool.<Image, Prediction>of(device -> worker(load(nameOrPath, device)))
        .input(Preprocessing.of(nameOrPath));
  }

  private static BatchWorker<Image, Prediction> worker(ImageClassifier classifier) {
    return new BatchWorker<>() {
      @Override
      public List<Prediction> apply(List<Image> batch) {
        return classifier.classify(batch);
      }

      @Override
      public void close() {
        classifier.close();
      }
    };
  }

  /** Classifies one picture: a forward pass of a batch of one. */
  public Prediction classify(Image image) {
    return classify(List.of(image)).get(0);
  }

  /**
   * Classifies pictures of any size in one forward pass.
   *
   * @return one prediction a picture, in their order
   */
  public List<Prediction> classify(List<Image> batch) {
    return batch.isEmpty()
        ? List.of()
        : forward(batch, scores -> predictions(scores, batch.size()));
  }

  /**
   * Classifies a grey picture: a first look at a model that nobody knows.
   *
   * @return the number of its classes
   * @throws GristmillException if it cannot, gives scores that are no numbers, or has labels and
   *     another number of classes
   */
  public int tryOut() {
    byte[] samples = new byte[SIDE * SIDE * Image.Mode.RGB.channels()];
    Arrays.fill(samples, GREY);
    var grey = Image.of(SIDE, SIDE, Image.Mode.RGB, samples, null);
    int classes =
        forward(
            List.of(grey),
            scores -> {
              prediction(scores, 0, scores.length);
              return scores.length;
            });
    int labels = model.labels().size();
    if (labels > 0 && labels != classes) {
      throw new GristmillException(
          "%s gives %d classes, and its file of labels has %d lines: one of them is another model's"
              .formatted(name, classes, labels));
    }
    return classes;
  }

  private synchronized <R> R forward(List<Image> batch, Function<float[], R> reading) {
    if (closed) {
      throw new IllegalStateException("the classifier " + name + " is closed: load it again");
    }
    try {
      var tensor = Work.time(Part.PREPARE, () -> pack(batch));
      return reading.apply(Work.time(Part.FORWARD, () -> network.forward(tensor)));
    } catch (Exception failed) {
      throw new GristmillException(
          name + " failed on a batch of " + batch.size() + ": " + GristmillException.reason(failed),
          failed);
    }
  }

  private Network.Batch pack(List<Image> batch) {
    boolean asSamples = network.takesSamples();
    int bytes = Math.multiplyExact((asSamples ? 1 : Float.BYTES) * pack.floats(), batch.size());
    if (input.capacity() < bytes) {
      input = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
    input.clear().limit(bytes);
    if (asSamples) {
      batch.forEach(image -> pack.putSamples(image, input));
    } else {
      var floats = input.asFloatBuffer();
      batch.forEach(image -> pack.put(image, floats));
    }
    return new Network.Batch(input, batch.size());
  }

  private List<Prediction> predictions(float[] scores, int rows) {
    int classes = scores.length / rows;
    var predictions = new ArrayList<Prediction>();
    for (int row = 0; row < rows; row++) {
      predictions.add(prediction(scores, row * classes, classes));
    }
    return predictions;
  }

  private Prediction prediction(float[] scores, int from, int classes) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < classes; i++) {
      max = Math.max(max, scores[from + i]);
    }
    double sum = 0;
    for (int i = 0; i < classes; i++) {
      sum += Math.exp(scores[from + i] - max);
    }
    if (!Double.isFinite(sum)) {
      throw new ArithmeticException("the model gave a score that is not a number");
    }
    var top = new ArrayList<Prediction.Score>();
    for (int index : highest(scores, from, classes)) {
      double probability = Math.exp(scores[from + index] - max) / sum;
      top.add(new Prediction.Score(index, label(index), (float) probability));
    }
    return new Prediction(top.get(0).index(), top.get(0).label(), top.get(0).probability(), top);
  }

  /** The classes with the highest scores, the highest first; of equal ones the first. */
  private static int[] highest(float[] scores, int from, int classes) {
    int[] top = new int[Math.min(TOP, classes)];
    int found = 0;
    for (int i = 0; i < classes; i++) {
      int place = found;
      while (place > 0 && scores[from + i] > scores[from + top[place - 1]]) {
        place--;
      }
      if (place < top.length) {
        found = Math.min(found + 1, top.length);
        System.arraycopy(top, place, top, place + 1, found - place - 1);
        top[place] = i;
      }
    }
    return top;
  }

  private String label(int index) {
    return index < model.labels().size() ? model.labels().get(index) : "class " + index;
  }

  /** The name or path that it was loaded by. */
  public String name() {
    return name;
  }

  public Device device() {
    return device;
  }

  /** What is done to a picture before the model sees it. */
  public Preprocessing preprocessing() {
    return model.preprocessing();
  }

  /** Gives the native memory back. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      network.close();
      Session.modelMemory().closed(model.file());
      Session.closed(this);
    }
  }

  @Override
  public String toString() {
    return "ImageClassifier " + name + " on " + device;
  }
}
