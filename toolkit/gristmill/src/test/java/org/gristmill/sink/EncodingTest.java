package org.gristmill.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gristmill.Image;
import org.gristmill.Prediction;
import org.junit.jupiter.api.Test;

class EncodingTest {
  record Row(String name, long number, Double none, List<Float> scores) {}

  private static final Row ROW =
      new Row("<\u00fc \"q\"\n\ud83d\ude00>", Long.MAX_VALUE, null, List.of(0.1f, 1e-9f));

  private static String refusal(Object value) {
    return assertThrows(IllegalArgumentException.class, () -> JsonLines.encode(value, "p"))
        .getMessage();
  }

  private static Map<String, Object> map(Object... namesAndValues) {
    var map = new LinkedHashMap<String, Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }

  @Test
  void aRecordIsAnObjectThatBeginsWithThePath() {
    assertEquals(
        "{\"path\":\"a/\u00e9.jpg\",\"name\":\"<\u00fc \\\"q\\\"\\n\ud83d\ude00>\",\"number\":9223372036854775807,\"none\":null,\"scores\":[0.1,1.0E-9]}",
        JsonLines.encode(ROW, "a/\u00e9.jpg"));
    assertTrue(JsonLines.encode(ROW, null).startsWith("{\"name\":"));
  }

  @Test
  void aPredictionIsWritten() {
    var prediction =
        new Prediction(3, "tabby", 0.75f, List.of(new Prediction.Score(3, "tabby", 0.75f)));

    assertEquals(
        "{\"path\":\"p\",\"index\":3,\"label\":\"tabby\",\"confidence\":0.75,\"top\":[{\"index\":3,\"label\":\"tabby\",\"probability\":0.75}]}",
        JsonLines.encode(prediction, "p"));
  }

  @Test
  void aPathOfTheRowsOwnIsKept() {
    assertEquals("{\"a\":1,\"path\":\"mine\"}", JsonLines.encode(map("a", 1, "path", "mine"), "p"));
  }

  @Test
  void whatIsNoObjectIsAValue() {
    assertEquals("{\"path\":\"p\",\"value\":\"text\"}", JsonLines.encode("text", "p"));
    assertEquals("{\"value\":[1,null]}", JsonLines.encode(Arrays.asList(1, null), null));
    assertEquals("{\"value\":0.5}", JsonLines.encode(0.5, null));
  }

  @Test
  void whatJsonHasNoFormForIsNamed() {
    assertEquals(
        "member a.b[1] is NaN, for which JSON has no form: map the row to a record or a Map with null or a string instead",
        refusal(map("a", map("b", new float[] {1, Float.NaN}))));
    assertEquals(
        "the row is -Infinity, for which JSON has no form: map the row to a record or a Map with null or a string instead",
        refusal(Double.NEGATIVE_INFINITY));
  }

  @Test
  void whatCannotBeWrittenIsNamed() {
    String optional = refusal(map("ok", 1, "bad", Optional.of(1)));
    assertTrue(
        optional.startsWith("member bad, a java.util.Optional, cannot be written ("), optional);
    assertTrue(
        optional.endsWith(
            "): map the row to a record or a Map of numbers, strings, lists and maps"),
        optional);
    assertTrue(
        refusal(new Object() {}).contains("EncodingTest$1, cannot be written (its class has no"));
    var itself = new ArrayList<Object>();
    itself.add(itself);
    assertTrue(refusal(itself).contains("ArrayList, cannot be written (it holds itself, or is"));
    var endless = map();
    endless.put("a", endless);
    assertTrue(refusal(endless).contains("HashMap, cannot be written (it holds itself, or is"));
    assertTrue(
        refusal(Image.of(1, 1, Image.Mode.GREY, new byte[1], null)).contains("is a picture"));
  }

  @Test
  void membersAreColumnsAndWhatIsNestedIsJson() {
    var columns = Csv.columns(ROW, "a,b");

    assertEquals(List.of("path", "name", "number", "none", "scores"), columns);
    assertEquals(
        List.of("a,b", "<\u00fc \"q\"\n\ud83d\ude00>", "9223372036854775807", "", "[0.1,1.0E-9]"),
        Csv.cells(ROW, "a,b", columns));
    assertEquals(
        "\"a,b\",\"<\u00fc \"\"q\"\"\n\ud83d\ude00>\",9223372036854775807,,\"[0.1,1.0E-9]\"",
        Csv.line(Csv.cells(ROW, "a,b", columns)));
  }

  @Test
  void otherColumnsThanTheFirstRowsAreNamed() {
    var columns = Csv.columns(map("a", 1, "b", 2), null);
    assertEquals(List.of("2", "1"), Csv.cells(map("b", 1, "a", 2), null, columns));

    var failure =
        assertThrows(
            IllegalArgumentException.class, () -> Csv.cells(map("b", 1, "c", 2), null, columns));

    assertEquals(
        "the row has other columns than the first one (missing [a], new [c]): map rows to the same members, or write JSON Lines",
        failure.getMessage());
  }
}
