package org.gristmill.cluster;

import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * A connection from the driver to an actor, whose thread is not stuck in it: an interrupt is told
 * to the other end, and silence has a limit. For one thread.
 */
final class Line implements AutoCloseable {
  private static final long SILENCE = TimeUnit.SECONDS.toNanos(4L * Frames.HEARTBEAT_SECONDS);
  private static final long GRACE = TimeUnit.SECONDS.toNanos(5); // from an interrupt to giving up
  private static final long LOOK_MILLIS = 1_000;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private long heard; // System.nanoTime(), the last byte
  private long interrupted; // System.nanoTime(), since the last request; 0 if it was not

  Line(SocketChannel channel) throws IOException {
    this.channel = channel;
    channel.configureBlocking(false);
    selector = Selector.open();
    key = channel.register(selector, SelectionKey.OP_READ);
  }

  /**
   * Sends a request and waits for the reply.
   *
   * @throws SocketTimeoutException if the other end says nothing for too long
   * @throws IOException if it is gone, or does not answer an interrupt
   */
  Frames.Reply ask(Frames.Kind kind, Serializable message)
      throws IOException, ClassNotFoundException {
    heard = System.nanoTime();
    interrupted = 0;
    try {
      send(kind, message);
      while (true) {
        var header = read(Frames.HEADER);
        var answer = Frames.Kind.of(header.get());
        byte[] bytes = read(header.getInt()).array();
        if (answer == Frames.Kind.REPLY) {
          return (Frames.Reply) Frames.message(bytes);
        }
      }
    } finally {
      if (interrupted != 0) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void send(Frames.Kind kind, Serializable message) throws IOException {
    var frame = ByteBuffer.wrap(Frames.frame(kind, message));
    while (frame.hasRemaining()) {
      if (channel.write(frame) == 0) {
        select(SelectionKey.OP_WRITE);
      }
    }
  }

  private ByteBuffer read(int length) throws IOException {
    var buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer);
      if (count < 0) {
        throw new EOFException("the connection is closed");
      }
      if (count > 0) {
        heard = System.nanoTime();
      } else {
        select(SelectionKey.OP_READ);
        passOn(Thread.interrupted());
      }
    }
    return buffer.flip();
  }

  /** Waits until the channel can go on; for as good as no time if the thread is interrupted. */
  private void select(int operation) throws IOException {
    key.interestOps(operation);
    selector.select(LOOK_MILLIS);
    selector.selectedKeys().clear();
    if (System.nanoTime() - heard > SILENCE) {
      throw new SocketTimeoutException("nothing was heard of it for " + seconds(SILENCE));
    }
  }

  private void passOn(boolean interrupt) throws IOException {
    if (interrupt && interrupted == 0) {
      interrupted = System.nanoTime();
      send(Frames.Kind.INTERRUPT, null);
    } else if (interrupted != 0 && System.nanoTime() - interrupted > GRACE) {
      throw new IOException("it did not answer an interrupt within " + seconds(GRACE));
    }
  }

  private static String seconds(long nanos) {
    return TimeUnit.NANOSECONDS.toSeconds(nanos) + " s";
  }

  @Override
  public void close() {
    try {
      selector.close();
      channel.close();
    } catch (IOException gone) {
      // as it should be
    }
  }
}
