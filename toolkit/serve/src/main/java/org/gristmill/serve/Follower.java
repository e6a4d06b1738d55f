package org.gristmill.serve;

import java.time.Duration;
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
import org.gristmill.repository.Versions;

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
  // Of the thread, from its start on:
  private final List<String> unserved = new ArrayList<>(); // why some of the last entry's are not
  private Entry last; // that the service runs, or tried to
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
          look(repository.state(model));
        } catch (RuntimeException | Error failed) { // the disk, the network: what serves stays
          router.problem(GristmillException.reason(failed));
        }
      }
    } catch (InterruptedException hurried) {
      // by close()
    }
  }

  private void look(Entry now) {
    if (problem().isEmpty()) {
      tryAgain = System.nanoTime() + TRY_AGAIN;
    }
    if (!sameAnswer(now.versions(), last.versions()) || System.nanoTime() - tryAgain > 0) {
      follow(now);
      return;
    }
    last = now;
    router.changed(now.revision());
    router.problem(problem());
  }

  /** Whether nothing changes for those who ask, such as when a version was only added. */
  private static boolean sameAnswer(Versions one, Versions other) {
    return one.champion().equals(other.champion())
        && one.challenger().equals(other.challenger())
        && one.share() == other.share();
  }

  /** What the last entry says and is not so; empty if all is. */
  private String problem() {
    var problems = new ArrayList<>(unserved);
    for (var member : router.members()) {
      member
          .batcher()
          .fault()
          .ifPresent(why -> problems.add("version %s broke: %s".formatted(member.number(), why)));
    }
    return String.join("; ", problems);
  }

  /** Runs what an entry says, as far as that can be run. */
  private void follow(Entry now) {
    last = now;
    tryAgain = System.nanoTime() + TRY_AGAIN;
    unserved.clear();
    Member<Prediction> before = router.members().get(0);
    var running = new ArrayList<>(router.members());
    try {
      var champion = running(now.versions().champion(), running).orElse(before);
      var challenger =
          running(now.versions().challenger(), running).filter(member -> !member.equals(champion));
      String why = String.join("; ", unserved);
      router.change(now.revision(), why, champion, challenger, now.versions().share());
    } finally {
      running.removeAll(router.members());
      Closing.all(
          running.stream()
              .map(member -> (Runnable) () -> member.batcher().close(drain()))
              .toList());
    }
  }

  /** What a version has taken it answers, even if the service would wait less when it is closed. */
  private Duration drain() {
    var limits = options.limits();
    return limits.drain().compareTo(limits.deadline()) > 0 ? limits.drain() : limits.deadline();
  }

  /**
   * @param all that run; one that is started is added
   */
  private Optional<Member<Prediction>> running(OptionalInt number, List<Member<Prediction>> all) {
    if (number.isEmpty()) {
      return Optional.empty();
    }
    var running = router.member(String.valueOf(number.getAsInt())).filter(Member::isReady);
    if (running.isPresent()) {
      return running;
    }
    try {
      var started = run(number.getAsInt());
      all.add(started);
      return Optional.of(started);
    } catch (RuntimeException | Error failed) {
      if (Thread.currentThread().isInterrupted() || closing.getCount() == 0) {
        throw failed;
      }
      unserved.add(
          "version %d is not served: %s"
              .formatted(number.getAsInt(), GristmillException.reason(failed)));
      return Optional.empty();
    }
  }

  private Member<Prediction> run(int number) {
    var named = options.called(options.address().name() + ".v" + number);
    return Member.start(String.valueOf(number), pools.apply(repository.get(model, number)), named);
  }

  /**
   * Follows no more. A version that is being loaded may be so for as long as draining may take, or
   * until the caller is interrupted.
   */
  @Override
  public void close() {
    closing.countDown();
    long wait = Math.max(1, options.limits().drain().toMillis());
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join(wait);
      } catch (InterruptedException now) {
        interrupted = true;
      }
      thread.interrupt();
      wait = 0; // as long as it takes
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
