package org.gristmill.image;

import static org.gristmill.image.Encoded.encode;
import static org.gristmill.image.Encoded.filled;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.zip.DeflaterOutputStream;
import org.bytedeco.javacpp.Pointer;
import org.gristmill.Image.Mode;
import org.junit.jupiter.api.Test;

/** The natives are on the class path of the tests: what is plain is decoded by them. */
class OpenCvTest {
  private static BufferedImage noise(int type) {
    var noise = new BufferedImage(120, 90, type);
    var random = new Random(3);
    for (int i = 0; i < 120 * 90; i++) {
      noise.setRGB(i % 120, i / 120, random.nextInt());
    }
    return noise;
  }

  private static byte[] natively(Format format, byte[] bytes) {
    return OpenCv.decode(bytes, Plain.of(format, bytes), 1);
  }

  private static byte[] inJava(Format format, byte[] bytes, Mode mode) throws IOException {
    var image = JavaReaders.read(format, bytes, mode, null, MemoryLimit.ofThisJvm());
    byte[] samples = new byte[image.samples().remaining()];
    image.samples().get(samples);
    return samples;
  }

  @Test
  void whatDecodesIsTold() {
    assertTrue(
        Decode.describe()
            .matches("JPEG, PNG, WebP: OpenCV \\S+ \\(libjpeg-turbo [\\d.]+\\); .*javax.imageio"),
        Decode.describe());
  }

  @Test
  void pngsComeOutAsTheyWere() throws IOException {
    byte[] colours = encode(noise(BufferedImage.TYPE_INT_RGB), "png");
    byte[] grey = encode(noise(BufferedImage.TYPE_BYTE_GRAY), "png");

    assertArrayEquals(inJava(Format.PNG, colours, Mode.RGB), natively(Format.PNG, colours));
    assertArrayEquals(inJava(Format.PNG, grey, Mode.GREY), natively(Format.PNG, grey));
  }

  @Test
  void greyJpegsHaveThreeEqualChannelsIfAskedFor() throws IOException {
    byte[] grey = encode(noise(BufferedImage.TYPE_BYTE_GRAY), "jpg");

    var asGrey = Decode.bytes(grey, Mode.GREY, null);
    var asColours = Decode.bytes(grey, Mode.RGB, null);

    assertArrayEquals(inJava(Format.JPEG, grey, Mode.GREY), natively(Format.JPEG, grey));
    for (int c = 0; c < 3; c++) {
      assertEquals(asGrey.sample(70, 50, 0), asColours.sample(70, 50, c));
    }
  }

  /** A PNG whose pixels end early has whole chunks and right checksums. */
  @Test
  void aPngWithTooFewPixelsIsRefused() throws IOException {
    byte[] rows = new byte[200 * 601];
    new Random(1).nextBytes(rows);
    for (int y = 0; y < 200; y++) {
      rows[y * 601] = 0; // no filter
    }
    var deflated = new ByteArrayOutputStream();
    try (var out = new DeflaterOutputStream(deflated)) {
      out.write(rows);
    }
    byte[] pixels = deflated.toByteArray();
    for (int missing : new int[] {10, pixels.length / 2, pixels.length - 100}) {
      byte[] png = png(Arrays.copyOf(pixels, pixels.length - missing));
      assertNotNull(Plain.of(Format.PNG, png));
      assertNull(natively(Format.PNG, png));
      var told = assertThrows(Refused.class, () -> Decode.bytes(png, Mode.RGB, null));
      assertTrue(told.getMessage().startsWith("the PNG is cut off"), told.getMessage());
    }
    assertNotNull(natively(Format.PNG, png(pixels)));
  }

  private static byte[] png(byte[] pixels) {
    var header = ByteBuffer.allocate(13).putInt(200).putInt(200).put(new byte[] {8, 2, 0, 0, 0});
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    out.writeBytes(Encoded.chunk("IHDR", header.array()));
    out.writeBytes(Encoded.chunk("IDAT", pixels));
    out.writeBytes(Encoded.chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  /** What OpenCV throws is no answer: Java's readers look at the file then. */
  @Test
  void anErrorInOpenCvIsNoErrorHere() throws IOException {
    byte[] jpeg = encode(filled(BufferedImage.TYPE_INT_RGB, Color.RED), "jpg");

    assertNull(
        OpenCv.decode(new byte[] {1, 2, 3}, new Plain(40, 30, 3, Plain.Shrinking.ROW_BY_ROW), 1));
    assertNull(OpenCv.decode(new byte[0], new Plain(40, 30, 3, Plain.Shrinking.ROW_BY_ROW), 1));
    assertNull(OpenCv.decode(jpeg, new Plain(41, 30, 3, Plain.Shrinking.ROW_BY_ROW), 1));
  }

  @Test
  void manyThreadsDecodeAtOnce() throws Exception {
    byte[] jpeg = encode(noise(BufferedImage.TYPE_INT_RGB), "jpg");
    byte[] expected = natively(Format.JPEG, jpeg);
    var threads = Executors.newFixedThreadPool(8);
    try {
      var tasks = new ArrayList<Callable<byte[]>>();
      for (int i = 0; i < 400; i++) {
        tasks.add(() -> natively(Format.JPEG, jpeg));
      }
      for (var done : threads.invokeAll(tasks)) {
        assertArrayEquals(expected, done.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void nativeMemoryIsGivenBack() throws IOException {
    byte[] good = encode(noise(BufferedImage.TYPE_INT_RGB), "jpg");
    byte[] cut = Arrays.copyOf(good, good.length / 2);
    Plain plain = Plain.of(Format.JPEG, good);
    decodeOften(good, cut, plain);
    long bytes = Pointer.totalBytes();
    long pointers = Pointer.totalCount();

    long more = Long.MAX_VALUE; // of three times: the heap grows in some of them, a leak in all
    for (int i = 0; i < 3; i++) {
      long resident = resident();
      decodeOften(good, cut, plain); // 5,000 times 32 kB are 160 MB
      more = Math.min(more, resident() - resident);
    }

    assertEquals(bytes, Pointer.totalBytes());
    assertEquals(pointers, Pointer.totalCount());
    assertTrue(more < 60L << 20, more + " bytes more");
  }

  private static void decodeOften(byte[] good, byte[] cut, Plain plain) {
    for (int i = 0; i < 5000; i++) {
      assertNotNull(OpenCv.decode(good, plain, 1));
      assertNull(OpenCv.decode(cut, plain, 1));
    }
  }

  /** Bytes of memory that the process holds, 0 where the system does not say. */
  private static long resident() throws IOException {
    Path statm = Path.of("/proc/self/statm");
    return Files.exists(statm)
        ? Long.parseLong(Files.readString(statm).split(" ", 3)[1]) * 4096
        : 0;
  }
}
