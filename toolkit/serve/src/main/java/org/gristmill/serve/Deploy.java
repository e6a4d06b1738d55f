package org.gristmill.serve;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.ModelRepository;
import org.gristmill.Session;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@link Deployment} as a command for a pipeline. */
@Command(
    name = "kernel/deploy",
    mixinStandardHelpOptions = true,
    version = "0.1.0",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Takes a new version of a model into use: through gates over pictures of your own, in shadow and with a share of the"
          + " requests of services that follow the repository, to promotion. At the first thing that is wrong it is"
          + " withdrawn or rolled back. Every step is in the repository's log.",
      "Exit status: 0 promoted, 1 refused or rolled back, 2 it could not be tried."
    })
final class Deploy implements Callable<Integer> {
  private static final int REFUSED = 1;
  private static final int IMPOSSIBLE = 2;
  private static final long PATIENCE = 30; // seconds for what takes a version back

  @Parameters(
      index = "0",
      paramLabel = "REPOSITORY",
      description = "a folder, or s3://bucket/prefix")
  private String repository;

  @Parameters(index = "1", paramLabel = "NAME", description = "of the model in it")
  private String name;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "MODEL",
      description = "the new version: a folder of kernel/export-model, a file, or a name")
  private String candidate;

  @ArgGroup(multiplicity = "0..1", heading = "Instead of a MODEL:%n")
  private Instead instead;

  /** One of these. */
  private static final class Instead {
    @Option(names = "--rollback", description = "make the champion before this one champion again")
    private boolean rollback;

    @Option(names = "--withdraw", description = "end the trial of a version that was left on it")
    private boolean withdraw;

    @Option(names = "--log", description = "show everything that happened to the model")
    private boolean log;
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--images",
      paramLabel = "DIR",
      description = "pictures for the gates, a folder or s3://")
  private String images;

  @Option(
      names = "--labels",
      paramLabel = "CSV",
      description =
          "their true classes: columns file and index; files are told apart by their last name")
  private Path labels;

  @Option(
      names = "--golden",
      paramLabel = "CSV",
      description = "what the model has to say of some of them: columns file and index")
  private Path golden;

  @Option(
      names = "--service",
      paramLabel = "URI",
      description = "a service that follows the repository; may be repeated")
  private List<URI> services = List.of();

  @Option(
      names = "--token-env",
      paramLabel = "VARIABLE",
      description = "the environment variable with the services' token (default: ${DEFAULT-VALUE})")
  private String tokenVariable = "GRISTMILL_TOKEN";

  @Option(
      names = "--shares",
      split = ",",
      paramLabel = "SHARE",
      description = "of the requests, one after the other (default: ${DEFAULT-VALUE})")
  private List<Double> shares = Deployment.SHARES;

  @Option(
      names = "--requests",
      paramLabel = "N",
      description = "of the new version that each step waits for (default: ${DEFAULT-VALUE})")
  private int requests = Deployment.REQUESTS;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      description = "that each step waits for them (default: ${DEFAULT-VALUE})")
  private long patience = Deployment.PATIENCE.toSeconds();

  @Option(
      names = "--min-golden",
      paramLabel = "SHARE",
      description = "of golden rows that must be right (default: ${DEFAULT-VALUE})")
  private double minGolden = Gates.standard().golden();

  @Option(
      names = "--min-accuracy",
      paramLabel = "SHARE",
      description = "of labelled pictures that must be right (default: ${DEFAULT-VALUE})")
  private double minAccuracy = Gates.standard().accuracy();

  @Option(
      names = "--no-worse",
      description = "refuse also what is not shown to be no worse than the champion")
  private boolean noWorse;

  @Option(
      names = "--max-slowdown",
      paramLabel = "TIMES",
      description = "the champion's time a row (default: ${DEFAULT-VALUE})")
  private double maxSlowdown = Gates.standard().slowdown();

  @Option(
      names = "--min-same",
      paramLabel = "SHARE",
      description = "of requests in shadow with the champion's class (default: ${DEFAULT-VALUE})")
  private double minSame = Gates.standard().sameClass();

  @Option(
      names = "--max-failures",
      paramLabel = "SHARE",
      description = "of requests that may fail more than before (default: ${DEFAULT-VALUE})")
  private double maxFailures = Gates.standard().failures();

  @Option(
      names = "--max-latency",
      paramLabel = "TIMES",
      description = "the champion's p99, from 100 ms on (default: ${DEFAULT-VALUE})")
  private double maxLatency = Gates.standard().latency();

  private Deploy() {}

  /** Runs the command and ends the process. */
  public static void main(String[] arguments) {
    Thread main = Thread.currentThread();
    // What is on trial is taken back when the pipeline is cancelled.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  main.interrupt();
                  try {
                    TimeUnit.SECONDS.timedJoin(main, PATIENCE);
                  } catch (InterruptedException again) {
                    Thread.currentThread().interrupt();
                  }
                },
                "deploy ends"));
    int status =
        new CommandLine(new Deploy())
            .setParameterExceptionHandler(
                (wrong, given) -> {
                  System.err.println("kernel/deploy: " + wrong.getMessage());
                  System.err.println(
                      "usage: kernel/deploy REPOSITORY NAME (MODEL [OPTIONS] | --rollback |"
                          + " --withdraw | --log); kernel/deploy --help says more");
                  return IMPOSSIBLE;
                })
            .setExecutionExceptionHandler(
                (failed, command, parsed) -> {
                  System.err.println("kernel/deploy: " + GristmillException.reason(failed));
                  return IMPOSSIBLE;
                })
            .execute(arguments);
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(status); // exit() would have the hook wait for this thread
  }

  @Override
  public Integer call() throws IOException {
    if ((candidate == null) == (instead == null)) {
      throw new ParameterException(
          spec.commandLine(), "give a MODEL, or one of --rollback, --withdraw and --log");
    }
    Session.start().hideProgress();
    try (var models = ModelRepository.at(repository)) {
      if (instead != null) {
        return instead(models);
      }
      var outcome = deployment(models).deploy(candidate);
      System.out.println(
          "%s: version %d %s, %s; %s"
              .formatted(
                  name,
                  outcome.version(),
                  outcome.promoted() ? "promoted" : "not promoted",
                  outcome.why(),
                  models.versions(name)));
      return outcome.promoted() ? 0 : REFUSED;
    } finally {
      Session.start().close();
    }
  }

  private int instead(ModelRepository models) {
    if (instead.log) {
      System.out.print(models.audit(name));
      return 0;
    }
    if (instead.rollback) {
      models.rollback(name, "by hand");
    }
    if (instead.withdraw) {
      models.withdraw(name, "by hand");
    }
    System.out.println(name + ": " + models.versions(name));
    return 0;
  }

  private Deployment deployment(ModelRepository models) throws IOException {
    Deployment deployment;
    try {
      var gates =
          new Gates(
              minGolden,
              minAccuracy,
              Gates.standard().verdicts(),
              maxSlowdown,
              minSame,
              maxFailures,
              maxLatency);
      deployment =
          Deployment.of(models, name)
              .gates(noWorse ? gates.withNoWorse() : gates)
              .shares(shares)
              .requests(requests)
              .patience(Duration.ofSeconds(patience));
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), wrong.getMessage(), wrong);
    }
    deployment =
        deployment.onStep(
            step -> System.out.printf("%-10s %s: %s%n", step.result(), step.name(), step.found()));
    if (images != null) {
      deployment = deployment.images(Dataset.readImages(images));
    }
    if (images == null && (labels != null || golden != null)) {
      throw new GristmillException("--labels and --golden need --images");
    }
    if (labels != null) {
      deployment = deployment.labels(labels(classes(labels)));
    }
    if (golden != null) {
      deployment = deployment.golden(classes(golden));
    }
    String token = System.getenv().getOrDefault(tokenVariable, "");
    for (URI service : services) {
      deployment = deployment.service(service, token);
    }
    return deployment;
  }

  /** Of two pictures with the same last name nobody knows which one is meant. */
  private static ToIntFunction<Image> labels(Map<String, Integer> classes) {
    var paths = new ConcurrentHashMap<String, String>(); // by the last name
    return image -> {
      String file = Deployment.fileName(image.path());
      Integer index = classes.get(file);
      if (index == null) {
        return -1;
      }
      String other = paths.putIfAbsent(file, image.path());
      if (other != null && !other.equals(image.path())) {
        throw new GristmillException(
            "which of %s and %s has the label of %s? Give pictures names of their own"
                .formatted(other, image.path(), file));
      }
      return index;
    };
  }

  /** The index by the file's last name. */
  private static Map<String, Integer> classes(Path csv) throws IOException {
    if (!Files.isRegularFile(csv)) {
      throw new GristmillException("no such file: " + csv);
    }
    var classes = new HashMap<String, Integer>();
    for (var row : Dataset.readCsv(csv.toString()).toList()) {
      String file = row.get("file");
      String index = row.get("index");
      if (file == null || index == null || !index.matches("[0-9]{1,9}")) {
        throw new GristmillException(
            csv + " needs the columns file and index, a number; it has " + row);
      }
      if (classes.put(Deployment.fileName(file), Integer.valueOf(index)) != null) {
        throw new GristmillException(csv + " names " + Deployment.fileName(file) + " twice");
      }
    }
    return classes;
  }
}
