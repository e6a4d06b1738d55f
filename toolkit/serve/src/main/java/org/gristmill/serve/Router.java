package org.gristmill.serve;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiPredicate;
import org.gristmill.compare.Trials;
import org.gristmill.pool.Closing;

/**
 * The versions of a model that run, and which of them answers a request: the champion, or for a
 * share of the requests the challenger. One in shadow is asked what the champion is asked, if it
 * has time, and its answers are compared. Thread-safe.
 */
final class Router<R> implements AutoCloseable {
  /** What one version does under a plan. */
  private record Part<R>(Member<R> member, Endings endings) {
    Part(Member<R> member) {
      this(member, new Endings());
    }
  }

  /** Who answers, from one change to the next. What happened meanwhile is counted here. */
  private static final class Plan<R> {
    private long revision; // guarded by the router
    private final Part<R> champion;
    private final Optional<Part<R>> challenger;
    private final double share;
    private Trials same = Trials.NONE; // answers of the challenger in shadow; guarded by the plan
    private long skipped; // requests that it could not take; guarded by the plan

    private Plan(long revision, Member<R> champion, Optional<Member<R>> challenger, double share) {
      this.revision = revision;
      this.champion = new Part<>(champion);
      this.challenger = challenger.map(Part::new);
      this.share = share;
    }

    private List<Part<R>> parts() {
      var parts = new ArrayList<>(List.of(champion));
      challenger.ifPresent(parts::add);
      return parts;
    }

    private List<Member<R>> members() {
      return parts().stream().map(Part::member).toList();
    }

    private synchronized void compared(boolean isSame) {
      same = same.and(isSame);
    }

    private synchronized void skipped() {
      skipped++;
    }
  }

  private final ServeOptions options;
  private final BiPredicate<R, R> same;
  private Plan<R> plan; // guarded by this
  private String problem = ""; // guarded by this
  private volatile List<Member<R>> members; // of the plan

  /**
   * @param same whether two versions give the same answer
   */
  Router(ServeOptions options, BiPredicate<R, R> same, Member<R> champion) {
    this.options = options;
    this.same = same;
    plan = new Plan<>(0, champion, Optional.empty(), 0);
    members = plan.members();
  }

  /** The version that answers unless another one is asked for. */
  Batcher<R> champion() {
    return members.get(0).batcher();
  }

  /** Those that run, the champion first. */
  List<Member<R>> members() {
    return members;
  }

  /** The one that runs under this number. */
  Optional<Member<R>> member(String number) {
    return members.stream().filter(member -> member.number().equals(number)).findFirst();
  }

  /** Why the versions are not those that they should be; empty if they are. */
  synchronized String problem() {
    return problem;
  }

  synchronized void problem(String why) {
    problem = why;
  }

  /**
   * Changes who answers. Requests that a version has taken are its own: close it afterwards.
   *
   * @param revision that says so
   * @param why these are not those that it says; empty if they are
   */
  synchronized void change(
      long revision, String why, Member<R> champion, Optional<Member<R>> challenger, double share) {
    problem = why;
    plan = new Plan<>(revision, champion, challenger, share);
    members = plan.members();
  }

  /** The repository has changed, and not what is said of who answers. */
  synchronized void changed(long revision) {
    plan.revision = revision;
  }

  /**
   * Has a request answered.
   *
   * @param number of the version that is to; empty if any may
   */
  synchronized void submit(Call<R> call, Optional<String> number) {
    Plan<R> now = plan;
    Part<R> part = number.isEmpty() ? choose(now) : part(now, number.get());
    if (part == null) { // it ended a moment ago
      call.fail(noVersion(number.get()));
      return;
    }
    submit(call, part);
    if (now.share == 0 && number.isEmpty() && now.challenger.isPresent()) {
      shadow(call, now, now.challenger.get());
    }
  }

  /** There is no such version, or no more. */
  Refusal noVersion(String number) {
    return Refusal.of(
        404,
        "there is no version %s; there are %s"
            .formatted(number, members.stream().map(Member::number).toList()));
  }

  private Part<R> choose(Plan<R> now) {
    boolean isTrial = now.share > 0 && ThreadLocalRandom.current().nextDouble() < now.share;
    return now.challenger
        .filter(challenger -> isTrial && challenger.member.isReady())
        .orElse(now.champion);
  }

  private static <R> Part<R> part(Plan<R> now, String number) {
    return now.parts().stream()
        .filter(part -> part.member.number().equals(number))
        .findFirst()
        .orElse(null);
  }

  private static <R> void submit(Call<R> call, Part<R> part) {
    var member = part.member;
    long began = System.nanoTime();
    call.takenBy(member.number(), () -> member.batcher().cancel(call));
    var unused =
        call.answer()
            .whenComplete(
                (results, failure) -> {
                  long took = System.nanoTime() - began;
                  member.endings().ended(took, failure);
                  part.endings.ended(took, failure);
                });
    member.batcher().submit(call);
  }

  private void shadow(Call<R> call, Plan<R> now, Part<R> part) {
    if (!part.member.isReady() || part.member.batcher().waiting() > options.limits().queue() / 4) {
      now.skipped();
      return;
    }
    Call<R> copy = call.copy();
    submit(copy, part);
    CompletableFuture<List<R>> champions = call.answer();
    var unused =
        champions.thenCombine(
            copy.answer(),
            (expected, actual) -> {
              for (int row = 0; row < expected.size(); row++) {
                now.compared(same.test(expected.get(row), actual.get(row)));
              }
              return null;
            });
  }

  /** What every version did: in the form of Triton's extension, and what a deployment looks at. */
  void statistics(JsonWriter json, Optional<String> number) throws IOException {
    Plan<R> now;
    long revision;
    String why;
    synchronized (this) {
      now = plan;
      revision = now.revision;
      why = problem;
    }
    json.beginObject().name("model_stats").beginArray();
    for (Part<R> part : now.parts()) {
      var member = part.member;
      if (number.isEmpty() || number.get().equals(member.number())) {
        json.beginObject().name("name").value(options.address().name());
        json.name("version").value(member.number());
        member.endings().lastMillis(json);
        json.name("inference_count").value(member.batcher().stats().rows());
        json.name("execution_count").value(member.batcher().stats().batches());
        member.endings().durations(json);
        json.endObject();
      }
    }
    json.endArray();
    json.name("rollout").beginObject();
    json.name("revision").value(revision);
    json.name("problem").value(why);
    write(json.name("champion"), now.champion);
    if (now.challenger.isPresent()) {
      json.name("share").value(now.share);
      write(json.name("challenger"), now.challenger.get());
      synchronized (now) {
        json.name("compared").value(now.same.count()).name("same").value(now.same.successes());
        json.name("skipped").value(now.skipped);
      }
    }
    json.endObject().endObject();
  }

  private static void write(JsonWriter json, Part<?> part) throws IOException {
    json.beginObject().name("version").value(part.member.number());
    part.endings.summary(json);
    json.endObject();
  }

  /** Ends all that run, when they have answered what they have taken. */
  @Override
  public void close() {
    Closing.all(members.stream().map(member -> (Runnable) () -> member.batcher().close()).toList());
  }
}
