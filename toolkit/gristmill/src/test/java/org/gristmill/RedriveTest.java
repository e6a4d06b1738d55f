package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rows that were set aside are run again, once what they failed for is mended. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class RedriveTest {
  @TempDir Path folder;
  private Path file;
  private final Set<Integer> poison = new ConcurrentSkipListSet<>(Set.of(3, 40, 41));
  private final Set<Integer> touched = new ConcurrentSkipListSet<>();

  @BeforeEach
  void name() {
    file = folder.resolve("letters.jsonl");
  }

  private Dataset<Integer> numbers(int n) {
    return Dataset.of(IntStream.range(0, n).boxed().toList())
        .map(
            i -> {
              touched.add(i);
              return i;
            })
        .mapBatches(
            8,
            2,
            batch -> {
              if (batch.stream().anyMatch(poison::contains)) {
                throw new IllegalArgumentException("poison");
              }
              return batch;
            });
  }

  private void setAside(Dataset<?> dataset) {
    dataset.onError(OnError.setAside(file.toString())).toList();
  }

  private GristmillException refused(Dataset<?> dataset) {
    return assertThrows(GristmillException.class, () -> dataset.redrive(file.toString()).toList());
  }

  @Test
  void rowsOfAListAreFoundByTheirNumber() {
    setAside(numbers(100));
    poison.clear();
    touched.clear();

    var run = numbers(100).redrive(file.toString()).toList();

    assertEquals(List.of(3, 40, 41), new ArrayList<>(run));
    assertEquals(Set.of(3, 40, 41), touched);
  }

  @Test
  void whatFailsAgainGoesToAnotherFileUnderItsOldNumber() throws Exception {
    setAside(numbers(100));
    poison.remove(3);
    String again = folder.resolve("again.jsonl").toString();

    var run = numbers(100).redrive(file.toString()).onError(OnError.setAside(again)).toList();

    assertEquals(List.of(3), new ArrayList<>(run));
    assertEquals(List.of(40L, 41L), Letters.of(Path.of(again)).rows());
    assertEquals(List.of(3L, 40L, 41L), Letters.of(file).rows());
  }

  @Test
  void theSameFileIsRefusedUnderAnyName() throws Exception {
    setAside(numbers(100));
    String before = Files.readString(file);
    for (Path name : List.of(file, folder.resolve("x/../letters.jsonl"))) {
      Files.createDirectories(folder.resolve("x"));
      var dataset =
          numbers(100).redrive(file.toString()).onError(OnError.setAside(name.toString()));

      var failure = assertThrows(GristmillException.class, dataset::toList);

      assertEquals(
          "the rows of "
              + file
              + " are redriven, so what fails again cannot go there: give another"
              + " file to OnError.setAside",
          failure.getMessage());
      assertEquals(before, Files.readString(file));
    }
  }

  @Test
  void aMissingFileIsTold() {
    assertTrue(
        refused(numbers(100)).getMessage().startsWith("cannot read the dead-letter file " + file));
  }

  @Test
  void aMalformedLineIsToldByItsNumber() throws Exception {
    String good = "{\"row\":3,\"path\":null,\"stage\":\"map\",\"cause\":\"x\"}\n";
    for (String bad :
        List.of("", "{}", "{\"row\":", "[1]", "{\"row\":\"three\"}", "{\"row\":[1,2]}", "3")) {
      Files.writeString(file, good + bad + "\n");

      assertEquals(
          "line 2 of " + file + " is no row that was set aside",
          refused(numbers(100)).getMessage());
    }
  }

  @Test
  void rowsThatAreGoneFromTheSourceAreTold() {
    setAside(numbers(100));
    poison.clear();

    assertEquals(
        "2 rows of " + file + " are not in the source any more, such as row 40",
        refused(numbers(20)).getMessage());
  }

  @Test
  void rowsBehindFlatMapBatchesAreRefused() {
    var flat =
        Dataset.of(IntStream.range(0, 10).boxed().toList())
            .flatMapBatches(2, batch -> List.of(batch.get(0), batch.get(0), 7))
            .map(i -> 10 / (i - 4));
    setAside(flat);

    assertEquals(
        "cannot redrive row 6 of "
            + file
            + ": it failed in map, behind flatMapBatches, whose"
            + " results cannot be told from its rows. Run the whole dataset again.",
        refused(flat).getMessage());
  }

  @Test
  void rowsThatCouldNotBeWrittenBehindFlatMapBatchesAreRefused() {
    var flat =
        Dataset.of(IntStream.range(0, 10).boxed().toList())
            .flatMapBatches(2, batch -> List.of(1.0, Double.NaN));
    flat.onError(OnError.setAside(file.toString()))
        .writeJsonLines(folder.resolve("out").toString());

    assertTrue(refused(flat).getMessage().contains("it failed in writeJsonLines, behind"));
  }

  @Test
  @ExtendWith(SharedData.class)
  void brokenPicturesComeOutOnceTheyAreReplaced() throws Exception {
    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    Path odd = SharedData.FOLDER.resolve("images/odd");
    try (var files = Files.list(odd)) {
      for (Path from : files.toList()) {
        Files.copy(from, pictures.resolve(from.getFileName()));
      }
    }
    var dataset = Dataset.readImages(pictures.toString()).map(image -> image.path());

    var first = dataset.onError(OnError.setAside(file.toString())).toList();

    var aside = new TreeSet<String>();
    Letters.of(file).all().forEach(letter -> aside.add(letter.path()));
    assertEquals(refusedPictures(pictures), aside);
    var out = new TreeSet<>(first);
    out.retainAll(aside);
    assertEquals(Set.of(), out);
    assertEquals(aside.size() + first.size(), dataset.count());

    for (String broken : aside) {
      Files.copy(
          odd.resolve("cat.jpg"),
          Path.of(broken),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    var again = dataset.redrive(file.toString()).toList();
    assertEquals(List.copyOf(aside), new ArrayList<>(again));
  }

  private static Set<String> refusedPictures(Path folder) throws IOException {
    var names = new TreeSet<String>();
    try (var table = SharedData.class.getResourceAsStream("image/odd.csv")) {
      new String(table.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .filter(line -> line.contains(",,,,,,") && !line.startsWith("notes.txt")) // no picture
          .forEach(line -> names.add(folder.resolve(line.replaceAll(",.*", "")).toString()));
    }
    assertEquals(10, names.size());
    return names;
  }

  @Test
  void aRowWhosePathChangedOnTheWayIsFoundByThatOfItsSource() throws Exception {
    Path list = folder.resolve("list.csv");
    Files.writeString(list, "file\na.jpg\nb.jpg\nc.jpg\n");
    var pictures =
        Dataset.readCsv(list.toString())
            .map(row -> Image.of(1, 1, Image.Mode.GREY, new byte[1], row.get("file")));
    var failing =
        pictures.map(
            image -> {
              if (image.path().equals("b.jpg")) {
                throw new IllegalStateException("broken");
              }
              return image;
            });
    String letters = folder.resolve("letters.jsonl").toString();

    failing.onError(OnError.setAside(letters)).toList();

    assertEquals("b.jpg", Dataset.readJsonLines(letters).take(1).get(0).get("path"));
    assertEquals("b.jpg", pictures.redrive(letters).toList().get(0).path());
  }
}
