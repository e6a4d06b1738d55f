package org.gristmill.serve;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.gristmill.GristmillException;

/**
 * What a service does under load: pictures are posted at given rates, whatever becomes of those
 * before (an open loop, as the world is), and latencies are counted from when a request was to be
 * sent. A client that waits for one answer before it sends the next would leave out the time that
 * others wait in the meantime: Gil Tene's "coordinated omission". Requests come at random, as those
 * of many people who know nothing of each other (a Poisson process of which it is known how many
 * there are: each at any moment), with the same seed each time. Immutable.
 *
 * <p>Client and service share this machine's processors when both run on it: rates are then lower
 * than what the service alone could do.
 */
public final class LoadTest {
  private static final Duration EACH = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofSeconds(60); // that an answer is waited for
  private static final int SEED = 2026;
  private static final int DIGITS = 3; // of a latency

  private final URI uri;
  private final String token;
  private final List<byte[]> pictures;
  private final Duration each;

  private LoadTest(URI uri, String token, List<byte[]> pictures, Duration each) {
    this.uri = uri;
    this.token = token;
    this.pictures = pictures;
    this.each = each;
  }

  /**
   * A test of this service.
   *
   * @param pictures files' bytes, posted in turn
   */
  public static LoadTest of(Serve service, List<byte[]> pictures) {
    return of(service.uri(), service.token(), pictures);
  }

  /** The same of a service of another process. */
  public static LoadTest of(URI service, String token, List<byte[]> pictures) {
    if (pictures.isEmpty()) {
      throw new IllegalArgumentException("a load test needs a picture to post");
    }
    URI predict = new Traffic.Service(service, token).at("/predict");
    return new LoadTest(predict, token, List.copyOf(pictures), EACH);
  }

  /** How long requests are sent at each rate; 5 s as long as nothing else is said. */
  public LoadTest each(Duration rate) {
    if (rate.isNegative() || rate.isZero()) {
      throw new IllegalArgumentException("a rate needs some time, not " + rate);
    }
    return new LoadTest(uri, token, pictures, rate);
  }

  /**
   * Sends requests at these rates, one after the other.
   *
   * @param perSecond requests a second, on average
   * @throws GristmillException if the thread is interrupted
   */
  public LoadCurve run(double... perSecond) {
    var steps = new ArrayList<LoadCurve.Step>();
    var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    for (double rate : perSecond) {
      if (!(rate > 0)) {
        throw new IllegalArgumentException("a rate is above 0, not " + rate);
      }
      steps.add(step(client, rate));
    }
    return new LoadCurve(steps);
  }

  /** What became of the requests of a rate. Thread-safe. */
  private static final class Seen {
    private final ConcurrentHistogram latencies = new ConcurrentHistogram(DIGITS); // nanoseconds
    private final AtomicInteger refused = new AtomicInteger(); // for now: 429 or 503
    private final AtomicInteger failed = new AtomicInteger();
    private volatile long last = System.nanoTime(); // answer

    private void ended(long planned, int status) {
      long now = System.nanoTime();
      last = now;
      if (status == 200) {
        latencies.recordValue(Math.max(1, now - planned));
      } else if (status == 429 || status == 503) {
        refused.incrementAndGet();
      } else {
        failed.incrementAndGet();
      }
    }
  }

  private LoadCurve.Step step(HttpClient client, double rate) {
    int requests = (int) Math.max(1, Math.round(rate * each.toNanos() / 1e9));
    var random = new Random(SEED);
    var seen = new Seen();
    var sent = new ArrayList<CompletableFuture<?>>();
    long began = System.nanoTime();
    for (double part : random.doubles(requests).sorted().toArray()) {
      long planned = began + (long) (part * each.toNanos());
      waitUntil(planned);
      sent.add(
          client
              .sendAsync(request(sent.size()), BodyHandlers.discarding())
              .handle(
                  (response, failure) -> {
                    seen.ended(planned, failure == null ? response.statusCode() : 0);
                    return null;
                  }));
    }
    CompletableFuture.allOf(sent.toArray(CompletableFuture<?>[]::new)).join();
    double seconds = Math.max(each.toNanos(), seen.last - began) / 1e9;
    return new LoadCurve.Step(
        rate,
        sent.size(),
        seen.latencies.getTotalCount() / seconds,
        Duration.ofNanos(seen.latencies.getValueAtPercentile(50)),
        Duration.ofNanos(seen.latencies.getValueAtPercentile(95)),
        Duration.ofNanos(seen.latencies.getValueAtPercentile(99)),
        seen.refused.get(),
        seen.failed.get());
  }

  private HttpRequest request(int number) {
    var request =
        HttpRequest.newBuilder(uri)
            .timeout(LONGEST)
            .POST(BodyPublishers.ofByteArray(pictures.get(number % pictures.size())));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return request.build();
  }

  private static void waitUntil(long nanoTime) {
    for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(100)));
      if (Thread.currentThread().isInterrupted()) {
        throw new GristmillException("interrupted; what was sent is answered all the same");
      }
    }
  }
}
