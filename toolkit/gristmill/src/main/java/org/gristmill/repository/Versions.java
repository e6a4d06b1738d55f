package org.gristmill.repository;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.gristmill.GristmillException;
import org.gristmill.model.FileHash;

/**
 * Which versions a model has, and what each is for. Immutable.
 *
 * @param manifests SHA-256 of the file that describes a version, by its number
 * @param aliases names that people give to versions, {@link #CHAMPION} and {@link #CHALLENGER}
 *     among them
 * @param share of the requests that the challenger answers, 0..1; with 0 it is asked beside the
 *     champion, and its answers are only compared
 * @param former champions, the last one last
 */
public record Versions(
    Map<Integer, String> manifests,
    Map<String, Integer> aliases,
    double share,
    List<Integer> former) {
  /** The version that is used. */
  public static final String CHAMPION = "champion";

  /** The version that is on trial. */
  public static final String CHALLENGER = "challenger";

  static final Versions NONE = new Versions(Map.of(), Map.of(), 0, List.of());

  public Versions {
    manifests = Map.copyOf(manifests);
    aliases = Map.copyOf(aliases);
    former = List.copyOf(former);
  }

  /** The version that is used, if one is. */
  public OptionalInt champion() {
    return alias(CHAMPION);
  }

  /** The version that is on trial, if one is. */
  public OptionalInt challenger() {
    return alias(CHALLENGER);
  }

  private OptionalInt alias(String alias) {
    return aliases.containsKey(alias) ? OptionalInt.of(aliases.get(alias)) : OptionalInt.empty();
  }

  /** The numbers that there are, in order. */
  public List<Integer> numbers() {
    return manifests.keySet().stream().sorted().toList();
  }

  /** With one more. */
  public Versions added(int number, String manifest) {
    var more = new TreeMap<>(manifests);
    more.put(number, manifest);
    return new Versions(more, aliases, share, former);
  }

  /** With an alias for a version. */
  public Versions named(String alias, int number) {
    requireThere(number);
    var others = new TreeMap<>(aliases);
    others.put(alias, number);
    return new Versions(manifests, others, share, former);
  }

  /** Makes a version the champion, unless it is; if it was on trial, that is over. */
  public Versions promoted(int number) {
    if (champion().equals(OptionalInt.of(number))) {
      return this;
    }
    requireThere(number);
    var before = new ArrayList<>(former);
    champion().ifPresent(before::add);
    return championed(number, before);
  }

  /** Makes the champion before this one the champion; if it was on trial, that is over. */
  public Versions rolledBack() {
    if (former.isEmpty()) {
      throw new GristmillException("there was no champion before this one: promote a version");
    }
    int last = former.size() - 1;
    return championed(former.get(last), former.subList(0, last));
  }

  private Versions championed(int number, List<Integer> before) {
    var state = new Versions(manifests, aliases, share, before).named(CHAMPION, number);
    return state.challenger().equals(OptionalInt.of(number)) ? state.withdrawn() : state;
  }

  /** Puts a version on trial, or changes its share. */
  public Versions challenged(int number, double ofRequests) {
    if (!(ofRequests >= 0 && ofRequests <= 1)) {
      throw new IllegalArgumentException("a share is 0 to 1, not " + ofRequests);
    }
    if (champion().isEmpty()) {
      throw new GristmillException("there is no champion to challenge: promote a version first");
    }
    if (champion().equals(OptionalInt.of(number))) {
      throw new GristmillException("version " + number + " is the champion already");
    }
    if (challenger().isPresent() && challenger().getAsInt() != number) {
      throw new GristmillException(
          "version %d is on trial already: withdraw it, or wait until that ends"
              .formatted(challenger().getAsInt()));
    }
    return new Versions(manifests, aliases, ofRequests, former).named(CHALLENGER, number);
  }

  /** Ends the trial. */
  public Versions withdrawn() {
    var others = new TreeMap<>(aliases);
    others.remove(CHALLENGER);
    return new Versions(manifests, others, 0, former);
  }

  private void requireThere(int number) {
    if (!manifests.containsKey(number)) {
      throw new GristmillException(
          "there is no version %d; there are %s".formatted(number, numbers()));
    }
  }

  /** The number that an alias or a number means. */
  public int number(String alias) {
    if (aliases.containsKey(alias)) {
      return aliases.get(alias);
    }
    if (alias.matches("[1-9][0-9]{0,8}")) {
      int number = Integer.parseInt(alias);
      requireThere(number);
      return number;
    }
    throw new GristmillException(
        "there is no alias \"%s\"; there are %s and the versions %s"
            .formatted(alias, aliases.keySet().stream().sorted().toList(), numbers()));
  }

  /** The aliases of a version, sorted. */
  public List<String> aliases(int number) {
    return aliases.entrySet().stream()
        .filter(alias -> alias.getValue() == number)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  JsonObject json() {
    var json = new JsonObject();
    var versions = new JsonObject();
    numbers().forEach(n -> versions.addProperty(String.valueOf(n), manifests.get(n)));
    json.add("versions", versions);
    var names = new JsonObject();
    new TreeMap<>(aliases).forEach(names::addProperty);
    json.add("aliases", names);
    json.addProperty("share", share);
    var before = new JsonArray();
    former.forEach(before::add);
    json.add("former", before);
    return json;
  }

  static Versions of(JsonObject json) {
    var manifests = new TreeMap<Integer, String>();
    json.getAsJsonObject("versions")
        .entrySet()
        .forEach(v -> manifests.put(Integer.valueOf(v.getKey()), hash(v.getValue().getAsString())));
    var aliases = new TreeMap<String, Integer>();
    json.getAsJsonObject("aliases")
        .entrySet()
        .forEach(alias -> aliases.put(alias.getKey(), alias.getValue().getAsInt()));
    var former = new ArrayList<Integer>();
    json.getAsJsonArray("former").forEach(number -> former.add(number.getAsInt()));
    return new Versions(manifests, aliases, json.get("share").getAsDouble(), former);
  }

  /** A folder is called after it, so that nothing else may stand there. */
  private static String hash(String text) {
    if (!FileHash.isHash(text)) {
      throw new IllegalArgumentException("\"" + text + "\" is no SHA-256");
    }
    return text;
  }

  /** For a reader: what is used, and what is on trial. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    champion()
        .ifPresentOrElse(n -> text.append("champion ").append(n), () -> text.append("no champion"));
    challenger()
        .ifPresent(
            n ->
                text.append(", challenger ")
                    .append(n)
                    .append(share == 0 ? " in shadow" : " with " + Math.round(100 * share) + " %"));
    return text.toString();
  }
}
