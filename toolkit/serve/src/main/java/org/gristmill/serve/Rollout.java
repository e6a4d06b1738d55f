package org.gristmill.serve;

import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.gristmill.ABTest;
import org.gristmill.GristmillException;
import org.gristmill.ImageClassifier;
import org.gristmill.ModelRepository;
import org.gristmill.ModelVersion;
import org.gristmill.compare.Judgement;
import org.gristmill.compare.Trials;
import org.gristmill.repository.Versions;
import org.gristmill.serve.Deployment.Outcome;
import org.gristmill.serve.Deployment.Step;

/** One version on its way into use: what {@link Deployment} does. */
final class Rollout {
  private static final double MARGIN = 0.01; // of accuracy
  private static final int BATCH = 16;
  private static final double FAST = 100; // milliseconds that no latency is too long for
  private static final int SOME = 5; // names in a message
  private static final Duration LOOK = Duration.ofMillis(200);

  /** A step found something that must not be. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String why) {
      super(why, null, false, false);
    }
  }

  private final ModelRepository repository;
  private final String model;
  private final Gates gates;
  private final Deployment.Rows rows;
  private final Deployment.Plan plan;
  private final Consumer<Step> listener;
  private final ModelVersion version;
  private final int number;
  private final OptionalInt before;
  private final List<Step> steps = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private Trials champions = Trials.NONE; // failures of the one before, during the trial
  private boolean promoted; // or about to be

  Rollout(Deployment deployment, ModelVersion version) {
    this.repository = deployment.repository;
    this.model = deployment.model;
    this.gates = deployment.gates;
    this.rows = deployment.rows;
    this.plan = deployment.plan;
    this.listener = deployment.listener;
    this.version = version;
    this.number = version.number();
    this.before = repository.versions(model).champion();
  }

  Outcome deploy() {
    try {
      pass();
      return outcome(true, why());
    } catch (Refused refused) {
      back(refused.getMessage());
      return outcome(false, refused.getMessage());
    } catch (InterruptedException | RuntimeException | Error failed) {
      throw brokenOff(failed);
    }
  }

  private Outcome outcome(boolean isPromoted, String why) {
    return new Outcome(isPromoted, number, why, steps);
  }

  /** Why it was promoted. */
  private String why() {
    return steps.stream().filter(step -> step.result().equals("passed")).count() == 1
        ? "nothing was looked at but that it loads"
        : "no step found anything against it";
  }

  private void pass() throws Refused, InterruptedException {
    if (before.isPresent()) {
      reach();
    }
    load();
    golden();
    beside();
    if (before.isEmpty() || plan.services().isEmpty()) {
      leftOut("shadow", before.isEmpty() ? "there is no champion" : "no service was named");
      promote();
      return;
    }
    challenge(0);
    shadow();
    for (double share : plan.shares()) {
      challenge(share);
      serve(format("%.0f %% of the requests", 100 * share));
    }
    promote();
    watch();
  }

  /** A name that is wrong is seen before anything else is done. */
  private void reach() throws InterruptedException {
    for (var service : plan.services()) {
      try {
        Traffic.of(client, service, model);
      } catch (IOException failed) {
        throw new GristmillException(
            "cannot ask %s: %s".formatted(service.uri(), GristmillException.reason(failed)),
            failed);
      }
    }
  }

  private void challenge(double share) {
    String who =
        "process %d, which takes it back if a step takes longer than %d s"
            .formatted(ProcessHandle.current().pid(), plan.patience().toSeconds());
    repository.challenge(model, number, share, who);
  }

  private void promote() throws Refused {
    promoted = true;
    try {
      repository.promote(model, number, before.orElse(0), why());
    } catch (RuntimeException failed) {
      var now = repository.versions(model);
      if (now.champion().equals(before)) {
        throw failed;
      }
      if (!now.champion().equals(OptionalInt.of(number))) {
        throw new Refused("promotion: " + GristmillException.reason(failed));
      } // else it was written, and only the answer was lost
    }
  }

