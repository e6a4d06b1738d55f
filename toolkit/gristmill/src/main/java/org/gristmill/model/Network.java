package org.gristmill.model;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.Preprocessing;

/**
 * The weights of one loaded model file and one predictor on them. Not thread-safe, and best used on
 * the thread that loaded it: PyTorch's thread settings belong to threads.
 */
public final class Network implements AutoCloseable {
  private final Model model;
  private final boolean takesSamples;
  private final Predictor<Batch, float[]> predictor;

  /**
   * Pictures in a direct buffer: n x crop x crop x 3 samples of 8 bits for a network that {@link
   * #takesSamples}, n x 3 x crop x crop normalised floats in native order for any other.
   */
  public record Batch(ByteBuffer pictures, int n) {}

  private Network(Model model, Tensors tensors) {
    this.model = model;
    this.takesSamples = tensors.normalising.isPresent();
    this.predictor = model.newPredictor(tensors);
  }

  /**
   * Loads the libraries of the engine that a file needs, so that loading a model measures just
   * that.
   *
   * @throws GristmillException if they, or the device, are not there
   */
  public static void prepare(Path file, Device device) {
    String engine = Engines.of(file);
    Engines.get(engine);
    int gpus = device.isGpu() ? Engines.gpuCount(engine) : 0; // ONNX Runtime warns when it is asked
    if (device.isGpu() && device.index() >= gpus) {
      throw new GristmillException(
          "there is no %s for %s: %s can use %d GPUs here with the natives on the class path"
              .formatted(device, file, engine, gpus));
    }
  }

  /**
   * Loads TorchScript ({@code .pt}) or ONNX ({@code .onnx}) onto a device.
   *
   * @param input how the model wants its pictures
   */
  public static Network load(Path file, Device device, Preprocessing input) throws Exception {
    prepare(file, device);
    String engine = Engines.of(file);
    var djlDevice = device.isGpu() ? ai.djl.Device.gpu(device.index()) : ai.djl.Device.cpu();
    String threads = String.valueOf(device.threads());
    Map<String, String> options =
        engine.equals(Engines.ONNX_RUNTIME)
            ? Map.of("intraOpNumThreads", threads, "interOpNumThreads", "1")
            : Map.of("mapLocation", "true"); // a file traced on a GPU loads on a CPU too
    if (engine.equals(Engines.PYTORCH)) {
      JniUtils.setNumThreads(device.threads());
    }
    return Engines.withDjlsLoader(
        () -> {
          var model = Model.newInstance(file.getFileName().toString(), djlDevice, engine);
          try {
            model.load(file.toAbsolutePath().getParent(), file.getFileName().toString(), options);
            boolean onGpu = device.isGpu() && engine.equals(Engines.PYTORCH);
            var normalising =
                onGpu
                    ? Optional.of(new Normalising(input, model.getNDManager()))
                    : Optional.<Normalising>empty();
            return new Network(model, new Tensors(input.crop(), normalising));
          } catch (Exception | Error failed) {
            model.close();
            throw failed;
          }
        });
  }

  /** Whether it normalises pictures itself, as it does where PyTorch computes on a GPU. */
  public boolean takesSamples() {
    return takesSamples;
  }

  /**
   * One forward pass.
   *
   * @return n x classes scores as the model gives them
   */
  public float[] forward(Batch batch) throws Exception {
    return predictor.predict(batch);
  }

  @Override
  public void close() {
    predictor.close();
    model.close();
  }

  /**
   * Hands a batch to the engine and takes its first output back; native memory lives for one
   * prediction.
   */
  private static final class Tensors implements Translator<Batch, float[]> {
    private final int crop;
    private final Optional<Normalising> normalising;

    Tensors(int crop, Optional<Normalising> normalising) {
      this.crop = crop;
      this.normalising = normalising;
    }

    @Override
    public NDList processInput(TranslatorContext context, Batch batch) {
      context.setAttachment("rows", batch.n());
      ByteBuffer pictures = batch.pictures().rewind();
      var shape = new Shape(batch.n(), 3, crop, crop);
      var manager = context.getNDManager();
      return new NDList(
          normalising
              .map(device -> device.floats(pictures, batch.n(), manager))
              .orElseGet(() -> manager.create(pictures, shape, DataType.FLOAT32)));
    }

    @Override
    public float[] processOutput(TranslatorContext context, NDList output) {
      Shape shape = output.get(0).getShape();
      int rows = context.getAttachment("rows") instanceof Integer n ? n : -1;
      if (shape.dimension() != 2 || shape.get(0) != rows) {
        throw new IllegalArgumentException(
            "a classifier gives %d x classes scores, this model gave %s".formatted(rows, shape));
      }
      return output.get(0).toFloatArray();
    }

    @Override
    public Batchifier getBatchifier() {
      return null; // the input is a batch already
    }
  }
}
