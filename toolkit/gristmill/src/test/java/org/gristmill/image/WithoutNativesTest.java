package org.gristmill.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.gristmill.image.Encoded.encode;
import static org.gristmill.image.Encoded.filled;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.gristmill.Image.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each in a process of its own, because natives are loaded once. */
class WithoutNativesTest {
  /** What decodes, in the child's words, and the samples of a picture: a JPEG asked for smaller. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws Exception {
      byte[] jpeg = encode(filled(BufferedImage.TYPE_INT_RGB, new Color(200, 60, 20)), "jpg");
      if (arguments.length > 0) {
        Thread.currentThread().interrupt();
      }
      var image = Decode.row(jpeg, Mode.RGB, 10, null);
      System.out.println(Decode.describe());
      if (Thread.interrupted()) {
        System.out.println("interrupted");
      }
      System.out.println(image + " " + (image.sample(3, 3, 0) > 190));
    }
  }

  @TempDir Path cache;

  /** Runs the child on this class path without the files of these names. */
  private String[] run(String without, String... arguments) throws Exception {
    String path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !Path.of(entry).getFileName().toString().matches(without))
            .collect(Collectors.joining(File.pathSeparator));
    var command = new ProcessBuilder();
    command.command(
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.cachedir=" + cache,
                "-cp",
                path,
                Child.class.getName())));
    command.command().addAll(List.of(arguments));
    Process child = command.start();
    String told = new String(child.getInputStream().readAllBytes(), UTF_8);
    String errors = new String(child.getErrorStream().readAllBytes(), UTF_8);
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, child.exitValue(), told + errors);
    return told.split("\\R");
  }

  @Test
  void withoutThemJavasReadersDecode() throws Exception {
    String[] told = run("(opencv|openblas|javacpp)-.*-(linux|macosx|windows)-.*");

    assertTrue(
        told[0].matches("javax.imageio: natives-opencv for \\S+ are not on the class path"),
        told[0]);
    assertEquals("Image 30 x 40 x 3 true", told[1]);
  }

  @Test
  void withHalfOfThemTheReasonIsTold() throws Exception {
    String[] told = run("openblas-.*-(linux|macosx|windows)-.*");

    assertTrue(told[0].startsWith("javax.imageio: OpenCV does not load: "), told[0]);
    assertEquals("Image 30 x 40 x 3 true", told[1]);
  }

  @Test
  void withThemThePictureIsMadeSmaller() throws Exception {
    String[] told = run("none");

    assertTrue(told[0].startsWith("JPEG, PNG, WebP: OpenCV "), told[0]);
    assertEquals("Image 15 x 20 x 3 true", told[1]);
  }

  @Test
  void anInterruptDoesNotKeepThemFromBeingUnpacked() throws Exception {
    String[] told = run("none", "interrupted");

    assertTrue(told[0].startsWith("JPEG, PNG, WebP: OpenCV "), told[0]);
    assertEquals("interrupted", told[1]);
  }
}
