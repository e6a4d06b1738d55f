package org.gristmill.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.gristmill.ActorPool;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ModelRepository;
import org.gristmill.ModelVersion;
import org.gristmill.Prediction;
import org.gristmill.pool.Closing;
import org.gristmill.repository.Entry;

/** Has a service run the versions that a repository says: a thread that looks now and then. */
final class Follower implements AutoCloseable {
  private static final long TRY_AGAIN = TimeUnit.SECONDS.toNanos(30);

  private final ModelRepository repository;
  private final String model;
  private final Function<ModelVersion, ActorPool<Image, Prediction>> pools;
  private final ServeOptions options;
  private final Router<Prediction> router;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);
  private Entry last; // that the service runs, or tried to; of the thread, from its start on
  private long tryAgain; // System.nanoTime(), where that did not succeed

  /** Has run what the repository says when this returns. */
  Follower(
      ModelRepository repository,
      String model,
      Function<ModelVersion, ActorPool<Image, Prediction>> pools,
      ServeOptions options) {
    this.repository = repository;
    this.model = model;
    this.pools = pools;
    this.options = options;
    Entry now = repository.state(model);
    int champion =
        now.versions()
            .champion()
            .orElseThrow(
                () ->
                    new GristmillException(
                        "no version of \"%s\" is champion: promote one".formatted(model)));
    router = new Router<>(options, (a, b) -> a.index() == b.index(), run(champion));
    try {
      follow(now);
    } catch (Throwable failed) {
      router.close();
      throw failed;
    }
    thread = new Thread(this::drive, "gristmill serve " + options.address().name() + " follows");
    thread.setDaemon(true);
    thread.start();
  }

  Router<Prediction> router() {
    return router;
  }

  private void drive() {
    try {
      while (!closing.await(options.look().toNanos(), TimeUnit.NANOSECONDS)) {
        try {
          Entry now = repository.state(model);
          boolean isOther = !now.versions().equals(last.versions());
          if (isOther || (!router.problem().isEmpty() && System.nanoTime() - tryAgain > 0)) {
            follow(now);
          } else if (now.revision() != last.revision()) {
            last = now;
            router.changed(now.revision());
          }
        } catch (RuntimeException | Error failed) { // the disk, the network: what serves stays
          router.problem(GristmillException.reason(failed));
        }
      }
    } catch (InterruptedException hurried) {
      // by close()
    }
  }

  /** Runs what an entry says, as far as that can be run. */
  private void follow(Entry now) {
    last = now;
    tryAgain = System.nanoTime() + TRY_AGAIN;
    var problems = new ArrayList<String>();
    List<Member<Prediction>> before = router.members();
    Member<Prediction> champion =
        running(now.versions().champion(), problems).orElse(before.get(0));
    Optional<Member<Prediction>> challenger =
        running(now.versions().challenger(), problems).filter(member -> !member.equals(champion));
    router.change(now.revision(), champion, challenger, now.versions().share());
    router.problem(String.join("; ", problems));
    var after = router.members();
    Closing.all(
        before.stream()
            .filter(member -> !after.contains(member))
            .map(member -> (Runnable) () -> member.batcher().close())
            .toList());
  }

  private Optional<Member<Prediction>> running(OptionalInt number, List<String> problems) {
    if (number.isEmpty()) {
      return Optional.empty();
    }
    var running =
        router
            .member(String.valueOf(number.getAsInt()))
            .filter(member -> member.batcher().state() == Batcher.State.READY);
    if (running.isPresent()) {
      return running;
    }
    try {
      return Optional.of(run(number.getAsInt()));
    } catch (RuntimeException | Error failed) {
      if (Thread.currentThread().isInterrupted()) {
        throw failed;
      }
      problems.add(
          "version %d is not served: %s"
              .formatted(number.getAsInt(), GristmillException.reason(failed)));
      return Optional.empty();
    }
  }

  private Member<Prediction> run(int number) {
    var named = options.name(options.address().name() + ".v" + number);
    return Member.start(String.valueOf(number), pools.apply(repository.get(model, number)), named);
  }

  /** Follows no more. A version that is being loaded may be so for as long as draining may take. */
  @Override
  public void close() throws InterruptedException {
    closing.countDown();
    thread.join(Math.max(1, options.limits().drain().toMillis()));
    thread.interrupt();
    thread.join();
  }
}
