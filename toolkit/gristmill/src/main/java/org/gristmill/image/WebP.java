package org.gristmill.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A WebP's chunks: a type of four letters, a length and contents padded to an even length each. */
final class WebP {
  private static final int FIRST = 12;
  private static final int FLAGS = 20; // of the extended format, whose chunk VP8X is the first
  private static final int HAS_PROFILE = 0x20;
  private static final int HAS_ALPHA = 0x10;
  private static final int IS_ANIMATION = 0x02;

  private WebP() {}

  /** Where the EXIF block begins, or -1. */
  static int exif(byte[] bytes) {
    int contents = chunk(bytes, "EXIF");
    return contents >= 0 && Format.begins(bytes, contents, "Exif\0")
        ? contents + 6
        : contents; // both are seen
  }

  /** Where the contents of the first chunk of that type begin, or -1. */
  private static int chunk(byte[] bytes, String type) {
    long at = FIRST;
    while (at + 8 <= bytes.length) {
      if (Format.begins(bytes, (int) at, type)) {
        return (int) at + 8;
      }
      long length = length(bytes, (int) at + 4);
      at += 8 + length + (length & 1);
    }
    return -1;
  }

  /**
   * The header of a lossy picture without transparency or animation, or null.
   *
   * <p>A key frame of VP8 begins with three bytes of its own, three that are always the same, and
   * two numbers of 14 bits: RFC 6386, section 9.1.
   */
  static Plain plain(byte[] bytes) {
    boolean extended = Format.begins(bytes, FIRST, "VP8X");
    if (extended && (bytes.length <= FLAGS || (bytes[FLAGS] & (HAS_ALPHA | IS_ANIMATION)) != 0)) {
      return null;
    }
    int frame = chunk(bytes, "VP8 ");
    if (frame < 0 || !Format.begins(bytes, frame + 3, "\u009d\1\52") || frame + 10 > bytes.length) {
      return null;
    }
    var header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return new Plain(
        header.getShort(frame + 6) & 0x3fff,
        header.getShort(frame + 8) & 0x3fff,
        3,
        Plain.Shrinking.NEVER);
  }

  /**
   * The readers would not always tell.
   *
   * @throws Refused if the file is shorter than it says
   */
  static void check(byte[] bytes) throws Refused {
    if (8 + length(bytes, 4) > bytes.length) {
      throw new Refused(
          "the WebP is cut off: %d of %d bytes are there"
              .formatted(bytes.length, 8 + length(bytes, 4)));
    }
  }

  /** The file without its colour profile, by which the reader would convert the samples. */
  static byte[] withoutProfile(byte[] bytes) {
    if (!Format.begins(bytes, FIRST, "VP8X") || bytes.length <= FLAGS) {
      return bytes;
    }
    byte[] without = bytes.clone();
    without[FLAGS] &= ~HAS_PROFILE;
    return without;
  }

  private static long length(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at) & 0xffffffffL;
  }
}
