package org.gristmill.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableTest {
  @ParameterizedTest
  @CsvSource({
    "true,''", "true,-", "true,12", "true,-1.5", "true,'1,234 rows/s'", "true,40 %", "true,7ms",
    "false,a", "false,'12 '", "false,12 MB", "false,+", "false,- 1", "false,1 2", "false,1 a b"
  })
  void aColumnIsNumericIfItsCellsAreNumbers(boolean isNumeric, String cell) {
    var table = new Table(List.of("title", ""), List.of(List.of("1", "x"), List.of(cell, "2")));

    assertArrayEquals(new boolean[] {isNumeric, false}, table.numericColumns());
  }

  @ParameterizedTest
  @CsvSource({
    "0 kB,0",
    "1 kB,1",
    "1000 kB,999999",
    "1.0 MB,1000000",
    "9.9 MB,9900000",
    "10 MB,10000000",
    "'1,580 MB',1580000000",
    "'1,234,567 MB',1234567000000"
  })
  void bytesAreReadable(String text, long bytes) {
    assertEquals(text, Table.bytes(bytes));
  }

  @Test
  void whatAUserWroteIsText() {
    assertEquals("a &lt;b&gt; &amp; &quot;c&quot; d", Html.escape("a <b> & \"c\" d"));
    assertEquals("plain", Html.escape("plain"));
  }
}
