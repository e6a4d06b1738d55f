package org.gristmill.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Pictures that tests make. */
final class Encoded {
  private Encoded() {}

  static byte[] encode(BufferedImage image, String format) throws IOException {
    var bytes = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, format, bytes));
    return bytes.toByteArray();
  }

  static BufferedImage filled(int type, Color colour) {
    var image = new BufferedImage(40, 30, type);
    var graphics = image.createGraphics();
    graphics.setColor(colour);
    graphics.fillRect(0, 0, 40, 30);
    graphics.dispose();
    return image;
  }

  /** What begins at that byte, replaced or, if it replaces nothing, inserted. */
  static byte[] spliced(byte[] bytes, int at, int replaced, byte[] by) {
    return ByteBuffer.allocate(bytes.length - replaced + by.length)
        .put(bytes, 0, at)
        .put(by)
        .put(bytes, at + replaced, bytes.length - at - replaced)
        .array();
  }

  static byte[] chunk(String type, byte[] contents) {
    var chunk = ByteBuffer.allocate(contents.length + 12).putInt(contents.length);
    chunk.put(type.getBytes(ISO_8859_1)).put(contents);
    var crc = new CRC32();
    crc.update(chunk.array(), 4, contents.length + 4);
    return chunk.putInt((int) crc.getValue()).array();
  }
}
