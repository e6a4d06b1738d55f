package org.gristmill.serve;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.gristmill.ActorPool;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.Session;
import org.gristmill.image.Decode;

/**
 * A version that runs.
 *
 * @param number as clients name it
 * @param outputs of one row, to tell what there is
 */
record Member<R>(String number, Batcher<R> batcher, Endings endings, List<Tensor> outputs) {
  private static final int GREY = 0x7f7f7f; // RGB
  private static final int SIDE = 64; // of the picture that is classified first

  /**
   * Runs a pool. Ready when this returns: a worker was made, and has answered for a grey picture.
   *
   * @throws GristmillException if no worker can be made, or it fails on the grey picture
   */
  static <R> Member<R> start(String number, ActorPool<Image, R> pool, ServeOptions options) {
    var batcher = new Batcher<>(pool, options, Session.background());
    batcher.start();
    try {
      return new Member<>(number, batcher, new Endings(), Tensor.of(first(batcher)));
    } catch (Throwable failed) {
      batcher.close();
      throw failed;
    }
  }

  /** Whether it takes requests. */
  boolean isReady() {
    return batcher.state() == Batcher.State.READY;
  }

  /**
   * What the pool gives for a picture, before anybody waits for it; decoders are loaded by that.
   */
  private static <R> List<R> first(Batcher<R> batcher) {
    byte[] file = grey();
    Call.Picture grey = shortSide -> Decode.bytes(file, Image.Mode.RGB, shortSide, null);
    var call = new Call<R>(List.of(grey), System.nanoTime() + TimeUnit.DAYS.toNanos(1));
    batcher.submit(call);
    try {
      return call.answer().get();
    } catch (ExecutionException failed) {
      throw new GristmillException(
          "the pool cannot be served: " + failed.getCause().getMessage(), failed.getCause());
    } catch (InterruptedException interrupted) {
      batcher.cancel(call);
      Thread.currentThread().interrupt();
      throw new GristmillException("interrupted before the service was ready", interrupted);
    }
  }

  private static byte[] grey() {
    var picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
      picture.setRGB(pixel % SIDE, pixel / SIDE, GREY);
    }
    var file = new ByteArrayOutputStream();
    try {
      ImageIO.write(picture, "jpg", file);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // it writes to memory
    }
    return file.toByteArray();
  }
}
