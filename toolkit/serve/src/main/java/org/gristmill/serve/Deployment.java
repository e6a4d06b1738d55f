package org.gristmill.serve;

import java.io.IOException;
import java.net.URI;
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
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.gristmill.ABTest;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.ModelRepository;
import org.gristmill.ModelVersion;
import org.gristmill.compare.Judgement;
import org.gristmill.compare.Trials;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;
import org.gristmill.repository.Versions;

/**
 * The way of a new version into use: it is added to the repository, passes gates over rows of one's
 * own, is asked in shadow by the services that follow the repository, answers a share of the
 * requests, and is promoted; at the first thing that is wrong it is withdrawn or, once promoted,
 * rolled back. Every step is in the repository's log. Immutable.
 *
 * <pre>{@code
 * var outcome = Deployment.of(models, "flowers")
 *     .images(images).labels(image -> classOf(image.path()))
 *     .service(service.uri(), service.token())
 *     .deploy("exported/flowers");
 * outcome                 // what each step found
 * }</pre>
 *
 * <p>A version that does not load and classify a picture is refused in any case. Steps for which
 * nothing was given are left out, and named.
 *
 * <p>While a version serves, failures are looked at again and again, beside the champion's at the
 * same time, and after promotion beside those that it had during the trial: ranges of both (see
 * {@link Trials}) have to lie apart. That a version that fails no more than is allowed is taken
 * back for it has a probability of at most 1 %, over all looks and steps together, as long as what
 * is asked after promotion fails no more often by itself than what was asked before; in 5,000
 * simulated deployments, beside champions that fail in 0 to 10 %, it never happened. Beside one
 * that fails in 2 %, and with 200 requests a step, one that fails in 50 % is taken back within 120
 * of its requests, and one that fails in 20 % within 450, each in 99 of 100 deployments; one that
 * fails in 10 % is not found: that takes more {@link #requests}. {@code FailuresTest} draws these.
 */
public final class Deployment {
  static final List<Double> SHARES = List.of(0.1, 0.5);
  static final int REQUESTS = 200;
  static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final double ERROR = 0.01; // of what is looked at again and again
  private static final double MARGIN = 0.01; // of accuracy
  private static final int BATCH = 16;
  private static final double FAST = 100; // milliseconds that no latency is too long for
  private static final int SOME = 5; // names in a message
  private static final Duration LOOK = Duration.ofMillis(200);

  /** What became of a deployment. */
  public record Outcome(boolean promoted, int version, String why, List<Step> steps)
      implements Tabular {
    public Outcome {
      steps = List.copyOf(steps);
    }

    @Override
    public Table table() {
      var rows = steps.stream().map(step -> List.of(step.name, step.result, step.found)).toList();
      String end = (promoted ? "promoted: " : "not promoted: ") + "version " + version + ", " + why;
      return new Table(List.of("step", "", "found"), rows, end + ".");
    }

    @Override
    public String toString() {
      return table().toString();
    }
  }

  /**
   * A step that was made, or left out.
   *
   * @param result "passed", "failed" or "left out"
   * @param found the figures
   */
  public record Step(String name, String result, String found) {}

  /** What is known before: rows to run over. */
  private record Rows(
      Optional<Dataset<Image>> images,
      Optional<ToIntFunction<Image>> labels,
      Map<String, Integer> golden) {}

  /** How it is given to those who ask. */
  private record Rollout(
      List<Traffic.Service> services, List<Double> shares, int requests, Duration patience) {
    /** The error of one step: shadow, each of the shares, and after promotion. */
    double error() {
      return ERROR / (shares.size() + 2);
    }
  }

  private final ModelRepository repository;
  private final String model;
  private final Gates gates;
  private final Rows rows;
  private final Rollout rollout;
  private final Consumer<Step> listener;

  private Deployment(
      ModelRepository repository,
      String model,
      Gates gates,
      Rows rows,
      Rollout rollout,
      Consumer<Step> listener) {
    this.repository = repository;
    this.model = model;
    this.gates = gates;
    this.rows = rows;
    this.rollout = rollout;
    this.listener = listener;
  }

  /** A deployment of a model, new or known, that has nothing to look at yet. */
  public static Deployment of(ModelRepository repository, String model) {
    return new Deployment(
        repository,
        model,
        Gates.standard(),
        new Rows(Optional.empty(), Optional.empty(), Map.of()),
        new Rollout(List.of(), SHARES, REQUESTS, PATIENCE),
        step -> {});
  }

  private Deployment with(Rows other) {
    return new Deployment(repository, model, gates, other, rollout, listener);
  }

  private Deployment with(Rollout other) {
    return new Deployment(repository, model, gates, rows, other, listener);
  }

  /** What it has to show. */
  public Deployment gates(Gates required) {
    return new Deployment(repository, model, required, rows, rollout, listener);
  }

  /** Rows for the gates: an A/B test beside the champion runs over them. */
  public Deployment images(Dataset<Image> images) {
    return with(new Rows(Optional.of(images), rows.labels, rows.golden));
  }

