package org.gristmill.serve;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.gristmill.Image;

/**
 * The rows of one request, and their results as they come. Owned by the batcher's thread, but for
 * {@link #isOver}, {@link #answer} and the version.
 */
final class Call<R> {
  /** A row as it came. */
  interface Picture {
    /**
     * @param shortSide that a JPEG may be decoded smaller to, as {@link
     *     org.gristmill.image.Decode#bytes} takes it
     */
    Image decode(int shortSide) throws Exception;
  }

  private final List<Picture> pictures;
  private final long deadline; // System.nanoTime()
  private final CompletableFuture<List<R>> answer = new CompletableFuture<>();
  private final Object[] results;
  private int missing;
  private volatile String version = ""; // that answers
  private volatile Runnable cancel = () -> {};

  /**
   * @param deadline of {@link System#nanoTime}, after which nobody waits any more
   */
  Call(List<Picture> pictures, long deadline) {
    this.pictures = List.copyOf(pictures);
    this.deadline = deadline;
    this.results = new Object[pictures.size()];
    this.missing = pictures.size();
  }

  /** The same request again, for another version. */
  Call<R> copy() {
    return new Call<>(pictures, deadline);
  }

  /**
   * Before it is answered: who does.
   *
   * @param drops the request where it was taken
   */
  void takenBy(String number, Runnable drops) {
    version = number;
    cancel = drops;
  }

  /** The version that answers, or has. */
  String version() {
    return version;
  }

  /** Nobody waits for it any more. Thread-safe. */
  void cancel() {
    cancel.run();
  }

  int rows() {
    return results.length;
  }

  Picture picture(int row) {
    return pictures.get(row);
  }

  long deadline() {
    return deadline;
  }

  /** The results, one a row; or a {@link Refusal}. */
  CompletableFuture<List<R>> answer() {
    return answer;
  }

  /** Nobody waits for the rest of its rows. Thread-safe. */
  boolean isOver() {
    return answer.isDone();
  }

  /** Whether all of its rows are done with this one. */
  @SuppressWarnings("unchecked") // nothing else is put there
  boolean done(int row, R result) {
    results[row] = result;
    missing--;
    if (missing == 0) {
      answer.complete((List<R>) Arrays.asList(results));
    }
    return missing == 0;
  }

  void fail(Refusal why) {
    answer.completeExceptionally(why);
  }
}
