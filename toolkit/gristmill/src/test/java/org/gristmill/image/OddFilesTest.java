package org.gristmill.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import org.gristmill.Image;
import org.gristmill.Image.Mode;
import org.gristmill.SharedData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** Every file of {@code shared/data/images/odd} against Pillow: see odd.csv beside this class. */
@ExtendWith(SharedData.class)
class OddFilesTest {
  private static final Path FOLDER = SharedData.FOLDER.resolve("images/odd");

  private static double mean(Image image, int channel) {
    long sum = 0;
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        sum += image.sample(x, y, channel);
      }
    }
    return (double) sum / image.width() / image.height();
  }

  @ParameterizedTest
  @CsvFileSource(resources = "odd.csv", numLinesToSkip = 1)
  void comesOutOrIsRefused(
      String name,
      Integer width,
      Integer height,
      Double red,
      Double green,
      Double blue,
      String refusal)
      throws Exception {
    Path file = FOLDER.resolve(name);
    if (refusal != null) {
      var told =
          assertThrows(
              IOException.class, () -> Decode.row(Decode.read(file), Mode.RGB, file.toString()));
      assertTrue(told.getMessage().startsWith(refusal), told.getMessage());
      assertTrue(told.getMessage().endsWith(" take it out of the folder."), told.getMessage());
      var grey =
          assertThrows(
              IOException.class, () -> Decode.row(Decode.read(file), Mode.GREY, file.toString()));
      assertEquals(told.getMessage(), grey.getMessage());
      return;
    }
    Image image = Decode.row(Decode.read(file), Mode.RGB, file.toString());
    Image grey = Decode.row(Decode.read(file), Mode.GREY, file.toString());

    assertEquals(width, image.width());
    assertEquals(height, image.height());
    assertEquals(red, mean(image, 0), 0.2); // WebP's decoders differ by 0.18
    assertEquals(green, mean(image, 1), 0.2);
    assertEquals(blue, mean(image, 2), 0.2);
    assertEquals(width, grey.width());
    assertEquals(0.299 * red + 0.587 * green + 0.114 * blue, mean(grey, 0), 0.2);
  }

  @Test
  void theTableNamesEveryFile() throws IOException {
    var files = new TreeSet<String>();
    try (var list = Files.list(FOLDER)) {
      list.forEach(file -> files.add(file.getFileName().toString()));
    }
    var named = new TreeSet<String>();
    try (var table = OddFilesTest.class.getResourceAsStream("odd.csv")) {
      new String(table.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .forEach(line -> named.add(line.replaceAll(",.*", "")));
    }
    assertEquals(files, named);
  }
}
