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
  private static final long CLOSING = TimeUnit.SECONDS.toNanos(60); // which no time limit ends
  private static final long LOOK_MILLIS = 1_000;
  private static final int PIECE = 1 << 16; // the JDK keeps a buffer as large for each thread

  /** The other end is there, and does not do what it is told. */
  static final class Unresponsive extends IOException {
    private static final long serialVersionUID = 1L;

    Unresponsive(String message) {
      super(message);
    }
  }

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private boolean closing;
  private long began; // System.nanoTime(), the last request
  private long moved; // System.nanoTime(), the last byte, in or out
  private boolean interrupted; // since the last request
  private long told; // System.nanoTime(), that it was; 0 if it was not told

  /** Has the channel from here on, and closes it if that fails. */
  Line(SocketChannel channel) throws IOException {
    this.channel = channel;
    try {
      channel.configureBlocking(false);
      selector = Selector.open();
      key = channel.register(selector, SelectionKey.OP_READ);
    } catch (IOException failed) {
      channel.close();
      throw failed;
    }
  }

  /**
   * Sends a request and waits for the reply.
   *
   * @throws SocketTimeoutException if no byte comes or goes for too long
   * @throws Unresponsive if it does not answer an interrupt, or close its worker in time
   * @throws IOException if it is gone
   */
  Frames.Reply ask(Frames.Kind kind, Serializable message)
      throws IOException, ClassNotFoundException {
    closing = kind == Frames.Kind.CLOSE;
    began = System.nanoTime();
    moved = began;
    interrupted = false;
    told = 0;
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
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void send(Frames.Kind kind, Serializable message) throws IOException {
    var frame = ByteBuffer.wrap(Frames.frame(kind, message));
    while (frame.hasRemaining()) {
      int count = channel.write(piece(frame));
      frame.position(frame.position() + count);
      progress(count, SelectionKey.OP_WRITE);
    }
  }

  private ByteBuffer read(int length) throws IOException {
    var buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      int count = channel.read(piece(buffer));
      if (count < 0) {
        throw new EOFException("the connection is closed");
      }
      buffer.position(buffer.position() + count);
      progress(count, SelectionKey.OP_READ);
      passOn();
    }
    return buffer.flip();
  }

  private static ByteBuffer piece(ByteBuffer whole) {
    return whole.slice(whole.position(), Math.min(PIECE, whole.remaining()));
  }

  /** After as many bytes: waits, if there were none, until the channel can go on. */
  private void progress(int bytes, int operation) throws IOException {
    if (bytes > 0) {
      moved = System.nanoTime();
      return;
    }
    key.interestOps(operation);
    selector.select(LOOK_MILLIS); // not at all if the thread is interrupted
    selector.selectedKeys().clear();
    interrupted |= Thread.interrupted();
    if (System.nanoTime() - moved > SILENCE) {
      throw new SocketTimeoutException("nothing was heard of it for " + seconds(SILENCE));
    }
  }

  private void passOn() throws IOException {
    if (interrupted && told == 0) {
      told = System.nanoTime();
      send(Frames.Kind.INTERRUPT, null);
    } else if (told != 0 && System.nanoTime() - told > GRACE) {
      throw new Unresponsive("it did not answer an interrupt within " + seconds(GRACE));
    } else if (closing && System.nanoTime() - began > CLOSING) {
      throw new Unresponsive("its worker was not closed within " + seconds(CLOSING));
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
