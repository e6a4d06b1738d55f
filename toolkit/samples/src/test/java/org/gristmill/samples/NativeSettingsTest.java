package org.gristmill.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Function;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Prediction;
import org.gristmill.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What is set in the C libraries, by what comes of it. */
@EnabledOnOs(OS.LINUX)
class NativeSettingsTest {
  /** How often this process has touched a page for the first time since it got it. */
  private static long pageFaults() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[7]); // minflt, the tenth field of proc(5)
  }

  /** Counts what each of its batches took. */
  private record Counting(ImageClassifier model, List<Long> faults)
      implements BatchWorker<Image, Prediction> {
    @Override
    public List<Prediction> apply(List<Image> batch) throws IOException {
      long before = pageFaults();
      var predictions = model.classify(batch);
      faults.add(pageFaults() - before);
      return predictions;
    }

    @Override
    public void close() {
      model.close();
    }
  }

  @Test
  void batchesAfterTheFirstOnesTakeLittleMemoryFromTheSystem() {
    var faults = new ArrayList<Long>();
    String model = Samples.randomResNet50();
    ActorPool<Image, Prediction> pool =
        ActorPool.of(1, device -> new Counting(ImageClassifier.load(model), faults));

    Samples.images(96).mapBatches(16, pool).toList();

    // The activations of a batch are far more: 100,000 pages and up where they are given back.
    long last = faults.subList(3, 6).stream().sorted().toList().get(1);
    assertTrue(last < 20_000, faults + " pages");
  }

  /** What glibc says of the environment, which the JVM copied when it began. */
  private static String environment(String name) {
    return Function.getFunction("libc.so.6", "getenv").invokeString(new Object[] {name}, false);
  }

  @Test
  void threadsThatWaitForEachOtherSleep() {
    Session.start().resources(); // loads the engines

    assertEquals("passive", environment("OMP_WAIT_POLICY").toLowerCase(Locale.ROOT));
  }
}
