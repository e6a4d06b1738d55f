package org.gristmill;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;

/**
 * A decoded picture: 8-bit samples, row by row from the top left, channels interleaved (H x W x C).
 * Immutable; safe to share between threads.
 */
public final class Image implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The channels that a picture is decoded to. */
  public enum Mode {
    /** Red, green, blue. */
    RGB(3),
    /**
     * One channel, ITU-R 601 luma as Pillow's mode "L": (19595 R + 38470 G + 7471 B + 32768) /
     * 65536.
     */
    GREY(1);

    private final int channels;

    Mode(int channels) {
      this.channels = channels;
    }

    public int channels() {
      return channels;
    }
  }

  private final int width;
  private final int height;
  private final Mode mode;
  private final byte[] samples;
  private final String path;
  private final Preprocessing preparedFor; // null: for none
  private final int decodedWidth;
  private final int decodedHeight;

  private Image(
      int width, int height, Mode mode, byte[] samples, String path, Preprocessing preparedFor) {
    this(width, height, mode, samples, path, preparedFor, width, height);
  }

  private Image(
      int width,
      int height,
      Mode mode,
      byte[] samples,
      String path,
      Preprocessing preparedFor,
      int decodedWidth,
      int decodedHeight) {
    this.width = width;
    this.height = height;
    this.mode = mode;
    this.samples = samples;
    this.path = path;
    this.preparedFor = preparedFor;
    this.decodedWidth = decodedWidth;
    this.decodedHeight = decodedHeight;
  }

  /**
   * A picture of these samples. The array is not copied and must not be changed any more.
   *
   * @param samples height x width x channels bytes
   * @param path where the picture came from, or null
   */
  public static Image of(int width, int height, Mode mode, byte[] samples, String path) {
    Objects.requireNonNull(mode, "mode");
    long size = (long) width * height * mode.channels();
    if (width < 1 || height < 1 || samples.length != size) {
      throw new IllegalArgumentException(
          "%d samples do not make a %s picture of %d x %d"
              .formatted(samples.length, mode, width, height));
    }
    return new Image(width, height, mode, samples, path, null);
  }

  /**
   * A picture that was resized and cropped already, as a model wants it: RGB, crop x crop. The
   * array is not copied and must not be changed any more.
   *
   * @param samples crop x crop x 3 bytes
   * @param path where the picture came from, or null
   */
  public static Image prepared(Preprocessing preprocessing, byte[] samples, String path) {
    Image square = of(preprocessing.crop(), preprocessing.crop(), Mode.RGB, samples, path);
    return new Image(square.width, square.height, Mode.RGB, samples, path, preprocessing);
  }

  /**
   * What was made of a picture for a model, as {@link #prepared(Preprocessing, byte[], String)}; it
   * keeps the path, and knows how large the picture was.
   */
  public static Image prepared(Preprocessing preprocessing, byte[] samples, Image of) {
    Image square = prepared(preprocessing, samples, of.path);
    return new Image(
        square.width,
        square.height,
        Mode.RGB,
        samples,
        of.path,
        preprocessing,
        of.decodedWidth,
        of.decodedHeight);
  }

  /** The same picture from another place. */
  Image at(String path) {
    return new Image(width, height, mode, samples, path, preparedFor, decodedWidth, decodedHeight);
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  public Mode mode() {
    return mode;
  }

  /** Where the picture came from, or null. */
  public String path() {
    return path;
  }

  /**
   * For what this picture was resized and cropped already: a model that wants just that takes its
   * samples as they are.
   */
  public Optional<Preprocessing> preparedFor() {
    return Optional.ofNullable(preparedFor);
  }

  /** The width before it was resized and cropped for a model; else {@link #width}. */
  public int decodedWidth() {
    return decodedWidth;
  }

  /** The height before it was resized and cropped for a model; else {@link #height}. */
  public int decodedHeight() {
    return decodedHeight;
  }

  /** Height, width and channels, as NumPy would give them. */
  public int[] shape() {
    return new int[] {height, width, mode.channels()};
  }

  /** The samples, H x W x C. Read-only. */
  public ByteBuffer samples() {
    return ByteBuffer.wrap(samples).asReadOnlyBuffer();
  }

  /** One sample, 0..255. */
  public int sample(int x, int y, int channel) {
    Objects.checkIndex(x, width);
    Objects.checkIndex(y, height);
    Objects.checkIndex(channel, mode.channels());
    return samples[(y * width + x) * mode.channels() + channel] & 0xff;
  }

  /** A copy that Java 2D can draw. */
  public BufferedImage toBufferedImage() {
    var copy = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    byte[] bgr = ((DataBufferByte) copy.getRaster().getDataBuffer()).getData();
    int last = mode.channels() - 1;
    for (int i = 0; i < width * height; i++) {
      for (int c = 0; c < 3; c++) {
        bgr[3 * i + c] = samples[i * mode.channels() + Math.max(0, last - c)];
      }
    }
    return copy;
  }

  @Override
  public String toString() {
    return "Image " + height + " x " + width + " x " + mode.channels();
  }
}
