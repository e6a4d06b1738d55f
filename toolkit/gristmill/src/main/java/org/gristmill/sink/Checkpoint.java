package org.gristmill.sink;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a run may start again. Immutable.
 *
 * @param next how many rows of the source are done
 * @param digest of those rows' names, to see whether the source still begins with them
 * @param counters of the plan's limits, in the plan's order
 * @param letters length in bytes of the dead-letter file that belongs to it
 * @param lettersFile that file, or empty
 */
public record Checkpoint(
    long next, long digest, List<Long> counters, long letters, String lettersFile) {
  public Checkpoint {
    counters = List.copyOf(counters);
  }

  JsonObject json() {
    var array = new JsonArray();
    counters.forEach(array::add);
    var json = new JsonObject();
    json.addProperty("next", next);
    json.addProperty("digest", digest);
    json.add("counters", array);
    json.addProperty("letters", letters);
    json.addProperty("lettersFile", lettersFile);
    return json;
  }

  static Checkpoint of(JsonObject json) {
    var counters = new ArrayList<Long>();
    json.getAsJsonArray("counters").forEach(counter -> counters.add(counter.getAsLong()));
    return new Checkpoint(
        json.get("next").getAsLong(),
        json.get("digest").getAsLong(),
        counters,
        json.get("letters").getAsLong(),
        json.get("lettersFile").getAsString());
  }
}
