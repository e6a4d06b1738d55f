package org.gristmill.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A WebP's chunks: a type of four letters, a length and contents padded to an even length each. */
final class WebP {
  private static final int FIRST = 12;
  private static final int FLAGS = 20; // of the extended format, whose chunk VP8X is the first
  private static final int HAS_PROFILE = 0x20;

  private WebP() {}

  /** Where the EXIF block begins, or -1. */
  static int exif(byte[] bytes) {
    long at = FIRST;
    while (at + 8 <= bytes.length) {
      if (Format.begins(bytes, (int) at, "EXIF")) {
        int contents = (int) at + 8;
        return Format.begins(bytes, contents, "Exif\0") ? contents + 6 : contents; // both are seen
      }
      long length = length(bytes, (int) at + 4);
      at += 8 + length + (length & 1);
    }
    return -1;
  }

  /**
   * The file without its colour profile, by which the reader would convert the samples.
   *
   * @throws Refused if the file is shorter than it says: the reader would not always tell
   */
  static byte[] withoutProfile(byte[] bytes) throws Refused {
    if (8 + length(bytes, 4) > bytes.length) {
      throw new Refused(
          "the WebP is cut off: %d of %d bytes are there"
              .formatted(bytes.length, 8 + length(bytes, 4)));
    }
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
