package org.gristmill.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import org.gristmill.Image;

/** A GIF's frames may be smaller than the picture, and then lie somewhere in it. */
final class Gif {
  private static final int WIDTH = 6;
  private static final int HEIGHT = 8;

  private Gif() {}

  /** The whole picture's width, 0 where the file leaves that to its frames. */
  static int width(byte[] bytes) {
    return shortAt(bytes, WIDTH);
  }

  /** The whole picture's height, 0 where the file leaves that to its frames. */
  static int height(byte[] bytes) {
    return shortAt(bytes, HEIGHT);
  }

  private static int shortAt(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getShort(at) & 0xffff;
  }

  /** The whole picture: what the frame leaves out is transparent, so white. */
  static Image whole(Image frame, IIOMetadata metadata, byte[] bytes) {
    var tree = (IIOMetadataNode) metadata.getAsTree("javax_imageio_gif_image_1.0");
    var place = (IIOMetadataNode) tree.getElementsByTagName("ImageDescriptor").item(0);
    int left = Integer.parseInt(place.getAttribute("imageLeftPosition"));
    int top = Integer.parseInt(place.getAttribute("imageTopPosition"));
    int width = Math.max(width(bytes), frame.width());
    int height = Math.max(height(bytes), frame.height());
    if (width == frame.width() && height == frame.height()) {
      return frame;
    }
    int channels = frame.mode().channels();
    byte[] out = new byte[width * height * channels];
    Arrays.fill(out, (byte) 255);
    int seen = Math.max(0, Math.min(frame.width(), width - left)) * channels;
    for (int y = 0; y < Math.min(frame.height(), height - top); y++) {
      frame
          .samples()
          .get(y * frame.width() * channels, out, ((top + y) * width + left) * channels, seen);
    }
    return Image.of(width, height, frame.mode(), out, frame.path());
  }
}
