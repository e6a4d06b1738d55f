package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A batch that memory cannot hold is halved, and those that follow are of the size that it can. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class OutOfMemoryTest {
  @TempDir Path folder;
  private final Workers workers = new Workers();
  private final ConcurrentLinkedQueue<Integer> sizes = new ConcurrentLinkedQueue<>();

  private static Throwable heap() {
    return new OutOfMemoryError("Java heap space");
  }

  private static Throwable gpu() {
    return new IllegalStateException(
        "predict failed", new RuntimeException("CUDA out of memory. Tried to allocate 2.00 GiB"));
  }

  private static Throwable cuDnn() {
    return new IllegalStateException("cuDNN error: CUDNN_STATUS_ALLOC_FAILED");
  }

  private static List<Integer> range(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  private ActorPool<Integer, Integer> pool(int actors, int most, Supplier<Throwable> thrown) {
    BatchFunction<Integer, Integer> call =
        batch -> {
          sizes.add(batch.size());
          if (batch.size() > most) {
            Throwable failure = thrown.get();
            if (failure instanceof Error error) {
              throw error;
            }
            throw (Exception) failure;
          }
          return batch;
        };
    return ActorPool.of(actors, workers.factory(call));
  }

  private OnError setAside() {
    return OnError.setAside(folder.resolve("letters.jsonl").toString());
  }

  @Test
  void everythingComesOutAndTheSafeSizeIsRemembered() throws Exception {
    for (var thrown :
        List.<Supplier<Throwable>>of(
            OutOfMemoryTest::heap, OutOfMemoryTest::gpu, OutOfMemoryTest::cuDnn)) {
      for (var onError : List.of(OnError.fail(), setAside())) {
        sizes.clear();

        var run =
            Dataset.of(range(500)).mapBatches(32, pool(2, 5, thrown)).onError(onError).toList();

        assertEquals(range(500), new ArrayList<>(run));
        assertEquals(0, run.stats().setAside());
        var seen = List.copyOf(sizes);
        assertTrue(
            seen.stream().filter(size -> size > 5).count() <= 4 * 7, // 4 batches were under way
            () -> "sizes tried: " + seen);
        for (String step : List.of("32 rows at once: it goes on with 16", "with 8", "with 4")) {
          assertTrue(
              run.stats().notes().stream()
                  .anyMatch(
                      note ->
                          note.startsWith("mapBatches(32, 2 workers) ran out of memory")
                              && note.contains(step)),
              () -> step + " in " + run.stats().notes());
        }
      }
    }
    assertEquals(workers.made.get(), workers.closed.get());
    assertEquals(2 * 6, workers.made.get(), "no worker died of it");
  }

  @Test
  void aSingleRowThatIsTooLargeIsTheOneToBlame() throws Exception {
    BatchFunction<Integer, Integer> call =
        batch -> {
          if (batch.contains(9)) {
            throw new OutOfMemoryError("Java heap space");
          }
          return batch;
        };
    var dataset = Dataset.of(range(20)).mapBatches(4, ActorPool.of(1, workers.factory(call)));

    var failure = assertThrows(GristmillException.class, dataset::toList);
    assertEquals(
        "mapBatches(4, 1 worker) failed on row 9: OutOfMemoryError: Java heap space",
        failure.getMessage());

    var run = dataset.onError(setAside()).toList();
    assertEquals(19, run.size());
    assertEquals(List.of(9L), Letters.of(folder.resolve("letters.jsonl")).rows());
  }

  @Test
  void flatBatchesKeepTheirOrderWhenHalved() {
    BatchFunction<Integer, Integer> call =
        batch -> {
          if (batch.size() > 3) {
            throw new OutOfMemoryError();
          }
          return batch.stream().flatMap(i -> List.of(2 * i, 2 * i + 1).stream()).toList();
        };

    var run =
        Dataset.of(range(100)).flatMapBatches(16, ActorPool.of(2, workers.factory(call))).toList();

    assertEquals(range(200), new ArrayList<>(run));
  }
}
