package org.gristmill.serve;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.gristmill.ABTest;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ModelRepository;
import org.gristmill.ModelVersion;
import org.gristmill.compare.Judgement;
import org.gristmill.compare.Trials;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

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
 * <p>Steps for which nothing was given are left out, and named. While a version serves, failures
 * are looked at again and again: what is said of them errs in 1 % of deployments, over all looks
 * together (see {@link Trials}).
 */
public final class Deployment {
  private static final double ERROR = 0.01; // of what is looked at again and again
  private static final double MARGIN = 0.01; // of accuracy
  private static final int BATCH = 16;
  private static final double FAST = 100; // milliseconds that no latency is too long for
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
      List<Traffic.Service> services, List<Double> shares, int requests, Duration patience) {}

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
        new Rollout(List.of(), List.of(0.1, 0.5), 200, Duration.ofMinutes(10)),
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
   * @param classes index by the file's name
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

  /** The shares of the requests that it gets after shadow, one after the other; 10 and 50 %. */
  public Deployment shares(List<Double> shares) {
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
   * Deploys a version. Whatever happens, also an interrupt, none is left on trial.
   *
   * @param nameOrPath as {@link ModelRepository#add} takes it
   * @throws GristmillException if it cannot be tried, such as when there is no such model or a
   *     service does not answer
   */
  public Outcome deploy(String nameOrPath) {
    var version = repository.add(model, nameOrPath);
    var way = new Way(version);
    try {
      way.pass();
      return way.outcome(true, "no step found anything against it");
    } catch (Refused refused) {
      way.back(refused.getMessage());
      return way.outcome(false, refused.getMessage());
    } catch (InterruptedException | RuntimeException | Error failed) {
      boolean interrupted = Thread.interrupted(); // what takes it back may use the network
      try {
        way.back("the deployment broke off: " + GristmillException.reason(failed));
      } catch (RuntimeException alsoFailed) {
        failed.addSuppressed(alsoFailed);
      }
      if (interrupted || failed instanceof InterruptedException) {
        Thread.currentThread().interrupt();
        throw new GristmillException(
            "the deployment of version "
                + version.number()
                + " of "
                + model
                + " was interrupted, and is taken back",
            failed);
      }
      if (failed instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) failed;
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
    private boolean promoted;

    Way(ModelVersion version) {
      this.version = version;
      this.number = version.number();
      this.before = repository.versions(model).champion();
    }

    Outcome outcome(boolean isPromoted, String why) {
      return new Outcome(isPromoted, number, why, steps);
    }

    void pass() throws Refused, InterruptedException {
      golden();
      beside();
      if (before.isEmpty() || rollout.services.isEmpty()) {
        leftOut("shadow", before.isEmpty() ? "there is no champion" : "no service was named");
        promote();
        return;
      }
      repository.challenge(model, number, 0, "");
      shadow();
      for (double share : rollout.shares) {
        repository.challenge(model, number, share, "");
        serve(format("%.0f %% of the requests", 100 * share));
      }
      promote();
      watch();
    }

    /** No longer on trial, and no longer the champion. */
    void back(String why) {
      var now = repository.versions(model);
      if (promoted && now.champion().equals(OptionalInt.of(number)) && before.isPresent()) {
        repository.rollback(model, why);
      } else if (now.challenger().equals(OptionalInt.of(number))) {
        repository.withdraw(model, why);
      } else {
        repository.note(model, number, "refused", why);
      }
    }

    private void promote() {
      repository.promote(model, number, "no step found anything against it");
      promoted = true;
    }

    private void passed(String step, String found) {
      tell(new Step(step, "passed", found));
      repository.note(model, number, step + " passed", found);
    }

    private void leftOut(String step, String why) {
      tell(new Step(step, "left out", why));
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
      tell(new Step(step, "failed", found));
      throw new Refused(step + ": " + found);
    }

    // Before anybody is served: over rows of one's own.

    private void golden() throws Refused {
      if (rows.golden.isEmpty() || rows.images.isEmpty()) {
        leftOut("golden rows", "none were given");
        return;
      }
      var run = rows.images.get().mapBatches(BATCH, version.pool()).toList();
      var same = Trials.NONE;
      for (int row = 0; row < run.size(); row++) {
        Integer wanted = rows.golden.get(fileName(run.path(row).orElse("")));
        if (wanted != null) {
          same = same.and(run.get(row).index() == wanted);
        }
      }
      check(
          "golden rows",
          same.count() > 0 && same.share() >= gates.golden(),
          same.count() == 0
              ? "none of them is among the images"
              : format(
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
      boolean isKnown =
          verdict.outcome() == Judgement.Outcome.BETTER
              || verdict.outcome() == Judgement.Outcome.NO_WORSE;
      boolean isGood =
          before.isEmpty()
              || (gates.noWorse() ? isKnown : verdict.outcome() != Judgement.Outcome.WORSE);
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
      var range = same.range(ERROR);
      check(
          "shadow",
          same.share() >= gates.sameClass(),
          format(
              "the same class as version %d in %s (%s), at least %.1f %% are wanted; %s",
              before.getAsInt(), same, range, 100 * gates.sameClass(), failures(seen)));
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
     * Looks until there was enough, or something is wrong.
     *
     * @param counting what counts of what a service did
     */
    private List<Traffic> await(String step, ToLongFunction<Traffic> counting)
        throws Refused, InterruptedException {
      long until = System.nanoTime() + rollout.patience.toNanos();
      while (true) {
        var now = repository.state(model);
        if (!isOurs(now.versions().champion(), now.versions().challenger())) {
          throw new Refused(step + ": somebody else changed what is used: " + now.event());
        }
        var seen = new ArrayList<Traffic>();
        for (var service : rollout.services) {
          var traffic = Traffic.of(client, service, model);
          if (traffic.revision() != now.revision()) {
            continue; // one of us has not looked yet
          }
          if (!traffic.problem().isEmpty()) {
            fail(step, service.uri() + ": " + traffic.problem());
          }
          seen.add(traffic);
        }
        check(step, seen);
        long counted = seen.stream().mapToLong(counting).sum();
        if (seen.size() == rollout.services.size() && counted >= rollout.requests) {
          return seen;
        }
        if (System.nanoTime() > until) {
          fail(
              step,
              format(
                  "%d requests in %d s, and %d are wanted",
                  counted, rollout.patience.toSeconds(), rollout.requests));
        }
        Thread.sleep(LOOK.toMillis());
      }
    }

    private boolean isOurs(OptionalInt champion, OptionalInt challenger) {
      return (promoted ? champion : challenger).equals(OptionalInt.of(number));
    }

    private void fail(String step, String found) throws Refused {
      check(step, false, found);
    }

    /** Failures, at every look. */
    private void check(String step, List<Traffic> seen) throws Refused {
      var champions = failed(seen, Traffic::champion);
      var own = promoted ? champions : failed(seen, Way::challenger);
      double others = promoted || champions.count() == 0 ? 0 : champions.share();
      if (own.range(ERROR).low() > gates.failures() + others) {
        fail(
            step,
            format(
                "%s requests failed (%s), at most %.1f %% more than before are allowed",
                own, own.range(ERROR), 100 * gates.failures()));
      }
    }
  }

  /** The last name of a path or an address. */
  static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
