package org.gristmill.cluster;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Where executors call the driver back. Who has no ticket, which is good for one call, is not let
 * in. Thread-safe.
 */
final class Door implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 5_000; // with a caller who says nothing
  private static final long PAUSE_NANOS = 100_000_000;
  private static final int TICKET_BYTES = 24;

  /** How an actor says what it is. */
  record Hello(String ticket, String executor, String host, long pid) {
    void write(OutputStream to) throws IOException {
      var out = new DataOutputStream(to);
      out.writeUTF(ticket);
      out.writeUTF(executor);
      out.writeUTF(host);
      out.writeLong(pid);
      out.flush();
    }

    static Hello read(InputStream from) throws IOException {
      var in = new DataInputStream(from);
      return new Hello(in.readUTF(), in.readUTF(), in.readUTF(), in.readLong());
    }
  }

  /** An actor that has called. */
  record Caller(SocketChannel channel, Hello hello) {}

  private final ServerSocketChannel server;
  private final Thread listening;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, BlockingQueue<Caller>> tickets = new ConcurrentHashMap<>();

  /**
   * @param port to listen on; 0 for any
   */
  Door(String host, int port) throws IOException {
    server = ServerSocketChannel.open().bind(new InetSocketAddress(host, port), 1024);
    listening = start(this::listen);
  }

  int port() throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  /** A new ticket; {@link #forget} it once it is of no more use. */
  String ticket() {
    byte[] secret = new byte[TICKET_BYTES];
    random.nextBytes(secret);
    String ticket = Base64.getEncoder().encodeToString(secret);
    tickets.put(ticket, new LinkedBlockingQueue<>(1));
    return ticket;
  }

  /** Waits for the call with that ticket. */
  Optional<Caller> await(String ticket, long millis) throws InterruptedException {
    return Optional.ofNullable(tickets.get(ticket).poll(millis, TimeUnit.MILLISECONDS));
  }

  /** Nobody waits for that call any more. */
  void forget(String ticket) {
    var late = tickets.remove(ticket).poll();
    if (late != null) {
      hangUp(late.channel());
    }
  }

  private void listen() {
    while (server.isOpen()) {
      try {
        var channel = server.accept();
        start(() -> admit(channel)); // nobody waits for a caller who says nothing
      } catch (IOException closed) { // or there are too many open files
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private void admit(SocketChannel channel) {
    try {
      channel.socket().setSoTimeout(PATIENCE_MILLIS);
      channel.socket().setTcpNoDelay(true);
      var hello = Hello.read(channel.socket().getInputStream());
      var waiting = tickets.get(hello.ticket());
      if (waiting == null || !waiting.offer(new Caller(channel, hello))) {
        channel.close();
      } else if (!tickets.containsKey(hello.ticket()) && waiting.poll() != null) {
        channel.close(); // it was forgotten just now
      }
    } catch (IOException stranger) {
      hangUp(channel);
    }
  }

  private static Thread start(Runnable task) {
    var thread = new Thread(task, "gristmill cluster door");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void hangUp(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException gone) {
      // as it should be
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    try {
      listening.join(PATIENCE_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
