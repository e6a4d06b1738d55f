package org.gristmill.image;

import static com.twelvemonkeys.imageio.metadata.tiff.TIFF.TAG_ORIENTATION;

import com.twelvemonkeys.imageio.metadata.CompoundDirectory;
import com.twelvemonkeys.imageio.metadata.Directory;
import com.twelvemonkeys.imageio.metadata.Entry;
import com.twelvemonkeys.imageio.metadata.tiff.TIFFReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.gristmill.Image;

/**
 * How a picture is turned before it is shown: the EXIF tag of that name, 1 to 8, in JPEG, PNG and
 * WebP files, and the same tag of a TIFF file.
 */
final class Orientation {
  private static final int UPRIGHT = 1;

  private Orientation() {}

  static int of(Format format, byte[] bytes) {
    int exif =
        switch (format) {
          case JPEG -> Jpeg.exif(bytes);
          case PNG -> Png.exif(bytes);
          case WEBP -> WebP.exif(bytes);
          case TIFF -> 0;
          case GIF, BMP -> -1;
        };
    return exif < 0 ? UPRIGHT : tag(bytes, exif);
  }

  private static int tag(byte[] bytes, int from) {
    var block = new ByteArrayInputStream(bytes, from, bytes.length - from);
    try (var in = new MemoryCacheImageInputStream(block)) {
      Directory first = new TIFFReader().read(in);
      if (first instanceof CompoundDirectory all) {
        first = all.getDirectory(0);
      }
      Entry entry = first.getEntryById(TAG_ORIENTATION);
      int value = entry != null && entry.getValue() instanceof Number n ? n.intValue() : UPRIGHT;
      return value >= 1 && value <= 8 ? value : UPRIGHT;
    } catch (IOException | RuntimeException unreadable) {
      return UPRIGHT; // as every viewer does: the samples do not depend on what is said about them
    }
  }

  /** The picture as it is to be looked at. */
  static Image turned(Image stored, int orientation) {
    if (orientation == UPRIGHT) {
      return stored;
    }
    boolean sideways = orientation >= 5;
    boolean mirrorX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    boolean mirrorY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    int width = sideways ? stored.height() : stored.width();
    int height = sideways ? stored.width() : stored.height();
    int channels = stored.mode().channels();
    var in = stored.samples();
    byte[] out = new byte[in.remaining()];
    int at = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int fromX = sideways ? y : x;
        int fromY = sideways ? x : y;
        fromX = mirrorX ? stored.width() - 1 - fromX : fromX;
        fromY = mirrorY ? stored.height() - 1 - fromY : fromY;
        int from = (fromY * stored.width() + fromX) * channels;
        for (int c = 0; c < channels; c++) {
          out[at++] = in.get(from + c);
        }
      }
    }
    return Image.of(width, height, stored.mode(), out, stored.path());
  }
}
