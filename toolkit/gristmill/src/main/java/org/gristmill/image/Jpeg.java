package org.gristmill.image;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** What a JPEG says before its samples, and the four-channel ones that the JDK does not convert. */
final class Jpeg {
  private static final int APP1 = 0xe1;
  private static final int APP2 = 0xe2;
  private static final int APP14 = 0xee;
  private static final int SCAN = 0xda;

  private Jpeg() {}

  /** A marker and its contents: from the marker's 0xff to behind the last byte. */
  private record Segment(int marker, int start, int end) {
    int contents() {
      return start + 4;
    }
  }

  private static List<Segment> segments(byte[] bytes) {
    var segments = new ArrayList<Segment>();
    int at = 2;
    while (at + 4 <= bytes.length && bytes[at] == (byte) 0xff) {
      int marker = bytes[at + 1] & 0xff;
      if (marker == SCAN) {
        break;
      }
      if (marker == 0xff) { // a legal fill byte
        at++;
        continue;
      }
      int end = at + 2 + (((bytes[at + 2] & 0xff) << 8) | (bytes[at + 3] & 0xff));
      segments.add(new Segment(marker, at, Math.min(end, bytes.length)));
      at = end;
    }
    return segments;
  }

  /**
   * A JPEG without its colour profile. The JDK would convert the samples by it; models are trained
   * on samples as they are stored, which is what Pillow and OpenCV give.
   */
  static byte[] withoutProfile(byte[] bytes) {
    var out = new ByteArrayOutputStream(bytes.length);
    int copied = 0;
    for (Segment segment : segments(bytes)) {
      if (segment.marker == APP2 && Format.begins(bytes, segment.contents(), "ICC_PROFILE\0")) {
        out.write(bytes, copied, segment.start - copied);
        copied = segment.end;
      }
    }
    out.write(bytes, copied, bytes.length - copied);
    return out.toByteArray();
  }

  /** Where the EXIF block begins, or -1. */
  static int exif(byte[] bytes) {
    for (Segment segment : segments(bytes)) {
      if (segment.marker == APP1 && Format.begins(bytes, segment.contents(), "Exif\0")) {
        return segment.contents() + 6;
      }
    }
    return -1;
  }

  /** Whether the samples are cyan, magenta, yellow and black. */
  static boolean hasFourChannels(byte[] bytes) {
    for (Segment segment : segments(bytes)) {
      boolean frame =
          segment.marker >= 0xc0
              && segment.marker <= 0xcf
              && segment.marker != 0xc4 // Huffman tables
              && segment.marker != 0xc8
              && segment.marker != 0xcc; // arithmetic conditioning
      if (frame && segment.start + 9 < segment.end) {
        return bytes[segment.start + 9] == 4;
      }
    }
    return false;
  }

  /**
   * Whether the first three of four channels are luma and chroma, which only Adobe's marker says.
   */
  static boolean hasChroma(byte[] bytes) {
    for (Segment segment : segments(bytes)) {
      int transform = segment.contents() + 11;
      if (segment.marker == APP14 && Format.begins(bytes, segment.contents(), "Adobe")) {
        return transform < segment.end && bytes[transform] == 2;
      }
    }
    return false;
  }
}
