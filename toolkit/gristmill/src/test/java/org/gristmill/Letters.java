package org.gristmill;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A dead-letter file as a reader of JSON sees it. */
record Letters(List<Letter> all) {
  /** A line. */
  record Letter(long row, String path, String stage, String cause) {}

  static Letters of(Path file) throws IOException {
    var gson = new Gson();
    return new Letters(
        Files.readAllLines(file).stream().map(line -> gson.fromJson(line, Letter.class)).toList());
  }

  List<Long> rows() {
    return all.stream().map(Letter::row).toList();
  }

  Letter get(int index) {
    return all.get(index);
  }
}
