package org.gristmill.image;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.gristmill.Image;
import org.gristmill.Preprocessing;

/** Pictures to the tensor that a model takes. Immutable and safe to share. */
public final class Pack implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Preprocessing preprocessing;
  private final float[][] normalised = new float[3][256]; // by channel and sample value

  public Pack(Preprocessing preprocessing) {
    this.preprocessing = preprocessing;
    for (int channel = 0; channel < 3; channel++) {
      float mean = preprocessing.mean().get(channel);
      float std = preprocessing.std().get(channel);
      for (int value = 0; value < 256; value++) {
        normalised[channel][value] = (value / 255f - mean) / std;
      }
    }
  }

  /** Floats that one picture takes: 3 x crop x crop. */
  public int floats() {
    return 3 * preprocessing.crop() * preprocessing.crop();
  }

  /**
   * The picture as the model is to see it, still in bytes: crop x crop, RGB; a grey one has three
   * channels that are the same. {@link #put} then has only to normalise it.
   */
  public Image prepared(Image image) {
    if (isPrepared(image)) {
      return image;
    }
    int crop = preprocessing.crop();
    byte[] out = new byte[3 * crop * crop];
    int channels = image.mode().channels();
    resized(
        image,
        (y, samples) -> {
          int at = 3 * crop * y;
          for (int i = 0; i < 3 * crop; i++) {
            out[at + i] = (byte) samples[channels == 3 ? i : i / 3];
          }
        });
    return Image.prepared(preprocessing, out, image);
  }

  /**
   * Writes a picture as 3 x crop x crop normalised floats (C x H x W) at the buffer's position,
   * which moves on by {@link #floats}. A grey picture fills all three channels. The floats of a
   * picture that is {@link #prepared} already are the same.
   */
  public void put(Image image, FloatBuffer out) {
    int crop = preprocessing.crop();
    int start = out.position();
    float[] row = new float[crop];
    int channels = image.mode().channels();
    Resize.Rows normalise =
        (y, samples) -> {
          for (int channel = 0; channel < 3; channel++) {
            normalise(samples, channels == 3 ? channel : 0, channels, normalised[channel], row);
            out.put(start + (channel * crop + y) * crop, row, 0, crop);
          }
        };
    if (isPrepared(image)) {
      rows(image, normalise);
    } else {
      resized(image, normalise);
    }
    out.position(start + floats());
  }

  /**
   * Writes the samples of a picture as the model is to see it, crop x crop x 3 bytes (H x W x C),
   * at the buffer's position: as many as {@link #floats}, not normalised.
   */
  public void putSamples(Image image, ByteBuffer out) {
    out.put(prepared(image).samples());
  }

  private static void normalise(int[] samples, int from, int step, float[] table, float[] out) {
    int at = from;
    for (int x = 0; x < out.length; x++, at += step) {
      out[x] = table[samples[at]];
    }
  }

  private boolean isPrepared(Image image) {
    var other = image.preparedFor().filter(model -> !model.equals(preprocessing));
    if (other.isPresent()) {
      throw new IllegalArgumentException(
          "%s was resized and cropped for another model, %s, and this one wants %s: give the pool the"
                  .formatted(image.path(), other.get(), preprocessing)
              + " input of the model that its workers load (ActorPool.input)");
    }
    return image.preparedFor().isPresent();
  }

  private static void rows(Image image, Resize.Rows out) {
    var samples = image.samples();
    byte[] bytes = new byte[image.width() * image.mode().channels()];
    int[] row = new int[bytes.length];
    for (int y = 0; y < image.height(); y++) {
      samples.get(bytes);
      for (int i = 0; i < row.length; i++) {
        row[i] = bytes[i] & 0xff;
      }
      out.row(y, row);
    }
  }

  private void resized(Image image, Resize.Rows out) {
    int crop = preprocessing.crop();
    int shortSide = preprocessing.shortSide();
    int width = (int) Shape.width(image, shortSide);
    int height = (int) Shape.height(image, shortSide);
    int left = Shape.middle(width, crop);
    int top = Shape.middle(height, crop);
    Resize.resize(image, width, height, preprocessing.resampling(), left, top, crop, crop, out);
  }
}