  /**
   * No longer on trial, and no longer the champion.
   *
   * @throws GristmillException if that cannot be written, saying what to do
   */
  private void back(String why) {
    try {
      takeBack(why);
    } catch (RuntimeException unanswered) { // it may have been written all the same
      try {
        takeBack(why);
      } catch (RuntimeException failed) {
        throw new GristmillException(
            ("version %d of %s may still be %s: kernel/deploy REPOSITORY %s %s. It was to be taken"
                    + " back (%s), which failed: %s")
                .formatted(
                    number,
                    model,
                    promoted ? "the champion" : "on trial",
                    model,
                    promoted ? "--rollback" : "--withdraw",
                    why,
                    GristmillException.reason(failed)),
            failed);
      }
    }
  }

  /** By what holds now, not by what was written. */
  private void takeBack(String why) {
    var now = repository.versions(model);
    if (now.challenger().equals(OptionalInt.of(number))) {
      repository.withdraw(model, why);
    } else if (!now.champion().equals(OptionalInt.of(number))) {
      repository.note(model, number, "refused", why);
    } else if (promoted && before.isPresent()) { // and not by somebody else
      repository.rollback(model, why);
    }
  }

  private GristmillException brokenOff(Throwable failed) {
    // What takes it back may use the network, which an interrupt would break off.
    boolean interrupted = Thread.interrupted() || failed instanceof InterruptedException;
    String how =
        interrupted ? "was interrupted" : "broke off: " + GristmillException.reason(failed);
    String end = "it is not used";
    try {
      back("the deployment " + how);
    } catch (GristmillException alsoFailed) {
      end = alsoFailed.getMessage();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return new GristmillException(
        "the deployment of version %d of %s %s; %s".formatted(number, model, how, end), failed);
  }

  private void passed(String step, String found) {
    tell(new Step(step, "passed", found));
    repository.note(model, number, step + " passed", found);
  }

  private void leftOut(String step, String why) {
    tell(new Step(step, "left out", why));
    repository.note(model, number, step + " left out", why);
  }

  private void tell(Step step) {
    steps.add(step);
    listener.accept(step);
  }

  private void check(String step, boolean isGood, String found) throws Refused {
    if (isGood) {
      passed(step, found);
      return;
    }
    throw fail(step, found);
  }

  // Before anybody is served: over rows of one's own.

  private void load() throws Refused {
    int classes;
    try (var classifier = ImageClassifier.load(version.model())) {
      classes = classifier.tryOut();
    } catch (GristmillException failed) {
      throw fail("loads", failed.getMessage());
    }
    passed("loads", "a grey picture was classified, as one of " + classes + " classes");
  }

  /** Before the A/B test, which is long: one that has them wrong is not worth it. */
  private void golden() throws Refused {
    if (rows.golden().isEmpty()) {
      leftOut("golden rows", "none were given");
      return;
    }
    var images = rows.images().orElseThrow(() -> fail("golden rows", "no images were given"));
    var run =
        images
            .filter(image -> rows.golden().containsKey(Deployment.fileName(image.path())))
            .mapBatches(BATCH, version.pool())
            .toList();
    var missing = new TreeSet<>(rows.golden().keySet());
    var same = Trials.NONE;
    for (int row = 0; row < run.size(); row++) {
      String name = Deployment.fileName(run.path(row).orElseThrow());
      if (!missing.remove(name)) {
        throw fail("golden rows", "two of the images are named " + name);
      }
      same = same.and(run.get(row).index() == rows.golden().get(name));
    }
    if (!missing.isEmpty()) {
      var some = missing.stream().limit(SOME).toList();
      throw fail(
          "golden rows",
          format(
              "%d of %d are not among the images, such as %s",
              missing.size(), rows.golden().size(), String.join(", ", some)));
    }
    check(
        "golden rows",
        same.share() >= gates.golden(),
        format(
            "%s with the class that they state, at least %.1f %% are wanted",
            same, 100 * gates.golden()));
  }

  private void beside() throws Refused {
    if (rows.images().isEmpty()) {
      leftOut("accuracy", "no images were given");
      leftOut("speed", "no images were given");
      return;
    }
    // A first version is beside itself: its accuracy is looked at, and nothing else.
    ModelVersion champion = before.isPresent() ? repository.get(model, before.getAsInt()) : version;
    String name = "version " + number;
    var arms =
        ABTest.champion(
                before.isPresent() ? "version " + champion.number() : "itself", champion.pool())
            .challenger(name, version.pool())
            .margin(MARGIN);
    var ab = rows.labels().map(arms::labels).orElse(arms).run(rows.images().get());
    var measured = ab.models().get(1);
    accuracy(measured, ab.verdict(name));
    if (before.isEmpty()) {
      leftOut("speed", "there is no champion to compare with");
      return;
    }
    check(
        "speed",
        measured.timesAsLong().mean() <= gates.slowdown(),
        format(
            "%.2f ms a row, %s times as long as version %d; at most %.2f is allowed",
            measured.millisPerRow(), measured.timesAsLong(), champion.number(), gates.slowdown()));
  }

  private void accuracy(ABTest.Model measured, Judgement verdict) throws Refused {
    if (measured.right().count() == 0) {
      leftOut("accuracy", "no labels were given");
      return;
    }
    boolean isGood = before.isEmpty() || gates.verdicts().contains(verdict.outcome());
    String found = format("%s right (%.1f %%)", measured.right(), 100 * measured.right().share());
    if (before.isPresent()) {
      found +=
          format(
              "; beside version %d: %s, %s",
              before.getAsInt(), verdict.outcome(), verdict.difference());
    }
    check(
        "accuracy",
        isGood && measured.right().share() >= gates.accuracy(),
        found + format("; at least %.1f %% are wanted", 100 * gates.accuracy()));
  }

  // While services ask it.

  private void shadow() throws Refused, InterruptedException {
    var seen = await("shadow", traffic -> traffic.same().count());
    var same = seen.stream().map(Traffic::same).reduce(Trials.NONE, Trials::plus);
    check(
        "shadow",
        same.share() >= gates.sameClass(),
        format(
            "the same class as version %d in %s (%s), at least %.1f %% are wanted; %s",
            before.getAsInt(),
            same,
            same.range(Deployment.ERROR),
            100 * gates.sameClass(),
            failures(seen)));
  }

  private void serve(String step) throws Refused, InterruptedException {
    var seen = await(step, traffic -> challenger(traffic).failed().count());
    boolean isFast = true;
    for (Traffic traffic : seen) {
      double limit = Math.max(FAST, gates.latency() * traffic.champion().p99());
      isFast &= challenger(traffic).p99() <= limit;
    }
    check(step, isFast, latencies(seen) + "; " + failures(seen));
  }

  private String latencies(List<Traffic> seen) {
    double own = seen.stream().mapToDouble(t -> challenger(t).p99()).max().orElse(0);
    double champions = seen.stream().mapToDouble(t -> t.champion().p99()).max().orElse(0);
    return format(
        "p99 %.0f ms, version %d %.0f ms, at most %.1f times that or %.0f ms is allowed",
        own, before.getAsInt(), champions, gates.latency(), FAST);
  }

  private static Traffic.Version challenger(Traffic traffic) {
    return traffic.challenger().orElseThrow();
  }

  /** After its promotion: its failures, which by then are nobody else's. */
  private void watch() throws Refused, InterruptedException {
    var seen = await("promoted", traffic -> traffic.champion().failed().count());
    passed("promoted", failed(seen, Traffic::champion) + " requests failed");
  }

  private String failures(List<Traffic> seen) {
    return failed(seen, Rollout::challenger) + " requests failed";
  }

  private static Trials failed(List<Traffic> seen, Function<Traffic, Traffic.Version> of) {
    return seen.stream().map(of).map(Traffic.Version::failed).reduce(Trials.NONE, Trials::plus);
  }

  /**
   * Looks until there was enough, or something is wrong. A service that does not answer, or not as
   * it should, is waited for.
   *
   * @param counting what counts of what a service did
   */
  private List<Traffic> await(String step, ToLongFunction<Traffic> counting)
      throws Refused, InterruptedException {
    long until = System.nanoTime() + plan.patience().toNanos();
    var last = new LinkedHashMap<Traffic.Service, Traffic>();
    while (true) {
      var now = repository.state(model);
      if (!isOurs(now.versions())) {
        throw fail(step, "somebody else changed what is used: " + now.event());
      }
      var problems = new ArrayList<String>();
      for (var service : plan.services()) {
        String problem = look(step, service, now.revision(), last);
        if (!problem.isEmpty()) {
          problems.add("; " + service.uri() + " " + problem);
        }
      }
      var seen = List.copyOf(last.values());
      check(step, seen);
      long counted = seen.stream().mapToLong(counting).sum();
      if (problems.isEmpty() && counted >= plan.requests()) {
        champions = promoted ? champions : champions.plus(failed(seen, Traffic::champion));
        return seen;
      }
      if (System.nanoTime() > until) {
        throw fail(
            step,
            format(
                "%d requests in %d s, and %d are wanted%s",
                counted, plan.patience().toSeconds(), plan.requests(), String.join("", problems)));
      }
      Thread.sleep(LOOK.toMillis());
    }
  }

  private boolean isOurs(Versions now) {
    return promoted
        ? now.champion().equals(OptionalInt.of(number))
        : now.champion().equals(before) && now.challenger().equals(OptionalInt.of(number));
  }

  /**
   * Asks a service once.
   *
   * @param revision of the repository that it is to follow
   * @param last what each said last; this answer is added, if it is of that revision
   * @return what is wrong, and may be right soon; empty if nothing is
   */
  private String look(
      String step, Traffic.Service service, long revision, Map<Traffic.Service, Traffic> last)
      throws Refused, InterruptedException {
    Traffic traffic;
    try {
      traffic = Traffic.of(client, service, model);
    } catch (IOException failed) {
      return "does not answer: " + GristmillException.reason(failed);
    }
    if (traffic.revision() != revision) {
      return "is at revision %d of the repository, which is at %d"
          .formatted(traffic.revision(), revision);
    }
    var running = promoted ? Optional.of(traffic.champion()) : traffic.challenger();
    boolean isRun = running.filter(one -> one.number() == number).isPresent();
    if (!isRun && !traffic.problem().isEmpty()) { // it has tried
      throw fail(step, service.uri() + ": " + traffic.problem());
    }
    if (!isRun) {
      return "does not run it yet";
    }
    last.put(service, traffic);
    return traffic.problem().isEmpty() ? "" : "says: " + traffic.problem();
  }

  private Refused fail(String step, String found) {
    tell(new Step(step, "failed", found));
    return new Refused(step + ": " + found);
  }

  /** Failures, at every look. */
  private void check(String step, List<Traffic> seen) throws Refused {
    var own = failed(seen, promoted ? Traffic::champion : Rollout::challenger);
    var others = promoted ? champions : failed(seen, Traffic::champion);
    if (own.isAbove(others, gates.failures(), plan.error())) {
      throw fail(
          step,
          format(
              "%s requests failed (%s), and %s (%s) of version %d's; at most %.1f %% more are"
                  + " allowed",
              own,
              own.range(plan.error() / 2),
              others,
              others.range(plan.error() / 2),
              before.getAsInt(),
              100 * gates.failures()));
    }
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
