package org.gristmill.image;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** A PNG's chunks: a length, a type of four letters, contents and a checksum each. */
final class Png {
  private static final int FIRST = 8;
  private static final int AROUND = 12; // bytes of a chunk that are not its contents

  private Png() {}

  /** Where the EXIF block begins, or -1. */
  static int exif(byte[] bytes) {
    for (int at = FIRST; isWhole(bytes, at); at = end(bytes, at)) {
      if (Format.begins(bytes, at + 4, "eXIf")) {
        return at + 8;
      }
    }
    return -1;
  }

  /**
   * The header of a picture that is grey or has three colours, in 8 bits, row by row; else null.
   * Where some colour is transparent, the file is an animation or has no end it is no plain
   * picture.
   */
  static Plain plain(byte[] bytes) {
    if (bytes.length < 33 || !Format.begins(bytes, FIRST + 4, "IHDR")) {
      return null;
    }
    int bits = bytes[24];
    int channels = bytes[25] == 0 ? 1 : bytes[25] == 2 ? 3 : 0; // what PNG calls its colour type
    boolean rowByRow = bytes[28] == 0;
    boolean ends = false;
    for (int at = FIRST; isWhole(bytes, at) && !ends; at = end(bytes, at)) {
      if (Format.begins(bytes, at + 4, "tRNS") || Format.begins(bytes, at + 4, "acTL")) {
        return null;
      }
      ends = Format.begins(bytes, at + 4, "IEND");
    }
    var header = ByteBuffer.wrap(bytes);
    return ends && bits == 8 && channels != 0 && rowByRow
        ? new Plain(header.getInt(16), header.getInt(20), channels, Plain.Shrinking.NEVER)
        : null;
  }

  /**
   * The JDK's reader looks at no checksum.
   *
   * @throws Refused if that of a chunk which the picture needs is wrong
   */
  static void check(byte[] bytes) throws Refused {
    for (int at = FIRST; isWhole(bytes, at); at = end(bytes, at)) {
      boolean needed = Character.isUpperCase(bytes[at + 4]);
      var crc = new CRC32();
      crc.update(bytes, at + 4, length(bytes, at) + 4);
      if (needed && (int) crc.getValue() != ByteBuffer.wrap(bytes).getInt(end(bytes, at) - 4)) {
        throw new Refused("the PNG is corrupt: wrong checksum at byte " + at);
      }
    }
  }

  private static boolean isWhole(byte[] bytes, int at) {
    return at + AROUND <= bytes.length
        && length(bytes, at) >= 0
        && length(bytes, at) <= bytes.length - at - AROUND;
  }

  private static int length(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).getInt(at);
  }

  private static int end(byte[] bytes, int at) {
    return at + AROUND + length(bytes, at);
  }
}
