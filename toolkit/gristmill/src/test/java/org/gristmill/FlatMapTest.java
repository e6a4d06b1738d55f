package org.gristmill;

import static org.gristmill.Written.lines;
import static org.gristmill.Written.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rows that become any number of rows; tiles among them. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class FlatMapTest {
  @TempDir Path folder;

  private static Image picture(int number) {
    return Image.of(100, 70, Image.Mode.GREY, new byte[7000], "picture-" + number);
  }

  private static Dataset<Image> pictures(int n) {
    return Dataset.of(IntStream.range(0, n).mapToObj(FlatMapTest::picture).toList());
  }

  /** As many rows as a number says, or, of every third one, none. */
  private static List<Integer> repeated(int i) {
    return i % 3 == 0 ? List.of() : Collections.nCopies(i, i);
  }

  @Test
  void rowsKeepTheirOrder() {
    var run = numbers(200).flatMap(FlatMapTest::repeated).map(i -> -i).toList();

    var expected = IntStream.range(0, 200).boxed().flatMap(i -> repeated(i).stream());
    assertEquals(expected.map(i -> -i).toList(), new ArrayList<>(run));
  }

  @Test
  void tilesSayWhichPartOfWhichPictureTheyAre() {
    var run = pictures(2).flatMap(Tiles.of(64, 16)).map(Image::toString).toList();

    assertEquals(8, run.size());
    assertEquals("Image 64 x 64 x 1", run.get(5));
    assertEquals("picture-1#xywh=36,0,64,64", run.path(5).orElseThrow());
    assertEquals("picture-1#xywh=36,6,64,64", run.path(7).orElseThrow());
  }

  @Test
  void aPictureThatIsSmallerThanATileIsOneTile() {
    var run = pictures(1).flatMap(Tiles.of(512, 64)).toList();

    assertEquals(1, run.size());
    assertEquals("picture-0#xywh=0,0,100,70", run.get(0).path());
    assertEquals(picture(0).samples(), run.get(0).samples());
  }

  @Test
  void thePlanNamesTheTilesAndOtherFunctionsFlatMap() {
    String read = pictures(1).flatMap(Tiles.of(64, 16)).explain().stages().get(1).name();

    assertEquals("tiles(64, overlap 16)", read);
    assertEquals("flatMap", numbers(1).flatMap(List::of).explain().stages().get(1).name());
  }

  @Test
  void tilesThatCannotCoverAPictureAreRefused() {
    for (int[] bad : new int[][] {{0, 0}, {10, -1}, {10, 10}}) {
      var refused = assertThrows(IllegalArgumentException.class, () -> Tiles.of(bad[0], bad[1]));
      assertTrue(refused.getMessage().contains(bad[0] + " and " + bad[1]), refused.getMessage());
    }
  }

  @Test
  void whatIsNoTileHasNoArea() {
    var refused = assertThrows(IllegalArgumentException.class, () -> Tiles.area("a.jpg#7"));

    assertEquals("a.jpg#7 is not a tile: it does not end in #xywh=x,y,w,h", refused.getMessage());
  }

  @Test
  void aFunctionThatReturnsNullOrANullIsToldWithItsRow() {
    var nothing = assertThrows(GristmillException.class, numbers(9).flatMap(i -> null)::toList);
    var hole =
        assertThrows(
            GristmillException.class,
            numbers(9).flatMap(i -> Arrays.asList(i, i < 4 ? i : null))::toList);

    assertEquals(
        "flatMap failed on row 0: NullPointerException: it returned null: an empty list drops the"
            + " row",
        nothing.getMessage());
    assertEquals(
        "flatMap failed on row 4: NullPointerException: there is a null in the list that it"
            + " returned",
        hole.getMessage());
  }

  @Test
  void aTileThatFailsIsSetAsideAlone() throws Exception {
    Path file = folder.resolve("letters.jsonl");

    var run = failing(Set.of("picture-1#xywh=36,0,64,64", "picture-1#xywh=0,6,64,64"), 3, file);

    assertEquals(10, run.size());
    assertEquals(List.of(1L, 1L), Letters.of(file).rows());
    var letter = Dataset.readJsonLines(file.toString()).toList().get(0);
    assertEquals("picture-1#xywh=36,0,64,64", letter.get("path"));
  }

  /**
   * The guilty tiles cannot be told from their picture, so all of its tiles are run again, once.
   */
  @Test
  void aRedriveRunsThePicturesOfWhichTilesFailed() {
    Path file = folder.resolve("letters.jsonl");
    failing(Set.of("picture-1#xywh=36,0,64,64", "picture-1#xywh=0,6,64,64"), 3, file);

    var run = pictures(3).flatMap(Tiles.of(64, 16)).redrive(file.toString()).toList();

    assertEquals(4, run.size());
    assertEquals("picture-1#xywh=0,0,64,64", run.path(0).orElseThrow());
  }

  private static Run<Image> failing(Set<String> guilty, int pictures, Path file) {
    return pictures(pictures)
        .flatMap(Tiles.of(64, 16))
        .map(
            tile -> {
              if (guilty.contains(tile.path())) {
                throw new IllegalStateException("no luck");
              }
              return tile;
            })
        .onError(OnError.setAside(file.toString()))
        .toList();
  }

  @Test
  void aJobThatFailedGoesOnWithoutLosingOrRepeatingATile() throws Exception {
    String out = folder.resolve("out").toString();
    Set<Integer> poison = new ConcurrentSkipListSet<>(Set.of(61));
    Dataset<Integer> rows =
        numbers(100)
            .flatMap(i -> List.of(10 * i, 10 * i + 1, 10 * i + 2))
            .filter(i -> i % 4 != 2)
            .map(
                i -> {
                  if (poison.contains(i / 10)) {
                    throw new IllegalStateException("no luck");
                  }
                  return i;
                })
            .mapBatches(8, batch -> batch);

    assertThrows(GristmillException.class, () -> rows.writeJsonLines(out, 7));
    poison.clear();
    var rest = rows.writeJsonLines(out, 7);
    String peaceful = folder.resolve("peaceful").toString();
    rows.writeJsonLines(peaceful, 7);

    assertTrue(rest.rows() < 150, rest.rows() + " rows");
    assertEquals(lines(Path.of(peaceful)), lines(Path.of(out)));
    assertEquals(0, rows.writeJsonLines(out, 7).rows());
  }

  /** The limit lies amid what was made of a row, which alone says where to go on. */
  @Test
  void aJobThatHasReachedItsLimitIsComplete() throws Exception {
    String out = folder.resolve("out").toString();
    var rows = numbers(100).flatMap(i -> List.of(10 * i, 10 * i + 1, 10 * i + 2)).limit(50);

    rows.writeJsonLines(out, 7);
    var again = rows.writeJsonLines(out, 7);

    assertEquals(0, again.rows());
    assertEquals(50, lines(Path.of(out)).size());
  }

  @Test
  void aJobThatReachesItsLimitWithTheFirstRowIsComplete() throws Exception {
    String out = folder.resolve("out").toString();
    var rows = numbers(100).flatMap(i -> List.of(10 * i, 10 * i + 1, 10 * i + 2)).limit(2);

    rows.writeJsonLines(out, 7);

    assertEquals(0, rows.writeJsonLines(out, 7).rows());
    assertEquals(2, lines(Path.of(out)).size());
  }
}
