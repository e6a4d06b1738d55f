package org.gristmill.model;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.ImageClassifier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ZooTest {
  @AfterEach
  void forget() {
    System.clearProperty("gristmill.zoo");
  }

  private static String load() {
    return assertThrows(
            GristmillException.class, () -> ImageClassifier.load("resnet18", Device.cpu()))
        .getMessage();
  }

  @Test
  void aServerThatIsNotThereIsSaidWithWhatToDo() {
    System.setProperty("gristmill.zoo", "http://127.0.0.1:1");

    String message = load();

    assertTrue(message.startsWith("cannot download http://127.0.0.1:1/model/"), message);
    assertTrue(message.contains("ConnectException"), message);
    assertTrue(message.contains("the samples' model"), message);
  }

  @Test
  void aFileWithAnotherHashIsRefused() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = {1, 2, 3};
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      System.setProperty("gristmill.zoo", "http://127.0.0.1:" + server.getAddress().getPort());

      String message = load();

      assertTrue(
          message.contains("has the SHA-1 7037807198c22a7d2b0807371d763779a84fdfcf"), message);
      assertTrue(message.contains("not 5f2090128b4dd2aac5bc7394ba4d46fe4a608a89"), message);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void anUnknownNameListsWhatThereIs() {
    String message =
        assertThrows(GristmillException.class, () -> ImageClassifier.load("resnet51")).getMessage();

    assertTrue(message.startsWith("no model 'resnet51': not a file ("), message);
    assertTrue(message.contains("[resnet18, resnet50]"), message);
  }
}
