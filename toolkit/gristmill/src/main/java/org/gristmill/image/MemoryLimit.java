package org.gristmill.image;

import java.util.Locale;

/**
 * What is too large to decode, told from the size in the file's header: a picture of more than 100
 * megapixels, or one whose decoding would take more than a quarter of the JVM's largest heap. A
 * pixel takes the bytes that the decoder makes of it, and six for the samples and their turned
 * copy.
 */
final class MemoryLimit {
  static final int MEGAPIXELS = 100;
  private static final int SAMPLES = 6;

  private final long bytes;

  MemoryLimit(long maxHeap) {
    bytes = maxHeap / 4;
  }

  static MemoryLimit ofThisJvm() {
    return new MemoryLimit(Runtime.getRuntime().maxMemory());
  }

  /**
   * @param decoded bytes that the decoder makes of a pixel
   * @throws Refused if such a picture is too large
   */
  void check(int width, int height, int decoded) throws Refused {
    long pixels = (long) width * height;
    if (pixels > MEGAPIXELS * 1_000_000L) {
      throw new Refused(
          "the picture has %d x %d pixels; more than %d megapixels are not decoded"
              .formatted(width, height, MEGAPIXELS),
          "Scale it down or take it out of the folder.");
    }
    long needed = pixels * (decoded + SAMPLES);
    if (needed > bytes) {
      throw new Refused(
          "%d x %d pixels take %s to decode, more than a quarter of this JVM's heap, which is %s"
              .formatted(width, height, megabytes(needed), megabytes(bytes)),
          "Start the JVM with a larger -Xmx, scale the picture down or take it out of the folder.");
    }
  }

  /**
   * @throws Refused if a file is so long that its bytes alone take that much
   */
  void checkFile(long length) throws Refused {
    long most = Math.min(bytes, Integer.MAX_VALUE - 8);
    if (length > most) {
      throw new Refused(
          "the file has %s; pictures of more than %s are not read"
              .formatted(megabytes(length), megabytes(most)),
          "Take it out of the folder.");
    }
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%,d MB", bytes / 1_000_000);
  }
}
