package org.gristmill.serve;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.imageio.ImageIO;
import org.gristmill.ActorPool;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.RunStats;
import org.gristmill.Session;
import org.gristmill.Timeline;
import org.gristmill.dashboard.Secret;
import org.gristmill.image.Decode;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;
import org.gristmill.pool.Closing;

/**
 * A pool of actors behind HTTP: the one that ran batches answers requests. It speaks the Open
 * Inference Protocol 2 over REST with binary tensors, as Triton and KServe do, so their clients
 * work, and takes a picture that is simply posted. Thread-safe.
 *
 * <pre>{@code
 * try (var service = Serve.start(pool)) {
 *   service.uri();   // curl -H "Authorization: Bearer TOKEN" --data-binary @cat.jpg URI/predict
 * }
 * }</pre>
 *
 * <p>Rows of all requests go through batches together: see {@link ServeOptions}. What a client is
 * told: 400 for a request or a picture that is wrong, and where; 401 without the token; 404 and 405
 * for what there is not; 408, 413, 415 for bodies; 429 with {@code Retry-After} while too many rows
 * wait; 500 if the model failed on its picture; 503 while it ends; 504 if the result came too late;
 * each with {@code {"error": "..."}}.
 *
 * <p>In the dashboard and among the metrics a service is a run, of pictures decoded and of batches.
 */
public final class Serve implements Tabular, AutoCloseable {
  private static final int GREY = 0x7f7f7f; // RGB
  private static final int SIDE = 64; // of the picture that is classified first

  private final ServeOptions options;
  private final Batcher<?> batcher;
  private final Http http;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Serve(ServeOptions options, Batcher<?> batcher, Http http) {
    this.options = options;
    this.batcher = batcher;
    this.http = http;
  }

  /** Serves a pool to this machine, to those who know the token: see {@link #token}. */
  public static <R> Serve start(ActorPool<Image, R> pool) {
    return start(pool, ServeOptions.defaults());
  }

  /**
   * Serves a pool. Ready when this returns: a worker was made, and has answered for a grey picture.
   * A pool that is kept warm is in use as long as it is served.
   *
   * @throws GristmillException if no worker can be made or it fails on the grey picture, or the
   *     address is taken
   */
  public static <R> Serve start(ActorPool<Image, R> pool, ServeOptions options) {
    var named = options.address().name().isEmpty() ? options.name("model") : options;
    String name = named.address().name();
    Session.closeService(name);
    var batcher = new Batcher<>(pool, named, Session.background());
    batcher.start();
    try {
      var outputs = Tensor.of(first(batcher));
      var http = new Http(named, new Routes<>(named, batcher, outputs));
      var service = new Serve(named, batcher, http);
      try {
        Session.keep(name, service);
      } catch (Throwable failed) {
        http.close();
        throw failed;
      }
      return service;
    } catch (Throwable failed) {
      batcher.close();
      throw failed;
    }
  }

  /** Serves a model, with as many actors as there are processors, as {@link #start(ActorPool)}. */
  public static Serve start(String model) {
    return start(model, ServeOptions.defaults());
  }

  /**
   * Serves a model, with as many actors as there are processors.
   *
   * @param model a name or a path, as {@link ImageClassifier#load(String)} takes it
   */
  public static Serve start(String model, ServeOptions options) {
    var pool = ImageClassifier.pool(model);
    String file = Path.of(model).getFileName().toString();
    String stem = file.replaceFirst("\\.(pt|onnx)$", "").replaceAll("[^A-Za-z0-9._-]", "_");
    return start(pool, options.address().name().isEmpty() ? options.name(stem) : options);
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

  /** Where it is, such as {@code http://127.0.0.1:41234}. */
  public URI uri() {
    String host = options.address().host();
    String reached =
        host.equals("0.0.0.0") ? "127.0.0.1" : host.contains(":") ? "[" + host + "]" : host;
    return URI.create("http://" + reached + ":" + http.port());
  }

  /** What the model is called. */
  public String name() {
    return options.address().name();
  }

  /** What clients send as {@code Authorization: Bearer TOKEN}; empty if anybody may ask. */
  public String token() {
    return options.address().token().map(Secret::digits).orElse("");
  }

  /** Whether it takes requests. */
  public boolean isReady() {
    return batcher.state() == Batcher.State.READY;
  }

  /** Rows that wait for an actor now. */
  public int queued() {
    return batcher.waiting();
  }

  /** Actors that it has now. */
  public int actors() {
    return batcher.actors();
  }

  /**
   * What it did so far, the grey picture at its beginning included, within a fraction of a second.
   */
  public RunStats stats() {
    return batcher.stats();
  }

  /** What every actor did when. */
  public Timeline timeline() {
    return stats().timeline();
  }

  /**
   * Takes no more requests, answers those that it has, and ends its actors. Clients that come
   * meanwhile are told 503. Safe to call again.
   */
  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      Session.forget(name(), this);
      Closing.all(List.of(batcher::close, http::close));
    }
  }

  /** The address, how to call it, and what it does. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("service", closed.get() ? "closed" : uri() + "  (model \"" + name() + "\")"));
    if (!closed.get()) {
      String token = token().isEmpty() ? "" : "-H \"Authorization: Bearer " + token() + "\" ";
      rows.add(List.of("try", "curl " + token + "--data-binary @FILE.jpg " + uri() + "/predict"));
    }
    rows.add(List.of("batches", "at most " + options.batches().most() + " rows"));
    rows.add(List.of("queue", "at most " + options.limits().queue() + " rows, then 429"));
    return new Table(List.of("", ""), rows);
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
