package org.gristmill;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.gristmill.model.ModelFile;

/**
 * What a model wants done to a picture: resize so that the short side has so many pixels, cut the
 * square in the middle, divide by 255, subtract the mean and divide by the standard deviation of
 * each channel. Immutable.
 *
 * @param shortSide pixels, at least crop
 * @param resampling the filter
 * @param crop side of the square, in pixels
 * @param mean red, green, blue, on a scale of 0..1
 * @param std red, green, blue, on a scale of 0..1
 */
public record Preprocessing(
    int shortSide, Resampling resampling, int crop, List<Float> mean, List<Float> std)
    implements Serializable {

  /** Pillow's antialiasing filters. */
  public enum Resampling {
    /** A triangle, 2 source pixels wide. */
    BILINEAR(1),
    /** Keys' cubic with a = -0.5, 4 source pixels wide. */
    BICUBIC(2);

    private final double support;

    Resampling(double support) {
      this.support = support;
    }

    /** Half the filter's width, in source pixels. */
    public double support() {
      return support;
    }

    /** The filter's value at a distance from its centre, in source pixels. */
    public double weight(double distance) {
      double x = Math.abs(distance);
      if (this == BILINEAR) {
        return x < 1 ? 1 - x : 0;
      }
      double a = -0.5;
      if (x < 1) {
        return ((a + 2) * x - (a + 3)) * x * x + 1;
      }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }
  }

  /**
   * What a model wants, by the name or path that {@link ImageClassifier#load(String)} takes. The
   * model is not loaded.
   *
   * @throws GristmillException if there is no such model, or nothing says how it wants its pictures
   */
  public static Preprocessing of(String nameOrPath) {
    return ModelFile.find(nameOrPath).preprocessing();
  }

  public Preprocessing {
    Objects.requireNonNull(resampling, "resampling");
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (crop < 1 || shortSide < crop) {
      throw new IllegalArgumentException(
          "a crop takes 1 to shortSide pixels, not %d of %d".formatted(crop, shortSide));
    }
    boolean finite = mean.stream().allMatch(Float::isFinite);
    boolean positive = std.stream().allMatch(value -> value > 0 && Float.isFinite(value));
    if (mean.size() != 3 || std.size() != 3 || !finite || !positive) {
      throw new IllegalArgumentException(
          "mean and std need 3 numbers each, those of std above 0: " + mean + ", " + std);
    }
  }
}
