package org.gristmill.drift;

/**
 * A number that is looked at: of a picture, as the model's worker is given it, or of what the model
 * said.
 */
public enum Feature {
  /** Pixels, before the picture was resized and cropped for a model. */
  WIDTH("width"),
  /** As the width. */
  HEIGHT("height"),
  /** Mean luma, 0..255. */
  BRIGHTNESS("brightness"),
  /** Standard deviation of luma. */
  CONTRAST("contrast"),
  /** Mean of the channel, 0..255. */
  RED("red"),
  /** Mean of the channel, 0..255. */
  GREEN("green"),
  /** Mean of the channel, 0..255. */
  BLUE("blue"),
  /** Mean distance of a pixel's largest channel to its smallest, 0..255. */
  SATURATION("saturation"),
  /** Standard deviation of luma's Laplacian: small where a picture is blurred, large with noise. */
  SHARPNESS("sharpness"),
  /** The share of pixels, 0..1, whose Laplacian is at most 1: what a coder or a limit made even. */
  FLATNESS("flatness"),
  /** The highest probability, 0..1; it and the next ones are -1 where a worker gave no number. */
  CONFIDENCE("confidence"),
  /** By how much it is above the second one, 0..1. */
  MARGIN("margin"),
  /** In nats, of the most probable classes that a prediction names and all others as one. */
  ENTROPY("entropy"),
  /** See {@link Outputs}. */
  EMBEDDING_1("embedding 1"),
  EMBEDDING_2("embedding 2"),
  EMBEDDING_3("embedding 3"),
  EMBEDDING_4("embedding 4");

  /** How many there are. */
  static final int COUNT = values().length;

  private final String title;

  Feature(String title) {
    this.title = title;
  }

  /** Where it stands among all, from 0. */
  @SuppressWarnings("EnumOrdinal") // files name features by their titles
  public int place() {
    return ordinal();
  }

  /** As people read it. */
  public String title() {
    return title;
  }
}
