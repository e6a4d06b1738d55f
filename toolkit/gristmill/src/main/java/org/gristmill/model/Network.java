package org.gristmill.model;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.Preprocessing;
import org.gristmill.observe.Work;

/**
 * The weights of one loaded model file, and forward passes with them. Not thread-safe, and best
 * used on the thread that loaded it: PyTorch's thread settings belong to threads.
 */
public final class Network implements AutoCloseable {
  private final Model model;
  private final int crop;
  private final Optional<Normalising> normalising; // where PyTorch computes on a GPU
  private final BatchShapes shapes = new BatchShapes(); // there

  /**
   * Pictures in a direct buffer: n x crop x crop x 3 samples of 8 bits for a network that {@link
   * #takesSamples}, n x 3 x crop x crop normalised floats in native order for any other. Samples
   * that an earlier batch left behind these may be computed too.
   */
  public record Batch(ByteBuffer pictures, int n) {}

  private Network(Model model, int crop, Optional<Normalising> normalising) {
    this.model = model;
    this.crop = crop;
    this.normalising = normalising;
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
            if (model.getBlock() instanceof PtSymbolBlock torch) {
              JniUtils.enableInferenceMode(torch);
            }
            return new Network(model, input.crop(), normalising);
          } catch (Exception | Error failed) {
            model.close();
            throw failed;
          }
        });
  }

  /** Whether it normalises pictures itself, as it does where PyTorch computes on a GPU. */
  public boolean takesSamples() {
    return normalising.isPresent();
  }

  /**
   * One forward pass; native memory lives as long.
   *
   * @return n x classes scores as the model gives them
   */
  public float[] forward(Batch batch) {
    try (NDManager manager = model.getNDManager().newSubManager()) {
      return normalising.isPresent()
          ? forwardOfSamples(batch, normalising.get(), manager)
          : forwardOfFloats(batch, manager);
    }
  }

  private float[] forwardOfFloats(Batch batch, NDManager manager) {
    var shape = new Shape(batch.n(), 3, crop, crop);
    ByteBuffer floats = batch.pictures().rewind();
    return scores(pass(manager.create(floats, shape, DataType.FLOAT32)), batch.n());
  }

  private float[] forwardOfSamples(Batch batch, Normalising device, NDManager manager) {
    int picture = 3 * crop * crop;
    int rows = shapes.rowsFor(batch.n());
    ByteBuffer samples = batch.pictures().clear().limit(rows * picture);
    float[] scores = scores(pass(device.floats(samples, rows, manager)), rows);
    shapes.computed(rows);
    Work.current().ifPresent(work -> work.computed(rows, rows - batch.n()));
    return Arrays.copyOf(scores, scores.length / rows * batch.n());
  }

  private NDArray pass(NDArray input) {
    if (model.getBlock() instanceof PtSymbolBlock torch) {
      return torchPass(torch, (PtNDArray) input);
    }
    var nothing = new ParameterStore(input.getManager(), false);
    return model.getBlock().forward(nothing, new NDList(input), false).get(0);
  }

  /**
   * DJL's own pass keeps its input for ever where it fails: after one that ran out of a GPU's
   * memory, no smaller batch would fit either.
   */
  private static NDArray torchPass(PtSymbolBlock block, PtNDArray input) {
    boolean optimise = Boolean.getBoolean(Engines.GRAPH_OPTIMIZER);
    JniUtils.setGraphExecutorOptimize(optimise); // of this thread
    try (IValue value = IValue.from(input);
        IValue output = block.forward(value)) {
      return output.toNDList(input.getManager()).get(0);
    }
  }

  private static float[] scores(NDArray output, int rows) {
    Shape shape = output.getShape();
    if (shape.dimension() != 2 || shape.get(0) != rows) {
      throw new IllegalArgumentException(
          "a classifier gives %d x classes scores, this model gave %s".formatted(rows, shape));
    }
    return output.toFloatArray();
  }

  @Override
  public void close() {
    model.close();
  }
}
