package org.gristmill.serve;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.HdrHistogram.Histogram;

/** How requests ended. Thread-safe. */
final class Endings {
  private static final long MOST_MICROS = 600_000_000;

  private final Histogram micros = new Histogram(MOST_MICROS, 2); // of those that were answered
  private long failed; // for which the service or the model is to blame
  private long nanos; // of those that were answered
  private long failedNanos;
  private long last; // System.currentTimeMillis()

  synchronized void ended(long took, Throwable failure) {
    if (failure == null) {
      micros.recordValue(Math.min(MOST_MICROS, took / 1000));
      nanos += took;
      last = System.currentTimeMillis();
    } else if (isOurs(failure)) {
      failed++;
      failedNanos += took;
    }
  }

  /** Not what the client did wrong, nor that too much was asked at once. */
  static boolean isOurs(Throwable failure) {
    Throwable why = failure instanceof CompletionException ? failure.getCause() : failure;
    return !(why instanceof Refusal refusal) || refusal.status() >= 500;
  }

  synchronized void lastMillis(JsonWriter json) throws IOException {
    json.name("last_inference").value(last);
  }

  /** As Triton's statistics extension has it. */
  synchronized void durations(JsonWriter json) throws IOException {
    json.name("inference_stats").beginObject();
    json.name("success").beginObject();
    json.name("count").value(micros.getTotalCount()).name("ns").value(nanos).endObject();
    json.name("fail").beginObject();
    json.name("count").value(failed).name("ns").value(failedNanos).endObject();
    json.endObject();
  }

  /** Counts, and times in milliseconds. */
  synchronized void summary(JsonWriter json) throws IOException {
    json.name("answered").value(micros.getTotalCount()).name("failed").value(failed);
    json.name("p50_ms").value(micros.getValueAtPercentile(50) / 1000.0);
    json.name("p99_ms").value(micros.getValueAtPercentile(99) / 1000.0);
  }
}
