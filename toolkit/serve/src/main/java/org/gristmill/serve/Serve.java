package org.gristmill.serve;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.gristmill.ActorPool;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.ModelRepository;
import org.gristmill.ModelVersion;
import org.gristmill.Prediction;
import org.gristmill.RunStats;
import org.gristmill.Session;
import org.gristmill.Timeline;
import org.gristmill.dashboard.Secret;
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
  private final ServeOptions options;
  private final Router<?> router;
  private final Optional<Follower> follower;
  private final Http http;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Serve(ServeOptions options, Router<?> router, Optional<Follower> follower, Http http) {
    this.options = options;
    this.router = router;
    this.follower = follower;
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
    var member = Member.start("1", pool, named);
    var router = new Router<R>(named, Object::equals, member);
    return open(named, router, Optional.empty());
  }

  /**
   * The champion of a model in a repository, as {@link #start(ModelRepository, String, Function,
   * ServeOptions)}, with as many actors as there are processors.
   */
  public static Serve start(ModelRepository repository, String name, ServeOptions options) {
    return start(repository, name, ModelVersion::pool, options);
  }

  /**
   * Serves the champion of a model in a repository, and the challenger if there is one, and follows
   * the repository: when another version is promoted, it is loaded beside the one that serves,
   * answers for a grey picture, and takes over; the other one answers what it has taken and ends.
   * No request is lost or refused for it. A version that is corrupted or fails is not taken, and
   * the one that serves stays: {@link #problem} says why. A version that breaks while it runs is
   * started again after half a minute; if it is the challenger, the champion answers meanwhile.
   *
   * <p>Each version that runs has actors and memory of its own. {@code
   * /v2/models/NAME/versions/2/infer} asks one of them, {@code /v2/models/NAME/stats} tells what
   * each did.
   *
   * @param pools for a version
   * @throws GristmillException if there is no champion, or it cannot be served
   */
  public static Serve start(
      ModelRepository repository,
      String name,
      Function<ModelVersion, ActorPool<Image, Prediction>> pools,
      ServeOptions options) {
    var named = options.address().name().isEmpty() ? options.name(name) : options;
    Session.closeService(named.address().name());
    var follower = new Follower(repository, name, pools, named);
    return open(named, follower.router(), Optional.of(follower));
  }

  private static Serve open(ServeOptions options, Router<?> router, Optional<Follower> follower) {
    Http http = null;
    try {
      http = new Http(options, new Routes<>(options, router));
      var service = new Serve(options, router, follower, http);
      Session.keep(options.address().name(), service);
      return service;
    } catch (Throwable failed) {
      var closings =
          new ArrayList<Runnable>(
              List.of(() -> follower.ifPresent(Follower::close), router::close));
      if (http != null) {
        closings.add(http::close);
      }
      try {
        Closing.all(closings);
      } catch (RuntimeException alsoFailed) {
        failed.addSuppressed(alsoFailed);
      }
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
    return router.champion().state() == Batcher.State.READY;
  }

  /** Rows that wait for an actor now. */
  public int queued() {
    return router.members().stream().mapToInt(member -> member.batcher().waiting()).sum();
  }

  /** Actors that it has now. */
  public int actors() {
    return router.members().stream().mapToInt(member -> member.batcher().actors()).sum();
  }

  /** The numbers of the versions that run, the champion's first; that of a pool is 1. */
  public List<String> versions() {
    return router.members().stream().map(Member::number).toList();
  }

  /** Why it does not run what the repository says; empty if it does. */
  public String problem() {
    return router.problem();
  }

  /**
   * What the champion did so far, the grey picture at its beginning included, within a fraction of
   * a second.
   */
  public RunStats stats() {
    return router.champion().stats();
  }

  /** What every actor did when. */
  public Timeline timeline() {
    return stats().timeline();
  }

  /**
   * Takes no more requests, answers those that it has, and ends its actors. Clients that come
   * meanwhile are told 503. An interrupted thread does not wait for answers, and leaves nothing
   * behind either. Safe to call again.
   */
  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      Session.forget(name(), this);
      Closing.all(List.of(() -> follower.ifPresent(Follower::close), router::close, http::close));
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
    if (follower.isPresent()) {
      rows.add(List.of("versions", String.join(", then ", versions())));
    }
    if (!problem().isEmpty()) {
      rows.add(List.of("problem", problem()));
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
