package org.gristmill;

import java.util.Locale;
import java.util.Objects;
import org.gristmill.Preprocessing.Resampling;
import org.gristmill.image.Colour;
import org.gristmill.image.Shape;
import org.gristmill.observe.Work;

/**
 * A step of preprocessing: a picture in, a picture out, for {@link Dataset#map}. Named, and doing
 * what is usual, as torchvision's {@code transforms.v2} on pictures of Pillow's; samples are those
 * that Pillow makes. A picture keeps its path. Immutable and thread-safe.
 *
 * <pre>{@code
 * images.map(Transform.resize(256)).map(Transform.centerCrop(224))
 * }</pre>
 *
 * <p>A model's own {@link Preprocessing} comes after these steps, whatever they are: it resizes and
 * crops what they give.
 */
public final class Transform implements RowFunction<Image, Image> {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final RowFunction<Image, Image> function;

  private Transform(String name, RowFunction<Image, Image> function) {
    this.name = name;
    this.function = function;
  }

  /**
   * Resized so that the short side has so many pixels; the long side follows, rounded down. With a
   * triangle filter, antialiased.
   */
  public static Transform resize(int shortSide) {
    return resize(shortSide, Resampling.BILINEAR);
  }

  /** The same with another filter. */
  public static Transform resize(int shortSide, Resampling filter) {
    requirePixels("resize", shortSide, shortSide);
    return new Transform(
        "resize(%d, %s)".formatted(shortSide, name(filter)),
        image ->
            Shape.resized(
                image, Shape.width(image, shortSide), Shape.height(image, shortSide), filter));
  }

  /** Resized to that width and height, whatever that does to the picture's proportions. */
  public static Transform resize(int width, int height) {
    return resize(width, height, Resampling.BILINEAR);
  }

  /** The same with another filter. */
  public static Transform resize(int width, int height, Resampling filter) {
    requirePixels("resize", width, height);
    return new Transform(
        "resize(%d, %d, %s)".formatted(width, height, name(filter)),
        image -> Shape.resized(image, width, height, filter));
  }

  /**
   * The square in the middle. A picture that is smaller is a failed row; torchvision would give it
   * a black border.
   */
  public static Transform centerCrop(int size) {
    requirePixels("centerCrop", size, size);
    return new Transform(
        "centerCrop(" + size + ")",
        image -> {
          int x = Shape.middle(image.width(), size);
          int y = Shape.middle(image.height(), size);
          return cropped(image, x, y, size, size);
        });
  }

  /**
   * The part whose upper left corner is at (x, y), in pixels. A picture in which it does not lie is
   * a failed row.
   */
  public static Transform crop(int x, int y, int width, int height) {
    requirePixels("crop", width, height);
    if (x < 0 || y < 0) {
      throw new IllegalArgumentException("crop begins in the picture, not at " + x + ", " + y);
    }
    return new Transform(
        "crop(%d, %d, %d, %d)".formatted(x, y, width, height),
        image -> cropped(image, x, y, width, height));
  }

  private static Image cropped(Image image, int x, int y, int width, int height) {
    if (x < 0 || y < 0 || width > image.width() - x || height > image.height() - y) {
      throw new IllegalArgumentException(
          ("a picture of %d x %d (width x height) has no part of %d x %d at %d, %d: resize it before"
                  + " (Transform.resize), or have such rows set aside (OnError.setAside)")
              .formatted(
                  image.width(), image.height(), width, height, Math.max(0, x), Math.max(0, y)));
    }
    return Shape.cropped(image, x, y, width, height);
  }

  /** Left and right exchanged. */
  public static Transform horizontalFlip() {
    return new Transform("horizontalFlip", Shape::flippedHorizontally);
  }

  /** Top and bottom exchanged. */
  public static Transform verticalFlip() {
    return new Transform("verticalFlip", Shape::flippedVertically);
  }

  /** One channel, the luma of {@link Image.Mode#GREY}. */
  public static Transform grey() {
    return new Transform("grey", image -> Colour.in(Image.Mode.GREY, image));
  }

  /** Three channels; those of a grey picture are the same. */
  public static Transform rgb() {
    return new Transform("rgb", image -> Colour.in(Image.Mode.RGB, image));
  }

  /**
   * Darker, or brighter: every sample times the factor, as Pillow's {@code ImageEnhance.Brightness}
   * and torchvision's {@code adjust_brightness}.
   *
   * @param factor 0 gives black, 1 the picture itself, 2 twice its brightness
   */
  public static Transform brightness(double factor) {
    float checked = factor("brightness", factor);
    return new Transform("brightness(" + factor + ")", image -> Colour.brightness(image, checked));
  }

  /**
   * Less contrast, or more: every sample's distance from the mean of the picture's luma times the
   * factor, as Pillow's {@code ImageEnhance.Contrast} and torchvision's {@code adjust_contrast}.
   *
   * @param factor 0 gives an even grey, 1 the picture itself
   */
  public static Transform contrast(double factor) {
    float checked = factor("contrast", factor);
    return new Transform("contrast(" + factor + ")", image -> Colour.contrast(image, checked));
  }

  /**
   * Paler, or more colourful: every sample's distance from its pixel's luma times the factor, as
   * Pillow's {@code ImageEnhance.Color} and torchvision's {@code adjust_saturation}. A grey picture
   * stays as it is.
   *
   * @param factor 0 gives grey, 1 the picture itself
   */
  public static Transform saturation(double factor) {
    float checked = factor("saturation", factor);
    return new Transform("saturation(" + factor + ")", image -> Colour.saturation(image, checked));
  }

  private static void requirePixels(String step, int width, int height) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "%s takes 1 or more pixels, not %d x %d".formatted(step, width, height));
    }
  }

  private static String name(Resampling filter) {
    return Objects.requireNonNull(filter, "filter").name().toLowerCase(Locale.ROOT);
  }

  private static float factor(String step, double factor) {
    if (!(factor >= 0 && factor <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "%s takes a factor of 0 or more, not %s".formatted(step, factor));
    }
    return (float) factor;
  }

  /** This step and then another, as one. */
  public Transform then(Transform next) {
    return new Transform(
        name + " > " + next.name, image -> next.function.apply(function.apply(image)));
  }

  /** The picture that the step makes of this one; it is not prepared for any model. */
  @Override
  public Image apply(Image image) {
    try {
      return Work.time(Work.Part.PREPARE, () -> function.apply(image));
    } catch (RuntimeException failed) {
      throw failed;
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible); // no step throws a checked one
    }
  }

  /** What the step is called in plans, errors and the identity of a job. */
  @Override
  public String toString() {
    return name;
  }
}
