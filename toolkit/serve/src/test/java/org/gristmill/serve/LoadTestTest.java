package org.gristmill.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.gristmill.ActorPool;
import org.gristmill.Image;
import org.gristmill.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Load on a real service. */
@Timeout(30)
class LoadTestTest {
  private static final Duration EACH = Duration.ofMillis(300);
  private static final int FIRST = 64; // width of the picture that a service is tried with

  private final Semaphore permits = new Semaphore(0);

  @AfterEach
  void close() {
    Session.start().close();
  }

  private static ActorPool<Image, Integer> widths() {
    return ActorPool.of(1, device -> batch -> batch.stream().map(Image::width).toList());
  }

  /** Of an actor that waits for a permit a batch. */
  private ActorPool<Image, Integer> held() {
    return ActorPool.of(
        1,
        device ->
            batch -> {
              if (batch.get(0).width() != FIRST) {
                permits.acquire();
              }
              return batch.stream().map(Image::width).toList();
            });
  }

  private static CompletableFuture<LoadCurve> load(Serve service, double... rates) {
    var test = LoadTest.of(service, List.of(Client.png(1))).each(EACH);
    var curve = new CompletableFuture<LoadCurve>();
    var thread =
        new Thread(
            () -> {
              try {
                curve.complete(test.run(rates));
              } catch (Throwable failed) {
                curve.completeExceptionally(failed);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return curve;
  }

  @Test
  void asManyRequestsAreSentAsTheRateSays() {
    var service = Serve.start(widths());

    var steps = load(service, 50, 100).join().steps();

    assertEquals(List.of(15, 30), steps.stream().map(LoadCurve.Step::requests).toList());
    assertEquals(List.of(0, 0), steps.stream().map(s -> s.refused() + s.failed()).toList());
    for (var step : steps) {
      assertTrue(step.p50().compareTo(step.p95()) <= 0 && step.p95().compareTo(step.p99()) <= 0);
      assertTrue(step.answered() > 0 && step.answered() <= step.offered(), step::toString);
    }
    service.close();
    assertEquals(1 + 15 + 30, service.stats().rows());
  }

  @Test
  void whatWaitsForAnActorIsLateFromWhenItWasToBeSent() throws Exception {
    var service = Serve.start(held(), ServeOptions.defaults().maxBatch(1));
    var curve = load(service, 100);
    while (service.queued() < 20) { // a client that waits for answers would not get there
      TimeUnit.MILLISECONDS.sleep(5);
    }
    long heldSince = System.nanoTime();
    while (service.queued() < 29) { // all but the one that the actor has
      TimeUnit.MILLISECONDS.sleep(5);
    }
    Duration held = Duration.ofNanos(System.nanoTime() - heldSince);

    permits.release(99);

    var step = curve.join().steps().get(0);
    assertEquals(30, step.requests());
    assertEquals(0, step.refused() + step.failed());
    assertTrue(step.p50().compareTo(held) >= 0, step + " after " + held);
  }

  @Test
  void whatIsRefusedIsCountedApart() {
    var options = ServeOptions.defaults().name("refusing").queue(5);
    var service = Serve.start(held(), options);
    var curve = load(service, 100);
    var client = new Client(service);
    String refused = "service=\"refusing\",status=\"429\"";
    while (!client.get("/metrics").body().contains(refused)) {
      Thread.onSpinWait();
    }
    permits.release(99);

    var step = curve.join().steps().get(0);
    var quiet = load(service, 9).join().steps().get(0);

    assertEquals(30, step.requests());
    assertTrue(step.refused() > 0 && step.refused() < 30, step::toString);
    assertEquals(0, step.failed());
    assertEquals(0, quiet.refused());
  }

  @Test
  void aServiceThatIsNotThereFailsEachRequest() {
    var service = Serve.start(widths());
    var test = LoadTest.of(service, List.of(Client.png(1))).each(EACH);
    service.close();

    var curve = test.run(20);

    assertEquals(6, curve.steps().get(0).failed());
    assertEquals(0, curve.heldWithin(Duration.ofHours(1)));
    assertEquals(List.of("-", "-", "-"), curve.table().rows().get(0).subList(3, 6));
    assertTrue(LoadCurve.chart(Map.of("gone", curve)).getHeight() > 0);
  }

  @Test
  void whatCannotBeTestedIsToldSo() {
    var service = Serve.start(widths());
    var test = LoadTest.of(service, List.of(Client.png(1)));

    assertThrows(IllegalArgumentException.class, () -> test.run(0));
    assertThrows(IllegalArgumentException.class, () -> test.each(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> LoadTest.of(service, new ArrayList<>()));
  }
}
