package org.gristmill;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.gristmill.compare.Trials;
import org.gristmill.drift.Feature;
import org.gristmill.drift.Summary;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * What the pictures of a run were like, and what a model said of them, in a few kilobytes: sizes,
 * brightness, colours, sharpness, confidence, predicted classes. A {@link Watch} makes it as a
 * by-product of the run. Kept, it is what later runs are compared with. Immutable.
 */
public final class Profile implements Tabular {
  private static final int MOST = 1 << 20; // bytes, some hundred times what one takes
  private static final int FORMAT = 1;

  private final String model;
  private final String pictures;
  private final Summary summary;

  /**
   * @param model a hash of what loaded models say, or the pool's version, or empty
   * @param pictures what was done to them before they were looked at
   */
  Profile(String model, String pictures, Summary summary) {
    this.model = model;
    this.pictures = pictures;
    this.summary = summary;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws GristmillException if there is no such file, it is damaged, or a later version of
   *     Gristmill wrote it
   */
  public static Profile read(String file) {
    try {
      return of(Files.readAllBytes(Path.of(file)), file);
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot read the profile " + file + ": " + GristmillException.reason(failed), failed);
    }
  }

  /**
   * Of what {@link #bytes} gave.
   *
   * @param name where it came from
   */
  static Profile of(byte[] bytes, String name) {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(bytes))) { // it checks a CRC
      String text = new String(in.readNBytes(MOST), StandardCharsets.UTF_8);
      // Not JsonParser.parseString: IJava puts an older gson before ours.
      var json = Objects.requireNonNull(new Gson().fromJson(text, JsonObject.class), "it is empty");
      int format = json.get("profile").getAsInt();
      if (format != FORMAT) {
        throw new GristmillException(
            "%s is a profile of format %d, and this version reads %d: use the version that wrote it, or make the profile again."
                .formatted(name, format, FORMAT));
      }
      return new Profile(
          json.get("model").getAsString(),
          json.get("pictures").getAsString(),
          Summary.of(json.getAsJsonObject("seen")));
    } catch (GristmillException told) {
      throw told;
    } catch (IOException | RuntimeException failed) {
      throw new GristmillException(
          "%s is not a profile, or is damaged: %s. Make it again from a run of the reference, or restore the file."
              .formatted(name, GristmillException.reason(failed)),
          failed);
    }
  }

  /** The content of its file: JSON, compressed by gzip. The same profile gives the same bytes. */
  byte[] bytes() {
    var json = new JsonObject();
    json.addProperty("profile", FORMAT);
    json.addProperty("model", model);
    json.addProperty("pictures", pictures);
    json.add("seen", summary.json());
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(json.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // it is written to memory
    }
    return bytes.toByteArray();
  }

  /**
   * Writes it to a file, such as {@code reference.json.gz}, of a few kilobytes; one that is there
   * is replaced.
   *
   * @return the file's absolute path
   * @throws GristmillException if it cannot be written
   */
  public Path write(String file) {
    try {
      return Files.write(Path.of(file), bytes()).toAbsolutePath();
    } catch (IOException failed) {
      throw new GristmillException(
          "cannot write the profile " + file + ": " + GristmillException.reason(failed), failed);
    }
  }

  /** The rows that were seen. */
  public long rows() {
    return summary.rows();
  }

  /** Which model it was: a hash, or the version of the pool; empty where neither is known. */
  public String model() {
    return model;
  }

  /** What was seen. */
  public Summary summary() {
    return summary;
  }

  /** The rows whose label was known, and how many of them the model had right. */
  public Trials accuracy() {
    return summary.known();
  }

  /**
   * What this and another profile have seen together, such as those of two machines: counts add up,
   * numbers are less exact by half a percent of the rows for each sum.
   *
   * @throws GristmillException if they are not of the same model and pictures
   */
  public Profile plus(Profile other) {
    requireAlike(other, "cannot be added to");
    return new Profile(model, pictures, summary.plus(other.summary));
  }

  /**
   * Compares this profile, of now, with a reference.
   *
   * @throws GristmillException if they are not of the same model and pictures, or one has no rows
   */
  public Drift against(Profile reference) {
    return Drift.of(reference, this, Drift.ERROR);
  }

  /**
   * How many of these rows the model has right, without labels: what its confidence in them meant
   * in the reference, where labels were known, is taken to mean the same now. The interval has room
   * for chance, and for what the reference's labels leave open; not for that assumption. It holds
   * for pictures of the same kind in another mixture. It holds less the more pictures are damaged,
   * and not at all for what the model does not know: that is mistaken with some confidence, and the
   * estimate is too high.
   *
   * @throws GristmillException if they are not of the same model and pictures, these are no rows,
   *     or the reference has no labels
   */
  public ExpectedAccuracy expectedAccuracy(Profile reference) {
    requireComparable(reference);
    if (reference.accuracy().count() == 0) {
      throw new GristmillException(
          "the reference has no labels, so nothing says what a confidence means: watch its run with"
              + " labels(...)");
    }
    return summary.expectedAccuracy(reference.summary);
  }

  /** Throws unless this can be compared with it. */
  void requireComparable(Profile reference) {
    requireAlike(reference, "cannot be compared with");
    if (rows() == 0 || reference.rows() == 0) {
      throw new GristmillException(
          "the %s has no rows: there is nothing to compare"
              .formatted(rows() == 0 ? "profile" : "reference"));
    }
  }

  private void requireAlike(Profile other, String cannot) {
    if (!model.equals(other.model)) {
      throw new GristmillException(
          "a profile of the model %s %s one of %s: a reference belongs to one version of a model; make one with this model"
              .formatted(named(model), cannot, named(other.model)));
    }
    if (!pictures.equals(other.pictures)) {
      throw new GristmillException(
          "a profile of pictures %s %s one of pictures %s: sharpness and the like depend on it; make the reference with the same pool"
              .formatted(pictures, cannot, other.pictures));
    }
  }

  private static String named(String model) {
    String start = model.substring(0, Math.min(12, model.length()));
    return model.isEmpty() ? "that is not known" : start.equals(model) ? model : start + "...";
  }

  /** What was usual: of each number the middle 80 % of the rows, and the commonest class. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    for (Feature feature : Feature.values()) {
      var of = summary.of(feature);
      rows.add(List.of(feature.title(), text(of.at(0.1)), text(of.at(0.5)), text(of.at(0.9))));
    }
    rows.add(List.of("class", "", summary.mostOftenPredicted(), ""));
    return new Table(List.of("", "10 % below", "median", "10 % above"), rows, note());
  }

  private String note() {
    String labels =
        accuracy().count() == 0
            ? "no labels"
            : String.format(
                Locale.ROOT,
                "%d with a label, %.1f %% of them right",
                accuracy().count(),
                100 * accuracy().share());
    return "%d rows, %s. Model %s, pictures %s.".formatted(rows(), labels, named(model), pictures);
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
