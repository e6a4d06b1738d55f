package org.gristmill.drift;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.gristmill.ExpectedAccuracy;
import org.gristmill.compare.Trials;

/** What rows were like, in a few kilobytes. Immutable. */
public final class Summary {
  private static final String CLASS = "class";
  private static final long MOST = 1L << 50; // rows, of which sums of a few are exact

  private final Quantiles[] numbers; // by Feature.place
  private final Classes classes;
  private final Confidences confidences;

  Summary(Quantiles[] numbers, Classes classes, Confidences confidences) {
    this.numbers = numbers;
    this.classes = classes;
    this.confidences = confidences;
  }

  public long rows() {
    return numbers[0].count();
  }

  /** How a number is distributed. */
  public Quantiles of(Feature feature) {
    return numbers[feature.place()];
  }

  /** The class with the most rows, and its share; empty where there are no rows. */
  public String mostOftenPredicted() {
    return classes.most();
  }

  /** The rows with a label, and how many of them were right. */
  public Trials known() {
    return confidences.known();
  }

  /** What the two had seen together; numbers a little less exact. */
  public Summary plus(Summary other) {
    var sum = new Quantiles[numbers.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = numbers[i].plus(other.numbers[i]);
    }
    return new Summary(sum, classes.plus(other.classes), confidences.plus(other.confidences));
  }

  /** How far everything is distributed otherwise than in a reference. */
  public List<Shift> shifts(Summary reference) {
    var shifts = new ArrayList<Shift>();
    for (Feature feature : Feature.values()) {
      shifts.add(Shift.of(feature.title(), reference.of(feature), of(feature)));
    }
    shifts.add(Shift.of(CLASS, reference.classes, classes));
    return shifts;
  }

  /** The share of these rows that are right, as the reference's labels let expect. */
  public ExpectedAccuracy expectedAccuracy(Summary reference) {
    return confidences.expected(reference.confidences);
  }

  /** All of it. */
  public JsonObject json() {
    var json = new JsonObject();
    json.addProperty("rows", rows());
    var named = new JsonObject();
    for (Feature feature : Feature.values()) {
      var of = new JsonObject();
      of.addProperty("error", of(feature).error());
      var values = new JsonArray();
      for (float value : of(feature).values()) {
        values.add(value);
      }
      of.add("values", values);
      named.add(feature.title(), of);
    }
    json.add("numbers", named);
    var counts = new JsonArray();
    classes
        .counts()
        .forEach(
            (index, rows) -> {
              counts.add(index);
              counts.add(rows);
            });
    json.add("classes", counts);
    json.add("confidence", array(confidences.rows()));
    json.add("labelled", array(confidences.labelled()));
    json.add("right", array(confidences.right()));
    return json;
  }

  /**
   * What {@link #json} gave.
   *
   * @throws RuntimeException of some kind if it is something else
   */
  public static Summary of(JsonObject json) {
    long rows = json.get("rows").getAsLong();
    require(rows >= 0 && rows <= MOST, "it has " + rows + " rows");
    var named = json.getAsJsonObject("numbers");
    var numbers = new Quantiles[Feature.COUNT];
    for (Feature feature : Feature.values()) {
      var of = named.getAsJsonObject(feature.title());
      var list = of.getAsJsonArray("values");
      float[] values = new float[list.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = list.get(i).getAsFloat();
      }
      double error = of.get("error").getAsDouble();
      require(
          Quantiles.isOf(rows, error, values),
          feature.title() + " is not how a number is distributed");
      numbers[feature.place()] = new Quantiles(rows, error, values);
    }
    var counts = new TreeMap<Integer, Long>();
    var list = json.getAsJsonArray("classes");
    for (int i = 0; i < list.size(); i += 2) {
      counts.put(list.get(i).getAsInt(), list.get(i + 1).getAsLong());
    }
    var classes = new Classes(counts);
    var confidences =
        new Confidences(
            longs(json.getAsJsonArray("confidence")),
            longs(json.getAsJsonArray("labelled")),
            longs(json.getAsJsonArray("right")));
    require(
        classes.isOf(rows) && confidences.isOf(rows), "its counts are not of " + rows + " rows");
    return new Summary(numbers, classes, confidences);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  private static JsonArray array(long[] values) {
    var array = new JsonArray();
    for (long value : values) {
      array.add(value);
    }
    return array;
  }

  private static long[] longs(JsonArray array) {
    long[] values = new long[Confidences.BINS];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).getAsLong();
    }
    return values;
  }
}
