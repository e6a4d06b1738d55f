package org.gristmill.sink;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a run may start again. Immutable.
 *
 * @param next how many rows of the source are done
 * @param digest of those rows' names and versions, to see whether the source still begins with them
 * @param counters of the plan's limits and of batches that number their results, in the plan's
 *     order
 * @param letters lengths in bytes of the dead-letter files that belong to it, by file
 */
public record Checkpoint(long next, long digest, List<Long> counters, Map<String, Long> letters) {
  public Checkpoint {
    counters = List.copyOf(counters);
    letters = Map.copyOf(letters);
  }

  JsonObject json() {
    var array = new JsonArray();
    counters.forEach(array::add);
    var json = new JsonObject();
    json.addProperty("next", next);
    json.addProperty("digest", digest);
    json.add("counters", array);
    var lengths = new JsonObject();
    new TreeMap<>(letters).forEach(lengths::addProperty);
    json.add("letters", lengths);
    return json;
  }

  static Checkpoint of(JsonObject json) {
    var counters = new ArrayList<Long>();
    json.getAsJsonArray("counters").forEach(counter -> counters.add(counter.getAsLong()));
    var letters = new HashMap<String, Long>();
    json.getAsJsonObject("letters")
        .entrySet()
        .forEach(entry -> letters.put(entry.getKey(), entry.getValue().getAsLong()));
    return new Checkpoint(
        json.get("next").getAsLong(), json.get("digest").getAsLong(), counters, letters);
  }
}
