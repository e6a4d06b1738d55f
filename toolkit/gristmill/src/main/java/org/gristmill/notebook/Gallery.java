package org.gristmill.notebook;

import java.util.List;
import java.util.stream.Collectors;
import org.gristmill.image.Thumbnail;

/**
 * Small pictures with what is to be said of each; {@link Html} draws them side by side, as text
 * only what is said is left.
 *
 * @param note a line below them
 */
public record Gallery(List<Picture> pictures, String note) {
  /**
   * A picture.
   *
   * @param name of its file
   * @param lines what is said of it
   */
  public record Picture(Thumbnail thumbnail, String name, List<String> lines) {
    public Picture {
      lines = List.copyOf(lines);
    }

    @Override
    public String toString() {
      return name + ": " + String.join(", ", lines);
    }
  }

  public Gallery {
    pictures = List.copyOf(pictures);
  }

  @Override
  public String toString() {
    return pictures.stream().map(picture -> picture + "\n").collect(Collectors.joining()) + note;
  }
}
