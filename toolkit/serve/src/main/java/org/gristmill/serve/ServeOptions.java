package org.gristmill.serve;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.gristmill.dashboard.Secret;

/**
 * How a pool is served. As it is: on a free port of 127.0.0.1, to those who know a random token.
 * Immutable.
 */
public final class ServeOptions {
  /**
   * @param name of the model in addresses; empty if none was chosen
   * @param token empty if anybody may ask
   */
  record Address(String name, String host, int port, Optional<Secret> token) {}

  /**
   * @param most rows
   * @param delay that a row waits for others while an actor has nothing to do
   */
  record Batches(int most, Duration delay) {}

  /**
   * @param queue rows that wait
   * @param body bytes
   */
  record Limits(int queue, long body, Duration deadline, Duration drain) {}

  private static final int MOST_ROWS = 8;
  private static final int QUEUE = 256;
  private static final long BODY = 16L << 20;
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Address address;
  private final Batches batches;
  private final Limits limits;
  private final Duration look;

  private ServeOptions(Address address, Batches batches, Limits limits, Duration look) {
    this.address = address;
    this.batches = batches;
    this.limits = limits;
    this.look = look;
  }

  /** What holds unless it is changed. */
  public static ServeOptions defaults() {
    return new ServeOptions(
        new Address("", "127.0.0.1", 0, Optional.of(Secret.random())),
        new Batches(MOST_ROWS, Duration.ZERO),
        new Limits(QUEUE, BODY, DEADLINE, DEADLINE),
        LOOK);
  }

  Address address() {
    return address;
  }

  Batches batches() {
    return batches;
  }

  Limits limits() {
    return limits;
  }

  Duration look() {
    return look;
  }

  private ServeOptions with(Address other) {
    return new ServeOptions(other, batches, limits, look);
  }

  private ServeOptions with(Batches other) {
    return new ServeOptions(address, other, limits, look);
  }

  private ServeOptions with(Limits other) {
    return new ServeOptions(address, batches, other, look);
  }

  /**
   * What the model is called in addresses: letters, digits, dots, dashes and underscores. As long
   * as none is chosen it is the model's file without its ending, or {@code model} for a pool. A
   * service closes another one of its name.
   */
  public ServeOptions name(String name) {
    if (!name.matches("[A-Za-z0-9._-]{1,100}")) {
      throw new IllegalArgumentException(
          "the name of a model has 1 to 100 letters, digits, '.', '-' and '_', which \"%s\" has not"
              .formatted(name));
    }
    return called(name);
  }

  /** The same, of what runs and has no address. */
  ServeOptions called(String name) {
    return with(new Address(name, address.host, address.port, address.token));
  }

  /**
   * Where it listens; 127.0.0.1 as long as nothing else is said. {@code 0.0.0.0} is every network
   * that the machine is in; there is no encryption: that is for a proxy before it.
   */
  public ServeOptions host(String host) {
    Objects.requireNonNull(host, "host");
    return with(new Address(address.name, host, address.port, address.token));
  }

  /** The port; 0, as long as none is chosen, takes a free one. */
  public ServeOptions port(int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("a port is 0 (any) to 65535, not " + port);
    }
    return with(new Address(address.name, address.host, port, address.token));
  }

  /** What clients send as {@code Authorization: Bearer TOKEN}, instead of a random one. */
  public ServeOptions token(String token) {
    if (!token.matches("[\\x21-\\x7e]{16,200}")) {
      throw new IllegalArgumentException(
          "a token has 16 to 200 printable characters without spaces: it keeps others out");
    }
    return with(
        new Address(address.name, address.host, address.port, Optional.of(new Secret(token))));
  }

  /** Anybody who reaches the port may ask. */
  public ServeOptions withoutToken() {
    return with(new Address(address.name, address.host, address.port, Optional.empty()));
  }

  /**
   * Rows that an actor gets at once, at most: {@code tuning.batchSize()} of {@link
   * org.gristmill.Dataset#tune} is the number. 8 as long as nothing else is said: on processors
   * larger ones are often slower, and under load it is the largest that are made.
   */
  public ServeOptions maxBatch(int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("a batch has 1 or more rows, not " + rows);
    }
    return with(new Batches(rows, batches.delay));
  }

  /**
   * How long a row waits for others to fill a batch while an actor has nothing to do. Not at all,
   * as long as nothing else is said: batches then grow by themselves while all actors are busy.
   */
  public ServeOptions delay(Duration delay) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("a delay is not negative, as " + delay + " is");
    }
    return with(new Batches(batches.most, delay));
  }

  /** Rows that wait, at most: more are refused with 429. 256 as long as nothing else is said. */
  public ServeOptions queue(int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("a queue has room for 1 or more rows, not " + rows);
    }
    return with(new Limits(rows, limits.body, limits.deadline, limits.drain));
  }

  /** Bytes of a request's body, at most: more are refused with 413. 16 MiB if nothing is said. */
  public ServeOptions maxBody(long bytes) {
    if (bytes < 1 || bytes > Integer.MAX_VALUE / 2) {
      throw new IllegalArgumentException("a body has 1 byte to 1 GiB, not " + bytes);
    }
    return with(new Limits(limits.queue, bytes, limits.deadline, limits.drain));
  }

  /**
   * How long a request may take, from when its headers are there to its result: 504 after that, or
   * 408 if its body was not there by then, and what was not begun of it is dropped. One that would
   * be too late by what rows take is refused at once with 429. A client may ask for less. 10 s as
   * long as nothing else is said.
   */
  public ServeOptions deadline(Duration request) {
    if (request.toSeconds() > LONGEST.toSeconds() || request.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException("a request has 1 ms to 1 day, not " + request);
    }
    return with(new Limits(limits.queue, limits.body, request, limits.drain));
  }

  /**
   * How long closing waits for requests that it has taken; 10 s as long as nothing is said. A
   * version that another one replaces has at least the time of a request.
   */
  public ServeOptions drain(Duration atMost) {
    if (atMost.isNegative() || atMost.toSeconds() > LONGEST.toSeconds()) {
      throw new IllegalArgumentException("draining takes up to 1 day, not " + atMost);
    }
    return with(new Limits(limits.queue, limits.body, limits.deadline, atMost));
  }

  /**
   * How often a service of a repository looks for another version to be promoted there; every
   * second as long as nothing is said. A look reads one file, which is not there most times.
   */
  public ServeOptions look(Duration interval) {
    if (interval.toSeconds() > LONGEST.toSeconds() || interval.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException("a look every 1 ms to 1 day, not every " + interval);
    }
    return new ServeOptions(address, batches, limits, interval);
  }
}
