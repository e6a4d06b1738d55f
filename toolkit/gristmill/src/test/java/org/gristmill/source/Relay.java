package org.gristmill.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * Stands between a client and an HTTP server: notes each GET, and answers it faultily where it is
 * told to. One request a connection.
 */
final class Relay implements AutoCloseable {
  /** What becomes of a request. */
  enum Fault {
    NONE,
    SLOW_DOWN,
    NO_ANSWER,
    CUT_BODY,
    STALLED_BODY,
    SLOW_BODY,
    OTHER_REGION
  }

  /** The request lines that came, in order. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  private final URI server;
  private final Function<String, Fault> faults;
  private final ServerSocket door = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
  private final ConcurrentHashMap<Socket, Thread> visits = new ConcurrentHashMap<>();
  private final Thread porter = new Thread(this::admit, "relay");

  /**
   * @param faults tells by its request line what becomes of a request; may block
   */
  Relay(URI server, Function<String, Fault> faults) throws IOException {
    this.server = server;
    this.faults = faults;
    porter.start();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + door.getLocalPort());
  }

  /** How many requests there were for objects, not for listings. */
  long reads() {
    return requests.size() - lists();
  }

  /** How many requests there were for listings. */
  long lists() {
    return requests.stream().filter(line -> line.contains("list-type=2")).count();
  }

  private void admit() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        var visit = new Thread(() -> serve(client), "relay visit");
        visits.put(client, visit);
        visit.start();
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      String head = head(client.getInputStream());
      if (head.isEmpty()) {
        return;
      }
      String line = head.substring(0, head.indexOf("\r\n"));
      requests.add(line);
      Fault fault = faults.apply(line);
      switch (fault) {
        case SLOW_DOWN -> answer(client, "503 Slow Down", "", "SlowDown");
        case OTHER_REGION ->
            answer(
                client,
                "301 Moved Permanently",
                "x-amz-bucket-region: eu-central-1\r\n",
                "PermanentRedirect");
        case NO_ANSWER -> {}
        default -> pass(client, head, fault);
      }
    } catch (IOException | InterruptedException gone) {
      // the client, or this relay, has closed the connection
    } finally {
      visits.remove(client);
    }
  }

  private static void answer(Socket client, String status, String header, String code)
      throws IOException {
    String body = "<Error><Code>" + code + "</Code><Message>as told</Message></Error>";
    String answer =
        "HTTP/1.1 %s\r\n%sConnection: close\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(status, header, body.length(), body);
    client.getOutputStream().write(answer.getBytes(UTF_8));
  }

  private void pass(Socket client, String head, Fault fault)
      throws IOException, InterruptedException {
    try (var upstream = new Socket(server.getHost(), server.getPort())) {
      String last = head.replaceFirst("(?i)\r\nConnection: [^\r]*", "");
      upstream
          .getOutputStream()
          .write(last.replaceFirst("\r\n", "\r\nConnection: close\r\n").getBytes(UTF_8));
      var in = upstream.getInputStream();
      var out = client.getOutputStream();
      out.write(head(in).getBytes(UTF_8));
      byte[] body = in.readAllBytes();
      switch (fault) {
        case CUT_BODY -> out.write(body, 0, body.length / 2);
        case STALLED_BODY -> {
          out.write(body, 0, body.length / 2);
          out.flush();
          client.getInputStream().read(); // until someone hangs up
        }
        case SLOW_BODY -> {
          for (byte b : body) {
            out.write(b);
            out.flush();
            Thread.sleep(1);
          }
        }
        default -> out.write(body);
      }
    }
  }

  /** Up to the empty line, which is included. */
  private static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0; b = in.read()) {
      head.write(b);
      if (b == '\n' && head.toString(UTF_8).endsWith("\r\n\r\n")) {
        return head.toString(UTF_8);
      }
    }
    return "";
  }

  @Override
  public void close() throws InterruptedException {
    try {
      door.close();
      porter.join();
      for (var visit : visits.entrySet()) {
        visit.getKey().close();
        visit.getValue().join();
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
