package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.gristmill.Preprocessing.Resampling;
import org.gristmill.image.Pack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Pictures that are made as a model wants them before an actor gets them. */
@ExtendWith(NothingLeft.class)
class AheadOfActorsTest {
  private static final Preprocessing INPUT =
      new Preprocessing(
          32,
          Resampling.BICUBIC,
          28,
          List.of(0.485f, 0.456f, 0.406f),
          List.of(0.229f, 0.224f, 0.225f));

  /** A picture in which no two rows or columns are alike. */
  private static Image picture(int number) {
    byte[] samples = new byte[60 * 40 * 3];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) (i * i / 7 + number);
    }
    return Image.of(60, 40, Image.Mode.RGB, samples, "picture-" + number);
  }

  private static Dataset<Image> pictures(int n) {
    return Dataset.of(IntStream.range(0, n).boxed().toList()).map(AheadOfActorsTest::picture);
  }

  /** Says what a worker got. */
  private static ActorPool<Image, String> seeing() {
    return ActorPool.of(
        2,
        device ->
            batch ->
                batch.stream()
                    .map(
                        image ->
                            "%s %s %s"
                                .formatted(
                                    image.path(), image, image.preparedFor().map(p -> "prepared")))
                    .toList());
  }

  @Test
  void workersGetPicturesAsTheirModelSeesThem() {
    var run = pictures(5).mapBatches(2, seeing().input(INPUT)).toList();

    assertEquals("picture-3 Image 28 x 28 x 3 Optional[prepared]", run.get(3));
  }

  @Test
  void workersThatSayNothingGetPicturesAsTheyAre() {
    var run = pictures(5).mapBatches(2, seeing()).toList();

    assertEquals("picture-3 Image 40 x 60 x 3 Optional.empty", run.get(3));
  }

  @Test
  void thePlanShowsWhatIsDoneAheadBeforeAndAfterTheRun() {
    var prepared = pictures(5).mapBatches(2, seeing().input(INPUT));

    String ahead = "map > resize and crop to 28 x 28";
    assertEquals(ahead, prepared.explain().stages().get(1).name());
    assertEquals(ahead, prepared.toList().plan().stages().get(1).name());
  }

  @Test
  void aLimitBetweenThemChangesNothing() {
    var run = pictures(50).mapBatches(4, seeing().input(INPUT)).take(3);

    assertEquals("picture-2 Image 28 x 28 x 3 Optional[prepared]", run.get(2));
  }

  @Test
  void rowsThatAreNoPicturesAreRefusedByName() {
    ActorPool<String, String> pool = ActorPool.of(1, device -> batch -> batch);
    var rows = Dataset.of(List.of("a", "b")).map(letter -> letter).mapBatches(1, pool.input(INPUT));

    var failed = assertThrows(GristmillException.class, rows::toList);

    assertTrue(failed.getMessage().contains("row 0"), failed.getMessage());
    assertTrue(failed.getMessage().contains("this row is a String"), failed.getMessage());
  }

  @Test
  void aModelRefusesWhatWasPreparedForAnother() {
    var other = new Preprocessing(32, Resampling.BILINEAR, 28, INPUT.mean(), INPUT.std());
    Image prepared = new Pack(INPUT).prepared(picture(7));

    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Pack(other).put(prepared, FloatBuffer.allocate(3 * 28 * 28)));

    assertTrue(refused.getMessage().startsWith("picture-7 was resized"), refused.getMessage());
    assertTrue(refused.getMessage().contains("ActorPool.input"), refused.getMessage());
  }

  @Test
  void jpegsAreDecodedSmallerWhereThePoolAllowsIt(@TempDir Path folder) throws IOException {
    var large = new BufferedImage(400, 300, BufferedImage.TYPE_3BYTE_BGR);
    ImageIO.write(large, "jpg", folder.resolve("large.jpg").toFile());
    var images = Dataset.readImages(folder.toString());

    var scaled = images.mapBatches(2, seeing().scaledInput(INPUT));
    var exact = images.mapBatches(2, seeing().input(INPUT));

    String end = " > resize and crop to 28 x 28";
    String decode = "read > decode to RGB";
    assertEquals(decode + ", short side 32 or more" + end, scaled.explain().stages().get(1).name());
    assertEquals(decode + end, exact.explain().stages().get(1).name());
    assertEquals(exact.toList(), scaled.toList());
  }

  /** What a model would see, wherever that is made of a picture. */
  private static ActorPool<Image, Object> modelling() {
    return ActorPool.of(
        2,
        device -> {
          var pack = new Pack(INPUT);
          return batch ->
              batch.stream()
                  .<Object>map(image -> List.of(image.path(), pack.prepared(image).samples()))
                  .toList();
        });
  }

  @Test
  void stepsBeforeTheActorsLeaveWhatTheirModelSeesAsItIs() {
    var tinted = Transform.contrast(1.4).then(Transform.saturation(0.5));
    var whole = pictures(9).map(Transform.resize(50)).map(Transform.horizontalFlip());
    var grey = pictures(9).map(Transform.grey()).map(tinted);
    var tiles = pictures(9).map(Transform.resize(120)).flatMap(Tiles.of(64, 16)).map(tinted);
    for (Dataset<Image> images : List.of(whole, grey, tiles, whole.limit(5), tiles.limit(20))) {
      var within = images.mapBatches(4, modelling()).toList();

      assertEquals(within, images.mapBatches(4, modelling().input(INPUT)).toList());
      assertEquals(within, images.mapBatches(4, modelling().scaledInput(INPUT)).toList());
    }
  }

  @Test
  void picturesAreNotDecodedSmallerWhereAStepTakesThem(@TempDir Path folder) throws IOException {
    var large = new BufferedImage(400, 300, BufferedImage.TYPE_3BYTE_BGR);
    ImageIO.write(large, "jpg", folder.resolve("large.jpg").toFile());
    var images = Dataset.readImages(folder.toString()).map(Transform.centerCrop(200));

    var scaled = images.mapBatches(2, seeing().scaledInput(INPUT));

    assertEquals(
        "read > decode to RGB > centerCrop(200) > resize and crop to 28 x 28",
        scaled.explain().stages().get(1).name());
    assertEquals(1, scaled.toList().size());
  }
}
