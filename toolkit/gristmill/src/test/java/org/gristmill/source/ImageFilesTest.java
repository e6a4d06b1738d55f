package org.gristmill.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.NothingLeft;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NothingLeft.class)
class ImageFilesTest {
  @TempDir Path folder;

  private void picture(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(new BufferedImage(4, 3, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
  }

  @BeforeEach
  void pictures() throws IOException {
    picture("b/2.png");
    picture("b/1.png");
    picture("a.png");
    picture("c/deep/er/x.JPG");
    picture("C \u00e9\u4e2d/ name with spaces \u00fc.png");
    picture("no_extension");
    Files.writeString(folder.resolve("notes.txt"), "hello");
    Files.writeString(folder.resolve("b/empty_without_extension"), "");
  }

  @Test
  void filesComeInTheOrderOfTheirNamesFromFoldersBelowToo() {
    var run = Dataset.readImages(folder.toString()).toList();

    var names =
        IntStream.range(0, run.size())
            .mapToObj(i -> folder.relativize(Path.of(run.path(i).orElseThrow())).toString())
            .toList();
    assertEquals(
        java.util.List.of(
            "C \u00e9\u4e2d/ name with spaces \u00fc.png",
            "a.png",
            "b/1.png",
            "b/2.png",
            "c/deep/er/x.JPG",
            "no_extension"),
        names);
    assertEquals("[skipped 2 files that are no picture]", run.stats().notes().toString());
  }

  @Test
  void countReadsNoPicture() throws IOException {
    Files.writeString(folder.resolve("broken.jpg"), "not a picture at all");

    assertEquals(7, Dataset.readImages(folder.toString()).count());
  }

  @Test
  void aBrokenFileIsAnErrorThatNamesIt() throws IOException {
    Files.writeString(folder.resolve("broken.jpg"), "not a picture at all");

    var failure =
        assertThrows(
            GristmillException.class, () -> Dataset.readImages(folder.toString()).toList());

    assertTrue(
        failure
            .getMessage()
            .startsWith("decode to RGB failed on row 4 (" + folder.resolve("broken.jpg") + "): "),
        failure.getMessage());
    assertTrue(
        failure.getMessage().endsWith("Repair the file or take it out of the folder."),
        failure.getMessage());
    assertEquals(4, failure.row().orElseThrow());
    assertEquals(folder.resolve("broken.jpg").toString(), failure.path().orElseThrow());
  }

  @Test
  void rowsBeforeABrokenFileCanBeTaken() throws IOException {
    Files.writeString(folder.resolve("broken.jpg"), "not a picture at all");

    assertEquals(4, Dataset.readImages(folder.toString()).take(4).size());
  }

  @Test
  void aSingleFileIsADatasetOfOne() {
    assertEquals(1, Dataset.readImages(folder.resolve("a.png").toString()).toList().size());
    assertEquals(1, Dataset.readImages(folder.resolve("a.png").toUri().toString()).count());
  }

  @Test
  void aLinkBackIsNotFollowedForEver() throws IOException {
    Files.createSymbolicLink(folder.resolve("c/up"), folder);

    assertEquals(6, Dataset.readImages(folder.toString()).count());
  }

  @Test
  void whatIsNotThereIsSaidWhileBuilding() {
    var failure =
        assertThrows(
            GristmillException.class, () -> Dataset.readImages(folder.resolve("nope").toString()));

    assertEquals("no such file or folder: " + folder.resolve("nope"), failure.getMessage());
    var scheme =
        assertThrows(GristmillException.class, () -> Dataset.readImages("ftp://host/pictures"));
    assertEquals(
        "cannot read ftp://host/pictures: give a path, a file: URI or s3://bucket/prefix",
        scheme.getMessage());
  }

  @Test
  void aBucketIsNeeded() {
    var failure = assertThrows(GristmillException.class, () -> Dataset.readImages("s3:///train"));

    assertEquals("no bucket in s3:///train: give s3://bucket/prefix", failure.getMessage());
  }

  @Test
  void anEmptyFolderSaysSoWhenSomeoneLooks() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("z"));

    assertEquals(0, Dataset.readImages(empty.toString()).toList().size());
    assertThrows(GristmillException.class, () -> Dataset.readImages(empty.toString()).takeBatch(3));
  }
}
