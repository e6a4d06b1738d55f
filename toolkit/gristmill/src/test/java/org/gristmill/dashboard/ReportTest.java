package org.gristmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.gristmill.Dataset;
import org.gristmill.GristmillException;
import org.gristmill.NothingLeft;
import org.gristmill.OnError;
import org.gristmill.Run;
import org.gristmill.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NothingLeft.class)
class ReportTest {
  private static final String HOSTILE = "</script><script>alert(1)</script><!-- \"' \u2028 🦀";
  private static final Pattern DATA =
      Pattern.compile(
          "<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL);

  @TempDir Path folder;

  private Run<Integer> run() {
    return Dataset.of(List.of(1, 2, 3, 4, 5))
        .map(
            i -> {
              if (i == 2) {
                throw new IllegalStateException(HOSTILE);
              }
              return i;
            })
        .mapBatches(2, batch -> batch)
        .onError(OnError.setAside(folder.resolve("failed.jsonl").toString()))
        .toList();
  }

  private static JsonObject data(Path report) throws Exception {
    var matcher = DATA.matcher(Files.readString(report));
    assertTrue(matcher.find(), "the report has its data");
    return JsonParser.parseString(matcher.group(1)).getAsJsonObject();
  }

  @Test
  void itHoldsTheRunAndNoMessageCanEndItsData() throws Exception {
    Path report = run().report(folder.resolve("run.html").toString());
    var runs = data(report).getAsJsonArray("runs");
    assertEquals(1, runs.size());
    var run = runs.get(0).getAsJsonObject();
    assertEquals("ended", run.get("state").getAsString());
    assertEquals(4, run.get("rows").getAsInt());
    assertEquals(1, run.get("setAside").getAsInt());
    var error = run.getAsJsonArray("errors").get(0).getAsJsonObject();
    assertTrue(error.get("message").getAsString().contains(HOSTILE), error.toString());
    assertFalse(Files.readString(report).contains("alert(1)</script>"));
  }

  @Test
  void itHasEverythingInOneFile() throws Exception {
    String html = Files.readString(run().report(folder.resolve("run.html").toString()));
    assertFalse(
        Pattern.compile("<script[^>]+src=|<link[^>]+stylesheet|@import").matcher(html).find());
    assertTrue(html.contains("Content-Security-Policy"));
    assertTrue(
        html.contains("https://github.com/leeoniya/uPlot"), "its charts, and whose they are");
  }

  @Test
  void itTakesThePlaceOfAnEarlierOneAndLeavesNothingElse() throws Exception {
    Path file = folder.resolve("reports").resolve("run.html");
    assertEquals(file.toAbsolutePath(), run().report(file.toString()));
    run().report(file.toString());
    try (var files = Files.list(file.getParent())) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void whereItCannotBeWrittenIsTold() throws Exception {
    Path file = folder.resolve("not-a-folder");
    Files.writeString(file, "");
    var run = run();
    var failed =
        assertThrows(
            GristmillException.class, () -> run.report(file.resolve("run.html").toString()));
    assertTrue(
        failed.getMessage().contains("cannot write the report " + file), failed.getMessage());
  }

  @Test
  void aSessionHasOneDashboardUntilItIsClosed() throws Exception {
    try (var session = Session.start()) {
      var dashboard = session.dashboard();
      assertEquals(dashboard, session.dashboard());
      dashboard.close();
      var next = session.dashboard();
      assertFalse(next.isClosed());
      session.close();
      assertTrue(next.isClosed());
    }
  }

  @Test
  void aRunThatTheSessionHasForgottenIsReportedAllTheSame() throws Exception {
    var first = run();
    for (int i = 0; i < 60; i++) {
      Dataset.of(List.of(1)).toList();
    }
    var data = data(first.report(folder.resolve("run.html").toString()));
    var run = data.getAsJsonArray("runs").get(0).getAsJsonObject();
    assertTrue(run.get("began").isJsonNull());
    assertEquals(4, run.get("rows").getAsInt());
  }
}
