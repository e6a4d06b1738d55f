package org.gristmill.serve;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.gristmill.ABTest;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ModelRepository;
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
  static final double ERROR = 0.01; // of what is looked at again and again

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
  record Rows(
      Optional<Dataset<Image>> images,
      Optional<ToIntFunction<Image>> labels,
      Map<String, Integer> golden) {}

  /** How it is given to those who ask. */
  record Plan(
      List<Traffic.Service> services, List<Double> shares, int requests, Duration patience) {
    /** The error of one step: shadow, each of the shares, and after promotion. */
    double error() {
      return ERROR / (shares.size() + 2);
    }
  }

  final ModelRepository repository;
  final String model;
  final Gates gates;
  final Rows rows;
  final Plan plan;
  final Consumer<Step> listener;

  private Deployment(
      ModelRepository repository,
      String model,
      Gates gates,
      Rows rows,
      Plan plan,
      Consumer<Step> listener) {
    this.repository = repository;
    this.model = model;
    this.gates = gates;
    this.rows = rows;
    this.plan = plan;
    this.listener = listener;
  }

  /** A deployment of a model, new or known, that has nothing to look at yet. */
  public static Deployment of(ModelRepository repository, String model) {
    return new Deployment(
        repository,
        model,
        Gates.standard(),
        new Rows(Optional.empty(), Optional.empty(), Map.of()),
        new Plan(List.of(), SHARES, REQUESTS, PATIENCE),
        step -> {});
  }

  private Deployment with(Rows other) {
    return new Deployment(repository, model, gates, other, plan, listener);
  }

  private Deployment with(Plan other) {
    return new Deployment(repository, model, gates, rows, other, listener);
  }

  /** What it has to show. */
  public Deployment gates(Gates required) {
    return new Deployment(repository, model, required, rows, plan, listener);
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
    var services = new ArrayList<>(plan.services);
    services.add(new Traffic.Service(uri, token));
    return with(new Plan(List.copyOf(services), plan.shares, plan.requests, plan.patience));
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
    return with(new Plan(plan.services, List.copyOf(shares), plan.requests, plan.patience));
  }

  /** Requests of the new version that each step waits for; 200 unless another number is chosen. */
  public Deployment requests(int each) {
    if (each < 1) {
      throw new IllegalArgumentException("a step needs 1 or more requests, not " + each);
    }
    return with(new Plan(plan.services, plan.shares, each, plan.patience));
  }

  /** How long a step waits for them before the version is withdrawn; 10 minutes. */
  public Deployment patience(Duration each) {
    if (each.isNegative() || each.isZero()) {
      throw new IllegalArgumentException("a step takes some time, not " + each);
    }
    return with(new Plan(plan.services, plan.shares, plan.requests, each));
  }

  /** Whom to tell of each step as it ends. */
  public Deployment onStep(Consumer<Step> told) {
    return new Deployment(repository, model, gates, rows, plan, told);
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
    return new Rollout(this, repository.add(model, nameOrPath)).deploy();
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

  /** The last name of a path or an address; empty if a picture came from nowhere. */
  static String fileName(String path) {
    return path == null ? "" : path.substring(path.lastIndexOf('/') + 1);
  }
}
