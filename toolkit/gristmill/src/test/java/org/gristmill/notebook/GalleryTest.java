package org.gristmill.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.gristmill.Image;
import org.gristmill.image.Thumbnail;
import org.junit.jupiter.api.Test;

class GalleryTest {
  private static final Gallery TWO =
      new Gallery(
          List.of(picture("<a>.png", "v1: cat & dog", "label: cat"), picture("b.png", "v1: bee")),
          "2 of 5");

  private static Gallery.Picture picture(String name, String... lines) {
    var image = Image.of(2, 1, Image.Mode.GREY, new byte[2], name);
    return new Gallery.Picture(Thumbnail.of(image), name, List.of(lines));
  }

  @Test
  void aNotebookShowsEachPictureWithWhatIsSaidOfIt() {
    String html = Html.of(TWO).orElseThrow();

    assertEquals(2, html.split("<img alt=").length - 1);
    assertTrue(html.contains("src=\"data:image/png;base64,"), html);
    assertTrue(html.contains("<b>&lt;a&gt;.png</b><br>v1: cat &amp; dog<br>label: cat<"), html);
    assertTrue(html.endsWith("<p>2 of 5</p>"), html);
  }

  @Test
  void asTextALineEachIsLeft() {
    assertEquals("<a>.png: v1: cat & dog, label: cat\nb.png: v1: bee\n2 of 5", TWO.toString());
  }
}
