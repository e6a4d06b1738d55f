package org.gristmill.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.gristmill.GristmillException;
import org.gristmill.OnError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLettersTest {
  @TempDir Path temporary;

  private static Row<?> row(long number) {
    return new Row<Object>(number, "row/" + number, 1)
        .failed(new GristmillException("no luck", "map", number, "row/" + number, null));
  }

  private DeadLetters open(long keep) {
    var aside = OnError.setAside(temporary.resolve("deep/letters.jsonl").toString());
    return DeadLetters.open(Options.standard().onError(aside), keep);
  }

  @Test
  void anInterruptDoesNotStopALetterFromBeingWritten() throws Exception {
    long length;
    try (var letters = open(0)) {
      Thread.currentThread().interrupt();
      letters.add(row(3));
      length = letters.force();
      assertTrue(Thread.interrupted());
    }

    Path file = temporary.resolve("deep/letters.jsonl");
    assertEquals(length, Files.size(file));
    assertEquals(List.of(new DeadLetters.Letter(3, "row/3", "map")), DeadLetters.read(file));
  }

  @Test
  void whatIsBehindTheLastCommitIsCutOff() throws Exception {
    long kept;
    try (var letters = open(0)) {
      letters.add(row(1));
      kept = letters.force();
      letters.add(row(2));
    }
    try (var letters = open(kept)) {
      letters.add(row(4));
    }

    var read = DeadLetters.read(temporary.resolve("deep/letters.jsonl"));
    assertEquals(List.of(1L, 4L), read.stream().map(DeadLetters.Letter::row).toList());
  }

  @Test
  void aFileOfSomethingElseIsRefusedWithItsLine() throws Exception {
    Path file = temporary.resolve("letters.jsonl");
    Files.writeString(file, "{\"row\":1,\"stage\":\"map\"}\n{\"n\":1}\n");

    var told = assertThrows(GristmillException.class, () -> DeadLetters.read(file));

    assertEquals("line 2 of " + file + " is no row that was set aside", told.getMessage());
  }
}
