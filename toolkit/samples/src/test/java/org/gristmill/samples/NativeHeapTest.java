package org.gristmill.samples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gristmill.Device;
import org.gristmill.ImageClassifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a batch's tensors took is there for the next batch. */
@EnabledOnOs(OS.LINUX)
class NativeHeapTest {
  private static final int BATCHES = 5;

  /** How often this process has touched a page for the first time since it was given it. */
  private static long pageFaults() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[7]); // minflt, the tenth field of proc(5)
  }

  @Test
  void batchesAfterTheFirstOnesTakeLittleMemoryFromTheSystem() throws IOException {
    var pictures = Samples.images(16).toList();
    try (var model = ImageClassifier.load(Samples.MODEL, Device.cpu().withThreads(1))) {
      for (int i = 0; i < BATCHES; i++) {
        model.classify(pictures);
      }
      long before = pageFaults();
      for (int i = 0; i < BATCHES; i++) {
        model.classify(pictures);
      }
      long each = (pageFaults() - before) / BATCHES;

      // The activations of a batch are far more: 30,000 pages and up where they are given back.
      assertTrue(each < 6_000, each + " pages a batch");
    }
  }
}
