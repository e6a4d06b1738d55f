package org.gristmill;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.gristmill.model.Cache;
import org.gristmill.model.FileHash;
import org.gristmill.model.ModelPackage;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;
import org.gristmill.repository.Entry;
import org.gristmill.repository.Log;
import org.gristmill.repository.Versions;
import org.gristmill.source.Store;

/**
 * Versions of models in a folder, or under a prefix in S3, without a server: {@code
 * NAME/1/model.onnx} as Triton reads it, {@code NAME/1/model.json} with the preprocessing, the
 * files' hashes, metrics and parent, and {@code NAME/log/} with everything that happened, an entry
 * a file. Nothing in it is ever changed: a version that is used or on trial is named by the log's
 * last entry, so a promotion is one new file, which readers see wholly or not at all, and the log
 * is the audit log.
 *
 * <p>Thread-safe, also among processes that use the same repository at the same time.
 *
 * <pre>{@code
 * var models = ModelRepository.at("models");
 * models.promote("flowers", models.add("flowers", "exported/resnet-50").number());
 * ImageClassifier.load(models.get("flowers", "champion").model())
 * }</pre>
 */
public final class ModelRepository implements Tabular, AutoCloseable {
  /** The alias of the version that is used. */
  public static final String CHAMPION = Versions.CHAMPION;

  /** The alias of the version that is on trial. */
  public static final String CHALLENGER = Versions.CHALLENGER;

