package org.gristmill.dataset;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import org.gristmill.Image;
import org.junit.jupiter.api.Test;

class FootprintTest {
  @Test
  void aMapTakesWhatAllItsMembersTake() {
    var row = new LinkedHashMap<String, Object>(); // as a data frame of pictures gives them
    row.put("path", "a.jpg");
    row.put("image", Image.of(1000, 1000, Image.Mode.RGB, new byte[3_000_000], "a.jpg"));

    long bytes = Footprint.of(row);

    assertTrue(bytes > 3_000_000 && bytes < 3_001_000, bytes + " bytes");
  }
}
