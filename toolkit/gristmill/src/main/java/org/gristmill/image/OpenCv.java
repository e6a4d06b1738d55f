package org.gristmill.image;

import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Decodes with OpenCV, whose natives hold libjpeg-turbo, libpng and libwebp. The only class that
 * knows it. The natives are loaded when they are first asked for, once a process; OpenCV is then
 * told to start no threads of its own. Without them nothing is decoded here. Thread-safe; all
 * native memory is given back before a call returns.
 */
final class OpenCv {
  private static final String LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";

  private OpenCv() {}

  /** Loaded with the class, and so once. */
  private static final class Natives {
    /** Why they cannot be used, or null. */
    static final String MISSING = load();

    private Natives() {}

    private static String load() {
      boolean interrupted = Thread.interrupted(); // a stopped run must not leave them half unpacked
      try {
        if (!areOnTheClassPath()) {
          return "natives-opencv for %s are not on the class path".formatted(Loader.getPlatform());
        }
        // JavaCPP refuses to allocate in a process that takes four times the largest heap, as one
        // with models in native memory may. What is allocated here is freed at once.
        if (System.getProperty(LIMIT) == null) {
          System.setProperty(LIMIT, "0");
        }
        Loader.load(opencv_imgcodecs.class);
        opencv_core.setNumThreads(1);
        return null;
      } catch (LinkageError | RuntimeException failed) {
        return "OpenCV does not load: " + failed;
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private static boolean areOnTheClassPath() {
      String folder = "/org/bytedeco/opencv/" + Loader.getPlatform() + "/";
      return OpenCv.class.getResource(folder + System.mapLibraryName("jniopencv_imgcodecs"))
          != null;
    }
  }

  /** Whether pictures can be decoded here. Loads the natives. */
  static boolean isThere() {
    return Natives.MISSING == null;
  }

  /** Its version and libjpeg's, or why it is not there. Loads the natives. */
  static String describe() {
    if (!isThere()) {
      return Natives.MISSING;
    }
    try (BytePointer built = opencv_core.getBuildInformation()) {
      String jpeg =
          built
              .getString()
              .lines()
              .filter(line -> line.strip().startsWith("JPEG:"))
              .map(line -> line.replaceAll("^ *JPEG: *(build-)?|-\\d+\\)$|[(]ver ", ""))
              .findFirst()
              .orElse("libjpeg");
      return "OpenCV %s (%s)".formatted(opencv_core.CV_VERSION, jpeg);
    }
  }

  /**
   * The samples of a plain picture, not turned by what EXIF says.
   *
   * @param divisor 1, or for a JPEG 2, 4 or 8: what its sides are divided by
   * @return height x width x channels samples, or null if it is not there, or cannot decode the
   *     picture: Java's readers then say why
   */
  static byte[] decode(byte[] bytes, Plain plain, int divisor) {
    if (!isThere()) {
      return null;
    }
    Plain wanted = plain.divided(divisor);
    int type = opencv_core.CV_8UC(wanted.channels());
    try (var copy = new BytePointer(bytes);
        var encoded = new Mat(1, bytes.length, opencv_core.CV_8UC1, copy);
        var decoded = new Mat(wanted.height(), wanted.width(), type);
        var memory = decoded.data()) {
      // Of a PNG that ends too early OpenCV gives what it has, without a sign.
      byte[] lastRow = mark(wanted);
      long size = (long) lastRow.length * wanted.height();
      memory.position(size - lastRow.length).put(lastRow);
      try (var same = opencv_imgcodecs.imdecode(encoded, flags(plain, divisor), decoded);
          var filled = same.data()) {
        boolean asSaid =
            same.cols() == wanted.width()
                && same.rows() == wanted.height()
                && same.type() == type
                && same.isContinuous();
        if (!asSaid) {
          return null;
        }
        byte[] samples = new byte[(int) size];
        filled.get(samples);
        int last = samples.length - lastRow.length;
        return Arrays.equals(samples, last, samples.length, lastRow, 0, lastRow.length)
            ? null
            : samples;
      }
    } catch (RuntimeException refused) { // what OpenCV throws in C++
      return null;
    }
  }

  /** A row of samples that no picture has by chance. */
  private static byte[] mark(Plain size) {
    byte[] row = new byte[size.width() * size.channels()];
    for (int i = 0; i < row.length; i++) {
      row[i] = (byte) (i * 0x9E3779B1 >>> 24);
    }
    return row;
  }

  private static int flags(Plain plain, int divisor) {
    int size =
        switch (divisor) {
          case 2 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_2;
          case 4 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_4;
          case 8 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_8;
          default -> 0;
        };
    int colours =
        plain.channels() == 1
            ? opencv_imgcodecs.IMREAD_GRAYSCALE
            : opencv_imgcodecs.IMREAD_COLOR_RGB; // never together with IMREAD_COLOR, which is BGR
    return size | colours | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
  }
}
