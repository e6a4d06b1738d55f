package org.gristmill.image;

/**
 * What the header of an ordinary picture says: 8 bits a sample, one or three channels, nothing
 * transparent, no palette, no animation, all of the file there. Nearly every photograph is one, and
 * all decoders read these in the same way; what is not plain takes the way through Java's readers.
 *
 * @param channels 1 for grey, 3 for colours
 */
record Plain(int width, int height, int channels, Shrinking shrinking) {
  /** Whether a decoder can make the picture smaller on the way. */
  enum Shrinking {
    NEVER,
    /** It can, and holds what the whole picture is made of meanwhile. */
    FROM_THE_WHOLE,
    ROW_BY_ROW
  }

  /** Null if the picture is not plain. */
  static Plain of(Format format, byte[] bytes) {
    Plain plain =
        switch (format) {
          case JPEG -> Jpeg.plain(bytes);
          case PNG -> Png.plain(bytes);
          case WEBP -> WebP.plain(bytes);
          case GIF, BMP, TIFF -> null;
        };
    return plain == null || plain.width < 1 || plain.height < 1 ? null : plain;
  }

  /**
   * The largest of 8, 4, 2 and 1 by which the short side can be divided and keep that many pixels:
   * what Pillow's {@code draft} takes.
   *
   * @param shortSide pixels, or {@link Decode#FULL_SIZE}
   */
  int divisor(int shortSide) {
    int divisor = shrinking == Shrinking.NEVER || shortSide == Decode.FULL_SIZE ? 1 : 8;
    while (divisor > 1 && Math.min(width, height) / divisor < shortSide) {
      divisor /= 2;
    }
    return divisor;
  }

  /** The size that it has when its sides are divided, rounded up as libjpeg does it. */
  Plain divided(int divisor) {
    return new Plain(
        (width + divisor - 1) / divisor, (height + divisor - 1) / divisor, channels, shrinking);
  }
}
