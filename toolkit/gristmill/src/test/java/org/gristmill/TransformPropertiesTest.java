package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.gristmill.Preprocessing.Resampling;

/** What holds for every picture. */
class TransformPropertiesTest {
  @Provide
  Arbitrary<Image> pictures() {
    Arbitrary<Integer> sides = Arbitraries.integers().between(1, 40);
    return Combinators.combine(sides, sides, Arbitraries.of(Image.Mode.class), Arbitraries.longs())
        .as(
            (width, height, mode, seed) -> {
              byte[] samples = new byte[width * height * mode.channels()];
              new Random(seed).nextBytes(samples);
              return Image.of(width, height, mode, samples, "p");
            });
  }

  private static void assertSame(Image expected, Image actual) {
    assertEquals(expected.width(), actual.width());
    assertEquals(expected.mode(), actual.mode());
    assertEquals(expected.samples(), actual.samples());
  }

  @Property(tries = 200)
  void whatIsFlippedTwiceIsAsItWas(@ForAll("pictures") Image image) {
    for (var flip : new Transform[] {Transform.horizontalFlip(), Transform.verticalFlip()}) {
      assertSame(image, flip.then(flip).apply(image));
    }
  }

  @Property(tries = 200)
  void aFlipPutsEverySampleOnTheOtherSide(@ForAll("pictures") Image image) {
    Image across = Transform.horizontalFlip().apply(image);
    Image over = Transform.verticalFlip().apply(image);
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        for (int c = 0; c < image.mode().channels(); c++) {
          assertEquals(image.sample(x, y, c), across.sample(image.width() - 1 - x, y, c));
          assertEquals(image.sample(x, y, c), over.sample(x, image.height() - 1 - y, c));
        }
      }
    }
  }

  @Property(tries = 200)
  void stepsThatChangeNothingChangeNothing(@ForAll("pictures") Image image) {
    int width = image.width();
    int height = image.height();
    assertSame(image, Transform.crop(0, 0, width, height).apply(image));
    for (var filter : Resampling.values()) {
      assertSame(image, Transform.resize(width, height, filter).apply(image));
      assertSame(image, Transform.resize(Math.min(width, height), filter).apply(image));
    }
    assertSame(image, Transform.brightness(1).apply(image));
    assertSame(image, Transform.contrast(1).apply(image));
    assertSame(image, Transform.saturation(1).apply(image));
  }

  /** Every pixel is in a tile, and is that of the picture where the tile's path says it lies. */
  @Property(tries = 300)
  void tilesCoverThePicture(
      @ForAll("pictures") Image image,
      @ForAll @IntRange(min = 1, max = 30) int size,
      @ForAll @IntRange(min = 0, max = 29) int overlap) {
    int shared = Math.min(overlap, size - 1);
    boolean[] covered = new boolean[image.width() * image.height()];
    for (Image tile : Tiles.of(size, shared).apply(image)) {
      var area = Tiles.area(tile.path());
      assertEquals(Math.min(size, image.width()), tile.width());
      assertEquals(Math.min(size, image.height()), tile.height());
      assertEquals(tile.width() + "," + tile.height(), area.width + "," + area.height);
      for (int y = 0; y < tile.height(); y++) {
        for (int x = 0; x < tile.width(); x++) {
          covered[(area.y + y) * image.width() + area.x + x] = true;
          for (int c = 0; c < image.mode().channels(); c++) {
            assertEquals(image.sample(area.x + x, area.y + y, c), tile.sample(x, y, c));
          }
        }
      }
    }
    for (boolean pixel : covered) {
      assertTrue(pixel);
    }
  }
}
