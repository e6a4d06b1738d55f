package org.gristmill.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.List;
import org.gristmill.Preprocessing;

/**
 * Normalises pictures where the model is. Their samples travel to a GPU as bytes, a quarter of what
 * floats take, and the processors are spared the work. The floats are those of {@link
 * org.gristmill.image.Pack}, bit for bit: the same divisions and subtractions in the same order.
 * PyTorch multiplies by the reciprocal where it divides by a number; so the divisors are arrays.
 */
final class Normalising {
  private final int side;
  private final NDArray largest; // 255
  private final NDArray mean;
  private final NDArray std;

  /**
   * @param manager of the model, on whose device it is done; its end is that of these arrays too
   */
  Normalising(Preprocessing input, NDManager manager) {
    this.side = input.crop();
    this.largest = channels(manager, List.of(255f, 255f, 255f));
    this.mean = channels(manager, input.mean());
    this.std = channels(manager, input.std());
  }

  private static NDArray channels(NDManager manager, List<Float> values) {
    return manager.create(
        new float[] {values.get(0), values.get(1), values.get(2)}, new Shape(1, 3, 1, 1));
  }

  /**
   * Copies a batch to the device and normalises it there.
   *
   * @param samples n x side x side x 3 of them, 8 bits each, in a direct buffer
   * @param manager of the prediction, on the same device
   * @return n x 3 x side x side floats
   */
  NDArray floats(ByteBuffer samples, int n, NDManager manager) {
    NDArray bytes = manager.create(samples, new Shape(n, side, side, 3), DataType.UINT8);
    NDArray floats = manager.zeros(new Shape(n, 3, side, side), DataType.FLOAT32);
    return floats.addi(bytes.transpose(0, 3, 1, 2)).divi(largest).subi(mean).divi(std);
  }
}
