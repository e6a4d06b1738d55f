package org.gristmill.image;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.gristmill.Image;

/**
 * A small copy of a picture, as PNG.
 *
 * @param png must not be changed
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record Thumbnail(byte[] png) {
  private static final int LONGEST_SIDE = 160;

  public static Thumbnail of(Image image) {
    double scale = Math.min(1, LONGEST_SIDE / (double) Math.max(image.width(), image.height()));
    int width = Math.max(1, (int) Math.round(image.width() * scale));
    int height = Math.max(1, (int) Math.round(image.height() * scale));
    var small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = small.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(image.toBufferedImage(), 0, 0, width, height, null);
    graphics.dispose();
    var bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(small, "png", bytes);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // it is written to memory
    }
    return new Thumbnail(bytes.toByteArray());
  }

  /** As the source of an {@code <img>}. */
  public String dataUri() {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
  }
}
