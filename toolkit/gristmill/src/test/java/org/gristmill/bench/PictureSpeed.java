package org.gristmill.bench;

import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.transform.CenterCrop;
import ai.djl.modality.cv.transform.Normalize;
import ai.djl.modality.cv.transform.Resize;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.Pipeline;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.gristmill.Preprocessing;
import org.gristmill.image.DecodeWays;
import org.gristmill.image.Pack;
import org.gristmill.image.PlainResize;

/**
 * Encoded pictures to samples, or to the tensor that a model takes, in several ways on one thread:
 * what of it takes how long. All but DJL's write the tensor into the same direct buffer.
 */
final class PictureSpeed {
  private final Preprocessing preprocessing;
  private final Pack pack;
  private final FloatBuffer tensor;

  private PictureSpeed(Preprocessing preprocessing) {
    this.preprocessing = preprocessing;
    pack = new Pack(preprocessing);
    tensor =
        ByteBuffer.allocateDirect(pack.floats() * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
  }

  /** Seconds of the process's CPU time and of the clock that all these pictures take. */
  static Map<String, Double> of(String way, List<byte[]> pictures, Preprocessing preprocessing)
      throws Exception {
    var speed = new PictureSpeed(preprocessing);
    long cpu = cpuNanos();
    long began = System.nanoTime();
    speed.run(way, pictures);
    return Map.of("cpu", (cpuNanos() - cpu) / 1e9, "wall", (System.nanoTime() - began) / 1e9);
  }

  private static long cpuNanos() {
    var system = ManagementFactory.getOperatingSystemMXBean();
    return ((com.sun.management.OperatingSystemMXBean) system).getProcessCpuTime();
  }

  private void run(String way, List<byte[]> pictures) throws Exception {
    if (way.equals("djl")) {
      djl(pictures);
      return;
    }
    for (byte[] picture : pictures) {
      tensor.clear();
      switch (way) {
        case "native decode" -> DecodeWays.natively(picture, Mode.RGB, 0);
        case "java decode" -> DecodeWays.inJava(picture, Mode.RGB);
        case "native" -> pack.put(DecodeWays.natively(picture, Mode.RGB, 0), tensor);
        case "java" -> pack.put(DecodeWays.inJava(picture, Mode.RGB), tensor);
        case "java plain" -> plain(DecodeWays.inJava(picture, Mode.RGB));
        case "java 2d" -> java2d(picture);
        default -> throw new IllegalArgumentException(way);
      }
    }
  }

  /** As we did it before there was a native decoder: sample by sample. */
  private void plain(Image image) {
    int crop = preprocessing.crop();
    int shortSide = preprocessing.shortSide();
    double scale = (double) shortSide / Math.min(image.width(), image.height());
    int width = (int) (image.width() * scale + 1e-9);
    int height = (int) (image.height() * scale + 1e-9);
    byte[] samples =
        PlainResize.resize(
            image,
            width,
            height,
            preprocessing.resampling(),
            (width - crop) / 2,
            (height - crop) / 2,
            crop,
            crop);
    for (int c = 0; c < 3; c++) {
      float mean = preprocessing.mean().get(c);
      float std = preprocessing.std().get(c);
      for (int i = 0; i < crop * crop; i++) {
        tensor.put(((samples[3 * i + c] & 0xff) / 255f - mean) / std);
      }
    }
  }

  /** As most Java programs do it: ImageIO, Graphics2D with bicubic interpolation, getRGB. */
  private void java2d(byte[] picture) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(picture));
    int crop = preprocessing.crop();
    double scale =
        (double) preprocessing.shortSide() / Math.min(image.getWidth(), image.getHeight());
    int width = (int) Math.round(image.getWidth() * scale);
    int height = (int) Math.round(image.getHeight() * scale);
    var square = new BufferedImage(crop, crop, BufferedImage.TYPE_INT_RGB);
    var graphics = square.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(image, (crop - width) / 2, (crop - height) / 2, width, height, null);
    graphics.dispose();
    int[] pixels = square.getRGB(0, 0, crop, crop, null, 0, crop);
    for (int c = 0; c < 3; c++) {
      float mean = preprocessing.mean().get(c);
      float std = preprocessing.std().get(c);
      for (int pixel : pixels) {
        tensor.put(((pixel >> (16 - 8 * c) & 0xff) / 255f - mean) / std);
      }
    }
  }

  /** As DJL's documentation does it, with its PyTorch engine. */
  private void djl(List<byte[]> pictures) throws IOException {
    int shortSide = preprocessing.shortSide();
    int crop = preprocessing.crop();
    var pipeline =
        new Pipeline()
            .add(new Resize(shortSide, shortSide))
            .add(new CenterCrop(crop, crop))
            .add(new ToTensor())
            .add(new Normalize(floats(preprocessing.mean()), floats(preprocessing.std())));
    for (byte[] picture : pictures) {
      try (var manager = NDManager.newBaseManager("PyTorch")) {
        var image = ImageFactory.getInstance().fromInputStream(new ByteArrayInputStream(picture));
        pipeline.transform(new ai.djl.ndarray.NDList(image.toNDArray(manager)));
      }
    }
  }

  private static float[] floats(List<Float> numbers) {
    return new float[] {numbers.get(0), numbers.get(1), numbers.get(2)};
  }
}