  /** Their true classes, as {@link ABTest.Arms#labels} takes them. */
  public Deployment labels(ToIntFunction<Image> of) {
    return with(new Rows(rows.images, Optional.of(of), rows.golden));
  }

  /**
   * Golden rows: what the model has to say of some of the images, as who trained it knows.
   *
   * @param classes index by the file's last name, which exactly one of the images has to have
   */
  public Deployment golden(Map<String, Integer> classes) {
    return with(new Rows(rows.images, rows.labels, Map.copyOf(classes)));
  }

  /** One more service that follows the repository, whose requests decide. */
  public Deployment service(URI uri, String token) {
    var services = new ArrayList<>(rollout.services);
    services.add(new Traffic.Service(uri, token));
    return with(
        new Rollout(List.copyOf(services), rollout.shares, rollout.requests, rollout.patience));
  }

  /**
   * The shares of the requests that it gets after shadow, one after the other; 10 and 50 %.
   *
   * @param shares above 0 and below 1, each larger than the one before
   */
  public Deployment shares(List<Double> shares) {
    double before = 0;
    for (double share : shares) {
      if (!(share > before && share < 1)) {
        throw new IllegalArgumentException(
            "shares are above 0 and below 1, and grow, as 0.1, 0.5: not " + shares);
      }
      before = share;
    }
    return with(
        new Rollout(rollout.services, List.copyOf(shares), rollout.requests, rollout.patience));
  }

  /** Requests of the new version that each step waits for; 200 unless another number is chosen. */
  public Deployment requests(int each) {
    if (each < 1) {
      throw new IllegalArgumentException("a step needs 1 or more requests, not " + each);
    }
    return with(new Rollout(rollout.services, rollout.shares, each, rollout.patience));
  }

  /** How long a step waits for them before the version is withdrawn; 10 minutes. */
  public Deployment patience(Duration each) {
    if (each.isNegative() || each.isZero()) {
      throw new IllegalArgumentException("a step takes some time, not " + each);
    }
    return with(new Rollout(rollout.services, rollout.shares, rollout.requests, each));
  }

  /** Whom to tell of each step as it ends. */
  public Deployment onStep(Consumer<Step> told) {
    return new Deployment(repository, model, gates, rows, rollout, told);
  }

  /**
   * Deploys a version. Whatever happens, also an interrupt, none is left on trial; but for a
   * process that is killed, or a repository that cannot be written to, which is said.
   *
   * @param nameOrPath as {@link ModelRepository#add} takes it
   * @throws GristmillException if it cannot be tried, such as when there is no such model, a
   *     service does not answer, or another version is on trial
   */
  public Outcome deploy(String nameOrPath) {
    requireNoTrial();
    var way = new Way(repository.add(model, nameOrPath));
    try {
      way.pass();
      return way.outcome(true, way.why());
    } catch (Refused refused) {
      way.back(refused.getMessage());
      return way.outcome(false, refused.getMessage());
    } catch (InterruptedException | RuntimeException | Error failed) {
      throw way.brokenOff(failed);
    }
  }

  /** A deployment that was killed leaves its version on trial. */
  private void requireNoTrial() {
    if (!repository.names().contains(model)) {
      return;
    }
    var last = repository.state(model);
    if (last.versions().challenger().isPresent()) {
      throw new GristmillException(
          ("version %d of %s is on trial. The last entry of the log: %s, %s, by %s%s. Wait for its"
                  + " end; if its deployment is gone, end it with kernel/deploy REPOSITORY %s"
                  + " --withdraw")
              .formatted(
                  last.versions().challenger().getAsInt(),
                  model,
                  last.at(),
                  last.event(),
                  last.by(),
                  last.why().isEmpty() ? "" : " (" + last.why() + ")",
                  model));
    }
  }

  /** A step found something that must not be. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String why) {
      super(why, null, false, false);
    }
  }

  /** The way of one version. */
  private final class Way {
    private final ModelVersion version;
    private final int number;
    private final OptionalInt before;
    private final List<Step> steps = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private Trials champions = Trials.NONE; // failures of the one before, during the trial
    private boolean promoted; // or about to be

    Way(ModelVersion version) {
      this.version = version;
      this.number = version.number();
      this.before = repository.versions(model).champion();
    }

    Outcome outcome(boolean isPromoted, String why) {
      return new Outcome(isPromoted, number, why, steps);
    }

    /** Why it was promoted. */
    String why() {
      return steps.stream().filter(step -> step.result.equals("passed")).count() == 1
          ? "nothing was looked at but that it loads"
          : "no step found anything against it";
    }

    void pass() throws Refused, InterruptedException {
      if (before.isPresent()) {
        reach();
      }
      load();
      golden();
      beside();
      if (before.isEmpty() || rollout.services.isEmpty()) {
        leftOut("shadow", before.isEmpty() ? "there is no champion" : "no service was named");
        promote();
        return;
      }
      challenge(0);
      shadow();
      for (double share : rollout.shares) {
        challenge(share);
        serve(format("%.0f %% of the requests", 100 * share));
      }
      promote();
      watch();
    }

