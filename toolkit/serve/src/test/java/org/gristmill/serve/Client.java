package org.gristmill.serve;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;

/** Asks a service, as a program would. */
final class Client {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final Serve service;

  Client(Serve service) {
    this.service = service;
  }

  /** A picture whose width is what the tests' workers tell it by. */
  static byte[] png(int width) {
    var image = new BufferedImage(width, 4, BufferedImage.TYPE_INT_RGB);
    var bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  HttpRequest.Builder request(String path) {
    var request = HttpRequest.newBuilder(service.uri().resolve(path));
    return service.token().isEmpty()
        ? request
        : request.header("Authorization", "Bearer " + service.token());
  }

  HttpResponse<String> get(String path) {
    return send(request(path).build()).join();
  }

  CompletableFuture<HttpResponse<String>> send(HttpRequest request) {
    return HTTP.sendAsync(request, BodyHandlers.ofString());
  }

  CompletableFuture<HttpResponse<String>> predict(byte[] picture) {
    return post("/predict", BodyPublishers.ofByteArray(picture));
  }

  CompletableFuture<HttpResponse<String>> post(String path, BodyPublisher body) {
    return send(request(path).POST(body).build());
  }

  HttpResponse<String> infer(String json) {
    return post("/v2/models/" + service.name() + "/infer", BodyPublishers.ofString(json)).join();
  }
}
