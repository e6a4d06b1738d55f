package org.gristmill.dataset;

import org.gristmill.Image;
import org.gristmill.image.Decode;
import org.gristmill.observe.Work;

/**
 * Encoded bytes to pictures.
 *
 * @param shortSide pixels that the short side of a JPEG is to keep where it is decoded at a smaller
 *     size; {@link Decode#FULL_SIZE} where it is not
 */
public record Decoding(Image.Mode mode, int shortSide) implements Plan.RowFunction {
  @Override
  public Row<?> apply(Row<?> row) throws Exception {
    return row.with(
        Work.time(
            Work.Part.DECODE, () -> Decode.row((byte[]) row.value(), mode, shortSide, row.path())));
  }

  /** The step of a plan that does this. */
  public Plan.Transform step(Plan input) {
    String size =
        shortSide == Decode.FULL_SIZE ? "" : ", short side %d or more".formatted(shortSide);
    return new Plan.Transform(input, "decode to " + mode + size, this, true, 0);
  }

  /** The same at a smaller size, unless one was asked for. */
  Decoding atLeast(int pixels) {
    return shortSide == Decode.FULL_SIZE ? new Decoding(mode, pixels) : this;
  }
}
