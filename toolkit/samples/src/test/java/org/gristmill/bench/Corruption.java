package org.gristmill.bench;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.ConvolveOp;
import java.awt.image.DataBufferByte;
import java.awt.image.Kernel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import org.gristmill.Image;
import org.gristmill.RowFunction;
import org.gristmill.Transform;
import org.gristmill.image.Decode;

/**
 * What may happen to pictures on their way, made worse on purpose. What looks random follows from
 * the picture's path.
 *
 * @param name of what happens
 * @param severity as a number that belongs to it
 */
public record Corruption(String name, String severity, RowFunction<Image, Image> apply) {
  /** A mean over a square of pixels; several of them are close to a Gaussian. */
  public static Corruption blur(int side) {
    float[] weights = new float[side * side];
    Arrays.fill(weights, 1f / (side * side));
    var mean = new ConvolveOp(new Kernel(side, side, weights), ConvolveOp.EDGE_NO_OP, null);
    return new Corruption(
        "blur",
        side + " x " + side,
        image -> of(mean.filter(image.toBufferedImage(), null), image.path()));
  }

  /** Gaussian noise in every sample. */
  public static Corruption noise(double deviation) {
    return new Corruption(
        "noise",
        String.format(Locale.ROOT, "%.0f of 255", deviation),
        image -> {
          var random = new Random(String.valueOf(image.path()).hashCode());
          byte[] samples = new byte[image.samples().remaining()];
          image.samples().get(samples);
          for (int i = 0; i < samples.length; i++) {
            double value = (samples[i] & 0xff) + deviation * random.nextGaussian();
            samples[i] = (byte) Math.max(0, Math.min(255, Math.round(value)));
          }
          return Image.of(image.width(), image.height(), image.mode(), samples, image.path());
        });
  }

  /** Every sample times a factor. */
  public static Corruption brightness(double factor) {
    return new Corruption(
        "brightness",
        String.format(Locale.ROOT, "x %.2f", factor),
        Transform.brightness(factor)::apply);
  }

  /** Saved as a JPEG again. */
  public static Corruption jpeg(int quality) {
    return new Corruption(
        "JPEG quality", String.valueOf(quality), image -> compressed(image, quality / 100f));
  }

  private static Image compressed(Image image, float quality) {
    var writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    var bytes = new ByteArrayOutputStream();
    try (var out = ImageIO.createImageOutputStream(bytes)) {
      var how = writer.getDefaultWriteParam();
      how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      how.setCompressionQuality(quality);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image.toBufferedImage(), null, null), how);
      out.flush();
      return Decode.bytes(bytes.toByteArray(), image.mode(), image.path());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // it is written to memory
    } finally {
      writer.dispose();
    }
  }

  /** Instead of the picture, a page of text of its size: no class of ImageNet's. */
  public static Corruption page() {
    return new Corruption("pages of text", "all rows", Corruption::page);
  }

  private static Image page(Image image) {
    var random = new Random(String.valueOf(image.path()).hashCode());
    var page = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D pen = page.createGraphics();
    pen.setColor(Color.WHITE);
    pen.fillRect(0, 0, page.getWidth(), page.getHeight());
    pen.setColor(Color.BLACK);
    int size = 9 + random.nextInt(8);
    pen.setFont(new Font(Font.SERIF, Font.PLAIN, size));
    for (int y = 2 * size; y < page.getHeight() - size; y += size * 4 / 3) {
      var line = new StringBuilder();
      while (line.length() < page.getWidth() / (size / 2) - 4) {
        for (int letters = 2 + random.nextInt(8); letters > 0; letters--) {
          line.append((char) ('a' + random.nextInt(26)));
        }
        line.append(' ');
      }
      pen.drawString(line.toString(), size, y);
    }
    pen.dispose();
    return of(page, image.path());
  }

  private static Image of(BufferedImage bgr, String path) {
    byte[] samples = ((DataBufferByte) bgr.getRaster().getDataBuffer()).getData().clone();
    for (int i = 0; i < samples.length; i += 3) {
      byte blue = samples[i];
      samples[i] = samples[i + 2];
      samples[i + 2] = blue;
    }
    return Image.of(bgr.getWidth(), bgr.getHeight(), Image.Mode.RGB, samples, path);
  }

  /** Its name and severity. */
  @Override
  public String toString() {
    return name + " " + severity;
  }
}
