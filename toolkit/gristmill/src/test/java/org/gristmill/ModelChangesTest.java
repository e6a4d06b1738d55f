package org.gristmill;

import static org.gristmill.Written.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.gristmill.observe.LoadedModel;
import org.gristmill.observe.Work;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rows of an old model and of a new one are never in one folder. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class ModelChangesTest {
  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void setUp() {
    folder = temporary.resolve("out");
  }

  private Path model(String name, String content) throws IOException {
    Path file = temporary.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  /** Writes its models' content to each row; as if it had loaded them with ImageClassifier. */
  private static final class Worker implements BatchWorker<Integer, String> {
    private final int failAt;
    private final StringBuilder content = new StringBuilder();

    Worker(int failAt, Path... models) {
      this(failAt, "plain", models);
    }

    Worker(int failAt, String settings, Path... models) {
      this.failAt = failAt;
      try {
        for (Path model : models) {
          content.append(Files.readString(model));
          Work.current().orElseThrow().model(new LoadedModel(model, settings));
        }
      } catch (IOException gone) {
        throw new UncheckedIOException(gone);
      }
    }

    @Override
    public List<String> apply(List<Integer> batch) {
      if (batch.contains(failAt)) {
        throw new IllegalStateException("not yet");
      }
      return batch.stream().map(i -> content + " " + i).toList();
    }
  }

  private RunStats write(int failAt, Path... models) {
    return numbers(100)
        .mapBatches(4, ActorPool.of(2, device -> new Worker(failAt, models)))
        .writeJsonLines(folder.toString(), 8);
  }

  private void writeSome(Path... models) throws IOException {
    assertThrows(GristmillException.class, () -> write(29, models));
    assertEquals(24, Written.lines(folder).size());
  }

  private void assertAllOf(String content) throws IOException {
    var lines = Written.lines(folder);
    assertEquals(100, lines.size());
    for (int i = 0; i < 100; i++) {
      assertEquals("{\"value\":\"%s %d\"}".formatted(content, i), lines.get(i));
    }
  }

  @Test
  void aModelOfOtherContentIsNotedAndItsPredecessorsRowsAreMoved() throws IOException {
    writeSome(model("m.onnx", "old"));

    var stats = write(-1, model("m.onnx", "newer"));

    assertEquals(
        List.of(
            "%s held 3 segments (24 rows), but the model m.onnx had the SHA-256 cba06b5736fa and has %s: they were moved to %s, this run starts from the first row"
                .formatted(folder, "NEW", folder.resolve("superseded-1"))),
        stats.notes().stream().map(note -> note.replaceAll("has \\w{12}:", "has NEW:")).toList());
    assertEquals(100, stats.rows());
    assertAllOf("newer");
    assertEquals(24, Written.lines(folder.resolve("superseded-1")).size());
  }

  @Test
  void nothingOfTheNewModelIsAmongTheOldRowsWhateverHappens() throws IOException {
    writeSome(model("m.onnx", "old"));

    Path changed = model("m.onnx", "newer");
    assertThrows(GristmillException.class, () -> write(29, changed));

    assertTrue(
        Written.lines(folder.resolve("superseded-1")).stream().allMatch(l -> l.contains("old")));
    assertTrue(Written.lines(folder).stream().allMatch(line -> line.contains("newer")));
    assertEquals(1, write(-1, changed).notes().size());
    assertAllOf("newer");
  }

  @Test
  void anotherModelIsNoted() throws IOException {
    writeSome(model("m.onnx", "old"));

    var stats = write(-1, model("other.onnx", "other"));

    String why = "but the model other.onnx is new, the run had used [m.onnx, ";
    assertTrue(stats.notes().get(0).contains(why), stats.notes().toString());
    assertAllOf("other");
  }

  @Test
  void theSameModelElsewhereIsTheSame() throws IOException {
    writeSome(model("m.onnx", "old"));

    var stats = write(-1, model("copy/m.onnx", "old"));

    assertEquals(76, stats.rows());
    assertAllOf("old");
  }

  @Test
  void twoModelsMayHaveOneName() throws IOException {
    Path first = model("1/m.onnx", "one");
    Path second = model("2/m.onnx", "two");
    writeSome(first, second);

    assertEquals(76, write(-1, first, second).rows());
    assertAllOf("onetwo");

    folder = temporary.resolve("again");
    writeSome(first, second);
    model("2/m.onnx", "three");
    assertEquals(100, write(-1, first, second).rows());
    assertAllOf("onethree");
  }

  @Test
  void aModelThatALaterStageLoadsIsNoted() throws IOException {
    var first = numbers(100).mapBatches(4, 1, batch -> batch);
    Path file = model("m.onnx", "old");
    assertThrows(
        GristmillException.class,
        () ->
            first
                .mapBatches(4, ActorPool.of(1, device -> new Worker(29, file)))
                .writeJsonLines(folder.toString(), 8));
    model("m.onnx", "newer");

    first
        .mapBatches(4, ActorPool.of(1, device -> new Worker(-1, file)))
        .writeJsonLines(folder.toString(), 8);

    assertAllOf("newer");
  }

  @Test
  void aModelThatWasLoadedForAnotherRunIsNoted() throws IOException {
    Path file = model("m.onnx", "old");
    writeSome(file);
    model("m.onnx", "newer");
    try (var pool =
        ActorPool.<Integer, String>of(2, device -> new Worker(-1, file)).keepWarm("models")) {
      var dataset = numbers(100).mapBatches(4, pool);

      dataset.writeJsonLines(temporary.resolve("elsewhere").toString());
      dataset.writeJsonLines(folder.toString(), 8);
    }

    assertAllOf("newer");
    assertEquals(24, Written.lines(folder.resolve("superseded-1")).size());
  }

  @Test
  void aModelThatWasChangedAfterAllWasWrittenIsNoted() throws IOException {
    Path model = model("m.onnx", "old");
    write(-1, model);
    assertEquals(
        List.of(folder + " is complete: 100 rows, nothing was left to do"),
        write(-1, model).notes());

    model("m.onnx", "newer");
    var stats = write(-1, model);

    assertTrue(stats.notes().get(0).contains("but the model m.onnx had the SHA-256"));
    assertAllOf("newer");
  }

  @Test
  void otherPreprocessingIsNoted() throws IOException {
    Path model = model("m.onnx", "old");
    write(-1, model);

    var stats =
        numbers(100)
            .mapBatches(4, ActorPool.of(2, device -> new Worker(-1, "crop 224", model)))
            .writeJsonLines(folder.toString(), 8);

    assertTrue(
        stats.notes().get(0).contains("the model m.onnx's preprocessing and labels had"),
        stats.notes().toString());
    assertEquals(100, stats.rows());
  }
}
