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
import org.gristmill.Device;
import org.gristmill.GristmillException;

/**
 * The weights of one loaded model file and one predictor on them. Not thread-safe, and best used on
 * the thread that loaded it: PyTorch's thread settings belong to threads.
 */
public final class Network implements AutoCloseable {
  private final Model model;
  private final Predictor<Batch, float[]> predictor;

  /**
   * Pictures as the model takes them: n x 3 x side x side native-order floats in a direct buffer.
   */
  public record Batch(ByteBuffer floats, int n, int side) {}

  private Network(Model model) {
    this.model = model;
    this.predictor = model.newPredictor(new Tensors());
  }

  /**
   * Loads the libraries of the engine that a file needs, so that loading a model measures just
   * that.
   *
   * @throws GristmillException if they, or the device, are not there
   */
  public static void prepare(Path file, Device device) {
    var engine = Engines.get(Engines.of(file));
    int gpus = device.isGpu() ? engine.getGpuCount() : 0; // ONNX Runtime warns when it is asked
    if (device.isGpu() && device.index() >= gpus) {
      throw new GristmillException(
          "there is no %s for %s: %s can use %d GPUs here with the natives on the class path"
              .formatted(device, file, Engines.of(file), gpus));
    }
  }

  /** Loads TorchScript ({@code .pt}) or ONNX ({@code .onnx}) onto a device. */
  public static Network load(Path file, Device device) throws Exception {
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
            return new Network(model);
          } catch (Exception | Error failed) {
            model.close();
            throw failed;
          }
        });
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
    @Override
    public NDList processInput(TranslatorContext context, Batch batch) {
      context.setAttachment("rows", batch.n());
      var shape = new Shape(batch.n(), 3, batch.side(), batch.side());
      return new NDList(
          context.getNDManager().create(batch.floats().rewind(), shape, DataType.FLOAT32));
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
