package org.gristmill.image;

import java.nio.FloatBuffer;
import org.gristmill.Image;
import org.gristmill.Preprocessing;

/** Pictures to the tensor that a model takes. Immutable and safe to share. */
public final class Pack {
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

  /** TODO replaced by the faster way. */
  public Image prepared(Image image) {
    return image;
  }

  /**
   * Writes a picture as 3 x crop x crop normalised floats (C x H x W) at the buffer's position,
   * which moves on by {@link #floats}. A grey picture fills all three channels.
   */
  public void put(Image image, FloatBuffer out) {
    int crop = preprocessing.crop();
    int shortSide = preprocessing.shortSide();
    // torchvision's Resize: the short side becomes what is asked, the long one follows, rounded
    // down.
    boolean upright = image.width() <= image.height();
    int width = upright ? shortSide : (int) ((long) shortSide * image.width() / image.height());
    int height = upright ? (int) ((long) shortSide * image.height() / image.width()) : shortSide;
    // torchvision's CenterCrop, with Python's round: halves go to the even neighbour.
    int left = (int) Math.rint((width - crop) / 2.0);
    int top = (int) Math.rint((height - crop) / 2.0);
    byte[] samples =
        Resize.resize(image, width, height, preprocessing.resampling(), left, top, crop, crop);
    int channels = image.mode().channels();
    int pixels = crop * crop;
    int start = out.position();
    for (int channel = 0; channel < 3; channel++) {
      int sample = channels == 3 ? channel : 0;
      float[] table = normalised[channel];
      for (int i = 0; i < pixels; i++, sample += channels) {
        out.put(start + channel * pixels + i, table[samples[sample] & 0xff]);
      }
    }
    out.position(start + floats());
  }
}
