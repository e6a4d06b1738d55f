package org.gristmill.image;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** What a JPEG says before its samples, and the four-channel ones that the JDK does not convert. */
final class Jpeg {
  private static final int APP1 = 0xe1;
  private static final int APP2 = 0xe2;
  private static final int APP14 = 0xee;
  private static final int SCAN = 0xda;
  private static final int END = 0xd9;
  private static final int FIRST_RESTART = 0xd0;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

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
      int end = at + 2 + shortAt(bytes, at + 2);
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

  /** What begins the picture and says its size, or null. */
  private static Segment frame(List<Segment> segments) {
    for (Segment segment : segments) {
      boolean frame =
          segment.marker >= 0xc0
              && segment.marker <= 0xcf
              && segment.marker != 0xc4 // Huffman tables
              && segment.marker != 0xc8
              && segment.marker != 0xcc; // arithmetic conditioning
      if (frame && segment.start + 9 < segment.end) {
        return segment;
      }
    }
    return null;
  }

  /** Whether the samples are cyan, magenta, yellow and black. */
  static boolean hasFourChannels(byte[] bytes) {
    Segment frame = frame(segments(bytes));
    return frame != null && bytes[frame.start + 9] == 4;
  }

  /**
   * The header of a baseline or progressive picture with one or three channels whose markers are
   * all where they can be, up to its end; else null.
   */
  static Plain plain(byte[] bytes) {
    List<Segment> segments = segments(bytes);
    Segment frame = frame(segments);
    if (frame == null || frame.marker > 0xc2 || bytes[frame.contents()] != 8) {
      return null;
    }
    int channels = bytes[frame.start + 9];
    int scan = segments.get(segments.size() - 1).end;
    boolean threeOrOne = channels == 1 || channels == 3;
    if (!threeOrOne || scan + 5 > bytes.length || !endsAsItShould(bytes, scan)) {
      return null;
    }
    // Where channels, or their bits, come one after the other, a decoder must hold them all.
    boolean atOnce = frame.marker != 0xc2 && bytes[scan + 4] == channels;
    return new Plain(
        shortAt(bytes, frame.start + 7),
        shortAt(bytes, frame.start + 5),
        channels,
        atOnce ? Plain.Shrinking.ROW_BY_ROW : Plain.Shrinking.FROM_THE_WHOLE);
  }

  /**
   * Whether no other markers are from there on than a picture can have. Samples that were
   * overwritten seldom pass, if there are many of them.
   */
  private static boolean endsAsItShould(byte[] bytes, int from) {
    int at = from;
    while (at + 4 <= bytes.length && bytes[at] == (byte) 0xff) {
      int marker = bytes[at + 1] & 0xff;
      boolean known =
          marker == SCAN
              || marker == 0xc4 // Huffman tables
              || marker >= 0xdb && marker <= 0xdd // other tables, lines, restarts
              || marker >= 0xe0 && marker <= 0xef // applications'
              || marker == 0xfe; // a comment
      if (!known) {
        return false;
      }
      at += 2 + shortAt(bytes, at + 2);
      if (marker == SCAN) {
        at = behindSamples(bytes, at);
        if (at + 2 <= bytes.length && (bytes[at + 1] & 0xff) == END) {
          return true;
        }
      }
    }
    return false;
  }

  /** Where the marker is that ends these samples, or the bytes' end. */
  private static int behindSamples(byte[] bytes, int from) {
    int restart = 0;
    int at = from;
    while (at + 1 < bytes.length) {
      if (at + 8 <= bytes.length && !hasFf((long) LONG.get(bytes, at))) {
        at += 8;
      } else if (bytes[at] != (byte) 0xff || bytes[at + 1] == 0) {
        at++;
      } else if ((bytes[at + 1] & 0xff) == FIRST_RESTART + restart) {
        restart = (restart + 1) % 8;
        at += 2;
      } else if (bytes[at + 1] == (byte) 0xff) { // a legal fill byte
        at++;
      } else {
        return at;
      }
    }
    return bytes.length;
  }

  /** Whether one of eight bytes has all its bits set. */
  private static boolean hasFf(long bytes) {
    return (~bytes - 0x0101010101010101L & bytes & 0x8080808080808080L) != 0;
  }

  private static int shortAt(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
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
