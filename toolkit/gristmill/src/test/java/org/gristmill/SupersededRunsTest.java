package org.gristmill;

import static org.gristmill.Written.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A run that is another one than the one that wrote a folder starts anew, and says why. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class SupersededRunsTest {
  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void setUp() {
    folder = temporary.resolve("out");
  }

  private static <T> List<T> failAt(List<T> batch, T row) {
    if (batch.contains(row)) {
      throw new IllegalStateException("not yet");
    }
    return batch;
  }

  /** Three files of 8 rows are committed, then it fails. */
  private void writeSome() throws IOException {
    var rows = numbers(100).mapBatches(4, 2, batch -> failAt(batch, 29));
    assertThrows(GristmillException.class, () -> rows.writeJsonLines(folder.toString(), 8));
    assertEquals(24, Written.lines(folder).size());
  }

  private void assertSuperseded(String why, RunStats stats, long rows) throws IOException {
    Path old = folder.resolve("superseded-1");
    assertEquals(
        List.of(
            "%s held 3 segments (24 rows)%s: they were moved to %s, this run starts from the first row"
                .formatted(folder, why, old)),
        stats.notes());
    assertEquals(rows, stats.rows());
    assertEquals(24, Written.lines(old).size());
  }

  private void assertAnotherPlan(String was, String is, RunStats stats, long rows)
      throws IOException {
    String why = " of a run with another plan (it was %s, it is %s)".formatted(was, is);
    assertSuperseded(why, stats, rows);
  }

  @Test
  void anotherLimitIsNoted() throws IOException {
    writeSome();

    var stats =
        numbers(100).limit(40).mapBatches(4, 2, b -> b).writeJsonLines(folder.toString(), 8);

    assertAnotherPlan("mapBatches(4)", "limit(40) > mapBatches(4)", stats, 40);
    assertEquals(40, Written.lines(folder).size());
  }

  @Test
  void anotherBatchSizeIsNoted() throws IOException {
    writeSome();

    var stats = numbers(100).mapBatches(8, 2, b -> b).writeJsonLines(folder.toString(), 8);

    assertAnotherPlan("mapBatches(4)", "mapBatches(8)", stats, 100);
  }

  @Test
  void anotherVersionOfTheWorkerIsNoted() throws IOException {
    writeSome();
    var pool = ActorPool.<Integer, Integer>of(2, device -> batch -> batch).version("prompt 2");

    var stats = numbers(100).mapBatches(4, pool).writeJsonLines(folder.toString(), 8);

    assertAnotherPlan("mapBatches(4)", "mapBatches(4, version prompt 2)", stats, 100);
  }

  @Test
  void anotherFormatAndRowsPerFileAreNoted() throws IOException {
    writeSome();

    var stats = numbers(100).mapBatches(4, 2, b -> b).writeCsv(folder.toString(), 16);

    assertSuperseded(
        " of a run with another format (it was JSON_LINES, 8 rows a segment, it is CSV, 16 rows a"
            + " segment)",
        stats,
        100);
  }

  @Test
  void anotherSourceIsNoted() throws IOException {
    writeSome();

    var stats = numbers(60).mapBatches(4, 2, b -> b).writeJsonLines(folder.toString(), 8);

    assertSuperseded(
        " of a run with another source (it was of(100 rows), it is of(60 rows))", stats, 60);
  }

  private static final String ROWS = ", but the source does not begin with the same rows any more";

  @Test
  void otherRowsBeforeThePlaceAreNoted() throws IOException {
    writeSome();

    var stats =
        Dataset.of(numbers(100).map(i -> i == 3 ? 333 : i).toList())
            .mapBatches(4, 2, b -> b)
            .writeJsonLines(folder.toString(), 8);

    assertSuperseded(ROWS, stats, 100);
    assertEquals("{\"value\":333}", Written.lines(folder).get(3));
  }

  @Test
  void otherCellsOfACsvBeforeThePlaceAreNoted() throws IOException {
    Path csv = temporary.resolve("source.csv");
    String text = "n\n" + "1\n".repeat(40);
    Files.writeString(csv, text);
    var rows = Dataset.readCsv(csv.toString());
    assertThrows(
        GristmillException.class,
        () ->
            rows.mapBatches(4, 1, b -> b.size() < 4 ? List.of() : b)
                .limit(39)
                .mapBatches(4, 1, b -> b.size() < 4 ? null : b)
                .writeJsonLines(folder.toString(), 12));
    assertEquals(36, Written.lines(folder).size());

    Files.writeString(csv, text.replaceFirst("1", "2"));
    var stats =
        rows.mapBatches(4, 1, b -> b)
            .limit(39)
            .mapBatches(4, 1, b -> b)
            .writeJsonLines(folder.toString(), 12);

    assertTrue(stats.notes().get(0).contains(ROWS), stats.notes().toString());
    assertEquals("{\"n\":\"2\"}", Written.lines(folder).get(0).replaceFirst("\"path.*?,", ""));
  }

  private Path picture(String name) throws IOException {
    Path file = Files.createDirectories(temporary.resolve("pictures")).resolve(name);
    ImageIO.write(new BufferedImage(3, 3, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
    return file;
  }

  private Dataset<Map<String, String>> pictures(String failing) {
    return Dataset.readImages(temporary.resolve("pictures").toString())
        .map(image -> Path.of(image.path()).getFileName().toString())
        .mapBatches(4, 2, batch -> failAt(batch, failing))
        .map(name -> Map.of("name", name));
  }

  private void writeSomePictures() throws IOException {
    for (int i = 10; i < 50; i++) {
      picture(i + ".png");
    }
    var rows = pictures("39.png");
    assertThrows(GristmillException.class, () -> rows.writeJsonLines(folder.toString(), 8));
    assertEquals(24, Written.lines(folder).size());
  }

  private RunStats writePictures() {
    return pictures("none").writeJsonLines(folder.toString(), 8);
  }

  @Test
  void aFileThatCameBeforeThePlaceIsNoted() throws IOException {
    writeSomePictures();
    picture("10a.png");

    assertSuperseded(ROWS, writePictures(), 41);
  }

  @Test
  void aFileThatWentIsNoted() throws IOException {
    writeSomePictures();
    Files.delete(temporary.resolve("pictures/17.png"));

    assertSuperseded(ROWS, writePictures(), 39);
  }

  @Test
  void aFileOfAnotherSizeIsNoted() throws IOException {
    writeSomePictures();
    Path file = temporary.resolve("pictures/17.png");
    FileTime time = Files.getLastModifiedTime(file);
    ImageIO.write(new BufferedImage(30, 30, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
    Files.setLastModifiedTime(file, time);

    assertSuperseded(ROWS, writePictures(), 40);
  }

  @Test
  void aFileThatWasChangedLaterIsNoted() throws IOException {
    writeSomePictures();
    Path file = temporary.resolve("pictures/17.png");
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));

    assertSuperseded(ROWS, writePictures(), 40);
  }

  @Test
  void whatChangesBehindThePlaceIsSimplyRead() throws IOException {
    writeSomePictures();
    picture("40a.png");
    Files.delete(temporary.resolve("pictures/45.png"));

    var stats = writePictures();

    assertEquals(
        List.of(folder + ": went on after 24 rows that an earlier run had written"), stats.notes());
    assertEquals(16, stats.rows());
    assertEquals(40, Written.lines(folder).stream().distinct().count());
  }

  @Test
  void aSourceThatHasGrownBehindACompleteRunIsGoneOnWith() throws IOException {
    writeSomePictures();
    writePictures();
    assertEquals(0, writePictures().rows());

    picture("99.png");
    var stats = writePictures();

    assertEquals(
        List.of(folder + ": went on after 40 rows that an earlier run had written"), stats.notes());
    assertEquals(1, stats.rows());
    assertEquals(41, Written.lines(folder).stream().distinct().count());
    assertEquals(0, writePictures().rows());
  }

  @Test
  void aSourceThatChangedBehindACompleteRunIsNoted() throws IOException {
    writeSomePictures();
    writePictures();
    Files.delete(temporary.resolve("pictures/17.png"));

    var stats = writePictures();

    assertTrue(
        stats.notes().get(0).contains("the source does not begin with the same rows any more"),
        stats.notes().toString());
    assertEquals(39, stats.rows());
    assertEquals(39, Written.lines(folder).size());
  }

  @Test
  void aLimitThatWasReachedLetsNothingMoreThrough() throws IOException {
    var rows = numbers(100).limit(40).mapBatches(4, 2, b -> b);
    rows.writeJsonLines(folder.toString(), 8);

    var stats = rows.writeJsonLines(folder.toString(), 8);

    assertEquals(List.of(folder + " is complete: 40 rows, nothing was left to do"), stats.notes());
  }
}