  private static final String NAME = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}";
  private static final String PROFILED = "profiled"; // an entry of the log, with the file's hash
  private static final String CLAIM = "claim"; // who adds a version has its number

  private final Store store;
  private final Map<String, Log> logs = new ConcurrentHashMap<>();

  private ModelRepository(Store store) {
    this.store = store;
  }

  /**
   * The repository there. Nothing is made before the first version is added.
   *
   * @param folderOrUri a path, or {@code s3://bucket/prefix}, from a server that knows conditional
   *     writes (If-None-Match), as Amazon's does
   */
  public static ModelRepository at(String folderOrUri) {
    return new ModelRepository(Store.at(folderOrUri));
  }

  private Log log(String name) {
    if (!name.matches(NAME)) {
      throw new IllegalArgumentException(
          "the name of a model has 1 to 100 letters, digits, '.', '-' and '_', which \"%s\" has not"
              .formatted(name));
    }
    return logs.computeIfAbsent(name, model -> new Log(store, model));
  }

  /** The names of the models. */
  public List<String> names() {
    return store.names("").stream()
        .filter(name -> name.matches(NAME) && log(name).last().revision() > 0)
        .toList();
  }

  /** Adds a version without metrics. */
  public ModelVersion add(String name, String model) {
    return add(name, model, Map.of());
  }

  /**
   * Adds a version; it is used by nobody until it is promoted. It is there when all of its files
   * are: one whose process is killed meanwhile leaves a number that is not used.
   *
   * @param model a name, a file or a folder, as {@link ImageClassifier#load(String)} takes it; its
   *     files are copied
   * @param metrics what is known of it, such as its accuracy, by name
   * @throws GristmillException if there is no such model, or it is not what its hash says
   */
  public ModelVersion add(String name, String model, Map<String, Double> metrics) {
    Log log = log(name);
    var parent = log.last().versions().champion();
    var more = new JsonObject();
    more.addProperty("name", name);
    more.addProperty("created", Instant.now().toString());
    more.addProperty("source", model);
    parent.ifPresent(champion -> more.addProperty("parent", champion));
    var named = new JsonObject();
    new TreeMap<>(metrics).forEach(named::addProperty);
    more.add("metrics", named);
    try {
      Path folder = Files.createTempDirectory("model");
      try {
        var files = ModelPackage.write(Session.checkedFiles(), model, folder, more);
        int number = claim(name);
        for (Path file : files) {
          store.put(key(name, number, file.getFileName().toString()), file);
        }
        String hash = FileHash.of(folder.resolve(ModelPackage.MANIFEST));
        log.append("added", number, "from " + model, versions -> versions.added(number, hash));
        return get(name, number);
      } finally {
        delete(folder);
      }
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot add %s to %s: %s".formatted(model, store, GristmillException.reason(failed)),
          failed);
    }
  }

  private int claim(String name) {
    int last =
        store.names(name).stream()
            .filter(file -> file.matches("[1-9][0-9]{0,8}"))
            .mapToInt(Integer::parseInt)
            .max()
            .orElse(0);
    int number = last + 1;
    while (!store.create(
        key(name, number, CLAIM),
        UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII))) {
      number++;
    }
    return number;
  }

  private static String key(String name, int number, String file) {
    return name + "/" + number + "/" + file;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  /** What the model's versions are, and what each is for, now. */
  public Versions versions(String name) {
    return state(name).versions();
  }

  /**
   * The last thing that happened to a model, and what holds since.
   *
   * @throws GristmillException if there is no such model
   */
  public Entry state(String name) {
    Entry last = log(name).last();
    if (last.revision() == 0) {
      throw new GristmillException(
          "there is no model \"%s\" in %s; there are %s".formatted(name, store, names()));
    }
    return last;
  }

  /** Everything that happened to a model, as a table. */
  public Table audit(String name) {
    state(name);
    var rows = new ArrayList<List<String>>();
    for (Entry entry : log(name).entries()) {
      rows.add(
          List.of(
              entry.at().toString().replaceFirst("\\.\\d+Z$", "Z").replace('T', ' '),
              entry.by(),
              entry.version() + " " + entry.event(),
              entry.why(),
              entry.versions().toString()));
    }
    return new Table(List.of("at", "by", "version", "why", "from then on"), rows);
  }

  /**
   * The version of an alias, such as {@code champion}, or of a number. From S3 its files are copied
   * to this machine, once.
   *
   * @throws GristmillException if there is none, or a file of it is not what it was when it was
   *     added
   */
  public ModelVersion get(String name, String aliasOrNumber) {
    return get(name, state(name).versions().number(aliasOrNumber));
  }

  /** The version of that number, as {@link #get(String, String)}. */
  public ModelVersion get(String name, int number) {
    var versions = state(name).versions();
    versions.number(String.valueOf(number)); // throws if there is none
    String hash = versions.manifests().get(number);
    String manifestKey = key(name, number, ModelPackage.MANIFEST);
    try {
      var local = store.local(name + "/" + number);
      Path folder =
          local.isPresent()
              ? local.get()
              : Files.createDirectories(Cache.folder().resolve("models").resolve(hash));
      Path manifest = right(name, number, folder, ModelPackage.MANIFEST, hash);
      JsonObject json = ModelPackage.parse(Files.readAllBytes(manifest), manifestKey);
      for (var file : ModelPackage.hashes(json, manifestKey).entrySet()) {
        right(name, number, folder, file.getKey(), file.getValue());
      }
      return version(name, number, folder, json);
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot read version %d of %s in %s: %s"
              .formatted(number, name, store, GristmillException.reason(failed)),
          failed);
    }
  }

  /** A file of a version, on this machine, which has its hash. */
  private Path right(String name, int number, Path folder, String file, String hash)
      throws IOException {
    Path path = folder.resolve(file);
    String key = key(name, number, file);
    var fault = fault(path, hash);
    if (fault.isPresent() && store.local(key).isEmpty()) {
      Path copy = Files.createTempFile(folder, ".new", null);
      try {
        store.get(key, copy);
        fault = fault(copy, hash);
        if (fault.isEmpty()) {
          Files.move(copy, path, StandardCopyOption.ATOMIC_MOVE);
        }
      } finally {
        Files.deleteIfExists(copy);
      }
    }
    if (fault.isPresent()) {
      throw new GristmillException(
          ("version %d of %s is refused: %s in %s %s, and had %s when it was added. Add the model"
                  + " again, or restore the file.")
              .formatted(number, name, key, store, fault.get(), hash));
    }
    return path;
  }

  private static Optional<String> fault(Path file, String hash) throws IOException {
    return Files.exists(file)
        ? Session.checkedFiles().otherThan(hash, file).map(other -> "has the SHA-256 " + other)
        : Optional.of("is missing");
  }

  private ModelVersion version(String name, int number, Path folder, JsonObject json) {
    try {
      var metrics = new TreeMap<String, Double>();
      member(json, "metrics")
          .getAsJsonObject()
          .entrySet()
          .forEach(metric -> metrics.put(metric.getKey(), metric.getValue().getAsDouble()));
      return new ModelVersion(
          name,
          number,
          folder,
          member(json, "source").getAsString(),
          json.has("parent") ? OptionalInt.of(json.get("parent").getAsInt()) : OptionalInt.empty(),
          Instant.parse(member(json, "created").getAsString()),
          metrics);
    } catch (RuntimeException malformed) {
      throw new GristmillException(
          "%s in %s does not describe a version: %s. Add the model again, or restore the file."
              .formatted(
                  key(name, number, ModelPackage.MANIFEST),
                  store,
                  GristmillException.reason(malformed)),
          malformed);
    }
  }

  private static JsonElement member(JsonObject json, String name) {
    if (!json.has(name)) {
      throw new IllegalArgumentException("it has no \"" + name + "\"");
    }
    return json.get(name);
  }

  /**
   * Makes a version the champion: services that follow the repository change to it. If it is the
   * champion, nothing happens, and nothing is written to the log: a cell can be run again, and
   * {@link #rollback} still leads to the champion before.
   */
  public void promote(String name, int number) {
    promote(name, number, "");
  }

  /**
   * The same.
   *
   * @param why for the log
   * @throws GristmillException if there is no such version, or it is corrupted: then nothing
   *     changes
   */
  public void promote(String name, int number, String why) {
    promote(name, number, why, versions -> versions);
  }

  /**
   * Promotes only if version {@code champion} still is the champion (0: if there is none).
   *
   * @param why for the log
   * @throws GristmillException if another one is, saying which, or there is no such version, or it
   *     is corrupted: then nothing changes
   */
  public void promote(String name, int number, int champion, String why) {
    promote(name, number, why, versions -> requireChampion(versions, champion));
  }

  private void promote(String name, int number, String why, UnaryOperator<Versions> expected) {
    get(name, number);
    if (expected.apply(versions(name)).champion().orElse(0) != number) {
      append(name, "promoted", number, why, versions -> expected.apply(versions).promoted(number));
    }
  }

  /** Makes the champion before the present one the champion again; if it is on trial, that ends. */
  public ModelVersion rollback(String name) {
    return rollback(name, "");
  }

  /**
   * The same.
   *
   * @param why for the log
   * @throws GristmillException if there was none before, or it is corrupted
   */
  public ModelVersion rollback(String name, String why) {
    var versions = state(name).versions();
    int from = versions.champion().orElse(0);
    var version = get(name, versions.rolledBack().champion().getAsInt());
    append(name, "rolled back", from, why, now -> requireChampion(now, from).rolledBack());
    return version;
  }

  private static Versions requireChampion(Versions versions, int number) {
    int now = versions.champion().orElse(0);
    if (now != number) {
      throw new GristmillException(
          "%s: somebody else was faster, and %s"
              .formatted(
                  number == 0
                      ? "there is a champion by now"
                      : "version %d is not the champion any more".formatted(number),
                  now == 0 ? "there is none" : "version %d is champion".formatted(now)));
    }
    return versions;
  }

  /**
   * Puts a version on trial beside the champion in services that follow the repository, or changes
   * its share.
   *
   * @param share of the requests that it answers, 0..1. With 0 it is in shadow: asked what the
   *     champion is asked, and its answers are compared and given to nobody
   * @param why for the log
   * @throws GristmillException if another version is on trial, or this one is corrupted
   */
  public void challenge(String name, int number, double share, String why) {
    get(name, number);
    String event =
        share == 0
            ? "in shadow"
            : String.format(Locale.ROOT, "given %.0f %% of the requests", 100 * share);
    append(name, event, number, why, versions -> versions.challenged(number, share));
  }

  /**
   * Ends the trial of the challenger.
   *
   * @param why for the log
   */
  public void withdraw(String name, String why) {
    var challenger = state(name).versions().challenger();
    if (challenger.isEmpty()) {
      throw new GristmillException("no version of " + name + " is on trial");
    }
    append(name, "withdrawn", challenger.getAsInt(), why, Versions::withdrawn);
  }

  /** Names a version, such as {@code staging}; one that had the name has it no more. */
  public void alias(String name, String alias, int number) {
    if (alias.equals(CHAMPION) || alias.equals(CHALLENGER) || !alias.matches("[a-z][a-z0-9_-]*")) {
      throw new IllegalArgumentException(
          "an alias has small letters, digits, '-' and '_', and is not %s or %s (which promote and"
                  .formatted(CHAMPION, CHALLENGER)
              + " challenge give), as \""
              + alias
              + "\" is");
    }
    append(name, "named " + alias, number, "", versions -> versions.named(alias, number));
  }

  /**
   * Writes into a model's log what was found of a version.
   *
   * @param event in a few words
   * @param why the figures
   */
  public void note(String name, int number, String event, String why) {
    append(name, event, number, why, versions -> versions);
  }

  /**
   * Keeps a profile with a version: what pictures are like, and what it says of them, while it is
   * as it should be. A later one takes its place; the log knows all of them.
   *
   * @throws GristmillException if there is no such version
   */
  public void describe(String name, int number, Profile profile) {
    state(name).versions().number(String.valueOf(number)); // throws if there is none
    byte[] bytes = profile.bytes();
    String hash = FileHash.of(bytes);
    store.create(key(name, number, profileFile(hash)), bytes); // may be there already
    append(name, PROFILED, number, hash, versions -> versions);
  }

  private static String profileFile(String hash) {
    return "profile-" + hash + ".json.gz";
  }

  /**
   * The profile that was kept last with the version of an alias, such as {@code champion}, or of a
   * number.
   *
   * @throws GristmillException if there is none, or it is not what was kept
   */
  public Profile profile(String name, String aliasOrNumber) {
    int number = state(name).versions().number(aliasOrNumber);
    String hash =
        log(name).entries().stream()
            .filter(entry -> entry.version() == number && entry.event().equals(PROFILED))
            .reduce((earlier, later) -> later)
            .map(Entry::why)
            .filter(FileHash::isHash)
            .orElseThrow(
                () ->
                    new GristmillException(
                        ("version %d of %s has no profile: watch a run of it (Watch.over) and keep"
                                + " its profile with describe")
                            .formatted(number, name)));
    String key = key(name, number, profileFile(hash));
    byte[] bytes = store.read(key).orElse(new byte[0]);
    if (!FileHash.of(bytes).equals(hash)) {
      throw new GristmillException(
          "the profile of version %d of %s is refused: %s in %s %s. Restore the file, or keep another profile."
              .formatted(
                  number,
                  name,
                  key,
                  store,
                  bytes.length == 0 ? "is missing" : "is not what was kept"));
    }
    return Profile.of(bytes, key);
  }

  private void append(
      String name, String event, int number, String why, UnaryOperator<Versions> change) {
    state(name);
    log(name).append(event, number, why, change);
  }

  /** All versions of all models, and what each is for. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    for (String name : names()) {
      var versions = log(name).last().versions();
      for (int number : versions.numbers()) {
        String key = key(name, number, ModelPackage.MANIFEST);
        var bytes = store.read(key);
        var version =
            bytes.map(b -> version(name, number, Path.of(""), ModelPackage.parse(b, key)));
        rows.add(
            List.of(
                name,
                String.valueOf(number),
                String.join(", ", versions.aliases(number)),
                version.map(ModelVersion::source).orElse("its files are gone"),
                version.map(v -> v.created().toString().substring(0, 10)).orElse(""),
                version
                    .map(v -> v.parent().isPresent() ? String.valueOf(v.parent().getAsInt()) : "")
                    .orElse(""),
                version.map(ModelRepository::metrics).orElse("")));
      }
    }
    return new Table(
        List.of("model", "version", "alias", "from", "added", "parent", "metrics"), rows);
  }

  private static String metrics(ModelVersion version) {
    return new TreeMap<>(version.metrics())
        .entrySet().stream()
            .map(m -> String.format(Locale.ROOT, "%s %.4g", m.getKey(), m.getValue()))
            .collect(Collectors.joining(", "));
  }

  /** Closes the connection to S3. What was got stays. */
  @Override
  public void close() {
    store.close();
  }

  @Override
  public String toString() {
    return "models in " + store + "\n" + table();
  }
}
