package org.gristmill.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.gristmill.Frames;
import org.junit.jupiter.api.Test;

class DataFrameTableTest {
  record Row(String name, Double value) {}

  @Test
  void aFrameIsATableOfItsFirstRowsAndItsSize() {
    var rows = IntStream.range(0, 1234).mapToObj(i -> new Row("row " + i, i / 3.0)).toList();

    Table table = DataFrameTable.of(Frames.of(rows));

    assertEquals(List.of("name", "value"), table.header());
    assertEquals(10, table.rows().size());
    assertEquals(List.of("row 1", "0.3333"), table.rows().get(1));
    assertEquals("the first 10 of 1,234 rows, 2 columns", table.note());
  }

  @Test
  void noValueIsAnEmptyCellAndNoNumberIsRoundedToNothing() {
    var rows = List.of(new Row(null, null), new Row("<b>", 1e-9), new Row("x", Double.NaN));

    Table table = DataFrameTable.of(Frames.of(rows));

    assertEquals(List.of("", ""), table.rows().get(0));
    assertEquals("1.000e-09", table.rows().get(1).get(1));
    assertEquals("NaN", table.rows().get(2).get(1));
    assertTrue(Html.of(Frames.of(rows)).orElseThrow().contains("&lt;b&gt;"));
  }
}
