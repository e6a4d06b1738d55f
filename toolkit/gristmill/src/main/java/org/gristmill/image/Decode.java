package org.gristmill.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.IIOException;
import org.gristmill.Image;

/**
 * Encoded bytes to pictures as a person sees them: the first one in a JPEG, PNG, GIF, BMP, TIFF or
 * WebP file, turned upright, over white where it is transparent, in 8 bits. Colour profiles are
 * ignored.
 *
 * <p>Refused before it is decoded: a picture of more than 100 megapixels, or one that takes more
 * than a quarter of the JVM's largest heap to decode. Refused as well: what is cut off, and what a
 * decoder can tell is corrupt. (Bytes overwritten amid the samples of a JPEG or a WebP may decode
 * without a sign: of libjpeg's warnings OpenCV tells nothing.)
 *
 * <p>A {@link Plain} picture is decoded by OpenCV where its natives are on the class path, what is
 * left by Java's readers. A JPEG of theirs that libjpeg warns of is refused.
 */
public final class Decode {
  /** In place of a short side: the picture as large as it is. */
  public static final int FULL_SIZE = 0;

  private Decode() {}

  /** The bytes of a file, unless it takes too much memory. */
  public static byte[] read(Path file) throws IOException {
    try {
      MemoryLimit.ofThisJvm().checkFile(Files.size(file));
    } catch (Refused refused) {
      throw withAdvice(refused);
    }
    return Files.readAllBytes(file);
  }

  /** What decodes plain pictures in this process, to be told a person. */
  public static String describe() {
    return OpenCv.isThere()
        ? "JPEG, PNG, WebP: " + OpenCv.describe() + "; other kinds: javax.imageio"
        : "javax.imageio: " + OpenCv.describe();
  }

  /** Decodes what a row holds, as large as it is; a refusal gives advice. */
  public static Image row(byte[] bytes, Image.Mode mode, String path) throws IOException {
    return row(bytes, mode, FULL_SIZE, path);
  }

  /**
   * The same, but a JPEG may come out smaller.
   *
   * @param shortSide pixels that the short side keeps at least where a JPEG is decoded smaller, or
   *     {@link #FULL_SIZE}
   */
  public static Image row(byte[] bytes, Image.Mode mode, int shortSide, String path)
      throws IOException {
    try {
      return bytes(bytes, mode, shortSide, path, MemoryLimit.ofThisJvm());
    } catch (Refused refused) {
      throw withAdvice(refused);
    }
  }

  private static IOException withAdvice(Refused refused) {
    return new IIOException(refused.getMessage() + ". " + refused.advice(), refused.getCause());
  }

  /**
   * Decodes the first picture in these bytes.
   *
   * @param path where they came from, for the picture to carry
   * @throws IOException if they are no whole picture, one of a kind that is not supported, or one
   *     that takes too much memory; the message says which
   */
  public static Image bytes(byte[] bytes, Image.Mode mode, String path) throws IOException {
    return bytes(bytes, mode, FULL_SIZE, path);
  }

  /**
   * The same, but a JPEG may come out smaller.
   *
   * @param shortSide pixels that the short side keeps at least, or {@link #FULL_SIZE}
   */
  public static Image bytes(byte[] bytes, Image.Mode mode, int shortSide, String path)
      throws IOException {
    return bytes(bytes, mode, shortSide, path, MemoryLimit.ofThisJvm());
  }

  static Image bytes(byte[] bytes, Image.Mode mode, int shortSide, String path, MemoryLimit limit)
      throws Refused {
    Format format = Format.of(bytes);
    try {
      format.check(bytes);
      Plain plain = Plain.of(format, bytes);
      Image stored = plain == null ? null : plain(plain, bytes, mode, shortSide, path, limit);
      if (stored == null) {
        stored = JavaReaders.read(format, bytes, mode, path, limit);
      }
      return Orientation.turned(stored, Orientation.of(format, bytes));
    } catch (Refused refused) {
      throw refused;
    } catch (IOException | RuntimeException malformed) { // some readers let the latter out
      throw refused(format, malformed);
    }
  }

  /** Null if OpenCV is not there or cannot decode it: Java's readers decode it or say why not. */
  private static Image plain(
      Plain plain, byte[] bytes, Image.Mode mode, int shortSide, String path, MemoryLimit limit)
      throws Refused {
    if (!OpenCv.isThere()) {
      return null;
    }
    int divisor = plain.divisor(shortSide);
    Plain smaller = plain.divided(divisor);
    Plain held = plain.shrinking() == Plain.Shrinking.FROM_THE_WHOLE ? plain : smaller;
    limit.check(held.width(), held.height(), held.channels());
    byte[] samples = OpenCv.decode(bytes, plain, divisor);
    return samples == null
        ? null
        : Image.of(
            smaller.width(),
            smaller.height(),
            mode,
            Samples.of(samples, plain.channels(), mode),
            path);
  }

  private static Refused refused(Format format, Exception malformed) {
    List<String> reasons = new ArrayList<>();
    for (Throwable at = malformed; at != null && reasons.size() < 3; at = at.getCause()) {
      if (at instanceof EOFException) {
        return new Refused("the %s is cut off".formatted(format), malformed);
      }
      boolean told = at instanceof IIOException && at.getMessage() != null;
      reasons.add(told ? at.getMessage() : at.toString());
    }
    String why = String.join(", ", reasons);
    if (why.startsWith("Unsupported") && !why.startsWith("Unsupported marker")) {
      return new Refused(
          "the %s is of a kind that is not read: %s".formatted(format, why), Refused.CONVERT);
    }
    return new Refused("the %s is cut off or corrupt: %s".formatted(format, why), malformed);
  }
}
