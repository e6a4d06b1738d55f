package org.gristmill;

import java.awt.Rectangle;
import java.util.AbstractList;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.gristmill.image.Shape;

/**
 * A large picture cut into squares of one size, row by row from the upper left, for {@link
 * Dataset#flatMap}: {@code images.flatMap(Tiles.of(512, 64))}. Immutable and thread-safe.
 *
 * <p>The last tile of a row and of a column ends where the picture does, and overlaps the one
 * before it by more than was asked for: every pixel is in a tile, and all tiles have the full size.
 * Along a side that is shorter than a tile there is one tile, as short as the picture.
 *
 * <p>The path of a tile is that of its picture with a fragment that says which part it is, in
 * pixels: {@code photo.jpg#xywh=448,0,512,512} is 512 wide and high and begins at x = 448, y = 0
 * (W3C Media Fragments URI 1.0, section 4.2.2).
 */
public final class Tiles implements Function<Image, List<Image>> {
  private static final Pattern AREA = Pattern.compile("#xywh=(\\d+),(\\d+),(\\d+),(\\d+)$");

  private final int size;
  private final int overlap;

  private Tiles(int size, int overlap) {
    this.size = size;
    this.overlap = overlap;
  }

  /**
   * Tiles of that size.
   *
   * @param size of a side, in pixels
   * @param overlap of neighbours, in pixels: what lies on an edge is whole in one of them if it is
   *     no larger
   */
  public static Tiles of(int size, int overlap) {
    if (size < 1 || overlap < 0 || overlap >= size) {
      throw new IllegalArgumentException(
          "a tile has 1 or more pixels and overlaps by fewer than it has, not %d and %d"
              .formatted(size, overlap));
    }
    return new Tiles(size, overlap);
  }

  /** The tiles of a picture; each is cut when it is asked for, so that not all are held at once. */
  @Override
  public List<Image> apply(Image image) {
    return new Cut(image, size, size - overlap);
  }

  /**
   * The part of its picture that a tile's path names, in pixels.
   *
   * @throws IllegalArgumentException if it names none
   */
  public static Rectangle area(String path) {
    var area = AREA.matcher(path);
    if (!area.find()) {
      throw new IllegalArgumentException(path + " is not a tile: it does not end in #xywh=x,y,w,h");
    }
    return new Rectangle(
        Integer.parseInt(area.group(1)),
        Integer.parseInt(area.group(2)),
        Integer.parseInt(area.group(3)),
        Integer.parseInt(area.group(4)));
  }

  /** What the step is called in plans, errors and the identity of a job. */
  @Override
  public String toString() {
    return "tiles(%d, overlap %d)".formatted(size, overlap);
  }

  private static final class Cut extends AbstractList<Image> implements RandomAccess {
    private final Image image;
    private final int size;
    private final int step;
    private final int columns;
    private final int rows;

    Cut(Image image, int size, int step) {
      this.image = image;
      this.size = size;
      this.step = step;
      columns = count(image.width());
      rows = count(image.height());
    }

    private int count(int side) {
      return side <= size ? 1 : (side - size + step - 1) / step + 1;
    }

    private int begin(int index, int side) {
      return Math.max(0, Math.min(index * step, side - size));
    }

    @Override
    public Image get(int index) {
      Objects.checkIndex(index, size());
      int x = begin(index % columns, image.width());
      int y = begin(index / columns, image.height());
      int width = Math.min(size, image.width());
      int height = Math.min(size, image.height());
      Image tile = Shape.cropped(image, x, y, width, height);
      String path = image.path();
      return path == null
          ? tile
          : tile.at("%s#xywh=%d,%d,%d,%d".formatted(path, x, y, width, height));
    }

    @Override
    public int size() {
      return rows * columns;
    }
  }
}
