package org.gristmill.image;

import java.io.IOException;
import org.gristmill.Image;
import org.gristmill.Image.Mode;

/** The two ways that a picture may be decoded, each for itself: for comparisons. */
public final class DecodeWays {
  private DecodeWays() {}

  /** Whether OpenCV decodes it. */
  public static boolean isPlain(byte[] bytes) throws IOException {
    return Plain.of(Format.of(bytes), bytes) != null;
  }

  /** What the sides of a plain picture are divided by while it is decoded. */
  public static int divisor(byte[] bytes, int shortSide) throws IOException {
    return Plain.of(Format.of(bytes), bytes).divisor(shortSide);
  }

  /**
   * With OpenCV, turned upright.
   *
   * @param shortSide as for {@link Decode#row}
   * @throws IOException if it does not decode the picture
   */
  public static Image natively(byte[] bytes, Mode mode, int shortSide) throws IOException {
    Format format = Format.of(bytes);
    Plain plain = Plain.of(format, bytes);
    int divisor = plain == null ? 1 : plain.divisor(shortSide);
    byte[] samples = plain == null ? null : OpenCv.decode(bytes, plain, divisor);
    if (samples == null) {
      throw new IOException("OpenCV does not decode it");
    }
    Plain size = plain.divided(divisor);
    byte[] wanted = Samples.of(samples, plain.channels(), mode);
    Image stored = Image.of(size.width(), size.height(), mode, wanted, null);
    return Orientation.turned(stored, Orientation.of(format, bytes));
  }

  /** With Java's readers, turned upright. */
  public static Image inJava(byte[] bytes, Mode mode) throws IOException {
    Format format = Format.of(bytes);
    Image stored = JavaReaders.read(format, bytes, mode, null, MemoryLimit.ofThisJvm());
    return Orientation.turned(stored, Orientation.of(format, bytes));
  }
}