    /** A name that is wrong is seen before anything else is done. */
    private void reach() throws InterruptedException {
      for (var service : rollout.services) {
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
              .formatted(ProcessHandle.current().pid(), rollout.patience.toSeconds());
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
    void back(String why) {
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

    GristmillException brokenOff(Throwable failed) {
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
      if (rows.golden.isEmpty()) {
        leftOut("golden rows", "none were given");
        return;
      }
      var images = rows.images.orElseThrow(() -> fail("golden rows", "no images were given"));
      var run =
          images
              .filter(image -> rows.golden.containsKey(fileName(image.path())))
              .mapBatches(BATCH, version.pool())
              .toList();
      var missing = new TreeSet<>(rows.golden.keySet());
      var same = Trials.NONE;
      for (int row = 0; row < run.size(); row++) {
        String name = fileName(run.path(row).orElseThrow());
        if (!missing.remove(name)) {
          throw fail("golden rows", "two of the images are named " + name);
        }
        same = same.and(run.get(row).index() == rows.golden.get(name));
      }
      if (!missing.isEmpty()) {
        var some = missing.stream().limit(SOME).toList();
        throw fail(
            "golden rows",
            format(
                "%d of %d are not among the images, such as %s",
                missing.size(), rows.golden.size(), String.join(", ", some)));
      }
      check(
          "golden rows",
          same.share() >= gates.golden(),
          format(
              "%s with the class that they state, at least %.1f %% are wanted",
              same, 100 * gates.golden()));
    }

    private void beside() throws Refused {
      if (rows.images.isEmpty()) {
        leftOut("accuracy", "no images were given");
        leftOut("speed", "no images were given");
        return;
      }
      // A first version is beside itself: its accuracy is looked at, and nothing else.
      ModelVersion champion =
          before.isPresent() ? repository.get(model, before.getAsInt()) : version;
      String name = "version " + number;
      var arms =
          ABTest.champion(
                  before.isPresent() ? "version " + champion.number() : "itself", champion.pool())
              .challenger(name, version.pool())
              .margin(MARGIN);
      var ab = rows.labels.map(arms::labels).orElse(arms).run(rows.images.get());
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
              measured.millisPerRow(),
              measured.timesAsLong(),
              champion.number(),
              gates.slowdown()));
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
              before.getAsInt(), same, same.range(ERROR), 100 * gates.sameClass(), failures(seen)));
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
      return failed(seen, Way::challenger) + " requests failed";
    }

    private static Trials failed(List<Traffic> seen, Function<Traffic, Traffic.Version> of) {
      return seen.stream().map(of).map(Traffic.Version::failed).reduce(Trials.NONE, Trials::plus);
    }

    /**
     * Looks until there was enough, or something is wrong. A service that does not answer, or not
     * as it should, is waited for.
     *
     * @param counting what counts of what a service did
     */
    private List<Traffic> await(String step, ToLongFunction<Traffic> counting)
        throws Refused, InterruptedException {
      long until = System.nanoTime() + rollout.patience.toNanos();
      var last = new LinkedHashMap<Traffic.Service, Traffic>();
      while (true) {
        var now = repository.state(model);
        if (!isOurs(now.versions())) {
          throw fail(step, "somebody else changed what is used: " + now.event());
        }
        var problems = new ArrayList<String>();
        for (var service : rollout.services) {
          String problem = look(step, service, now.revision(), last);
          if (!problem.isEmpty()) {
            problems.add("; " + service.uri() + " " + problem);
          }
        }
        var seen = List.copyOf(last.values());
        check(step, seen);
        long counted = seen.stream().mapToLong(counting).sum();
        if (problems.isEmpty() && counted >= rollout.requests) {
          champions = promoted ? champions : champions.plus(failed(seen, Traffic::champion));
          return seen;
        }
        if (System.nanoTime() > until) {
          throw fail(
              step,
              format(
                  "%d requests in %d s, and %d are wanted%s",
                  counted,
                  rollout.patience.toSeconds(),
                  rollout.requests,
                  String.join("", problems)));
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
      var own = failed(seen, promoted ? Traffic::champion : Way::challenger);
      var others = promoted ? champions : failed(seen, Traffic::champion);
      if (own.isAbove(others, gates.failures(), rollout.error())) {
        throw fail(
            step,
            format(
                "%s requests failed (%s), and %s (%s) of version %d's; at most %.1f %% more are"
                    + " allowed",
                own,
                own.range(rollout.error() / 2),
                others,
                others.range(rollout.error() / 2),
                before.getAsInt(),
                100 * gates.failures()));
      }
    }
  }

  /** The last name of a path or an address; empty if a picture came from nowhere. */
  static String fileName(String path) {
    return path == null ? "" : path.substring(path.lastIndexOf('/') + 1);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
