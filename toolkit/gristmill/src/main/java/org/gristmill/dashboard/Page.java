package org.gristmill.dashboard;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The page: one HTML text that holds its styles and scripts, and in a report its data, so that it
 * asks nobody for anything else.
 */
final class Page {
  private static final List<String> STYLES = List.of("uPlot.min.css", "page.css");
  private static final List<String> SCRIPTS =
      List.of(
          "uPlot.iife.min.js",
          "format.js",
          "dom.js",
          "stages.js",
          "timeline.js",
          "gantt.js",
          "compare.js",
          "run.js",
          "feed.js",
          "page.js");

  private Page() {}

  /**
   * A page that asks the dashboard which it came from for its data.
   *
   * @param nonce allows our scripts and styles, and no others
   */
  static String live(String nonce) {
    return html(nonce, "", "");
  }

  /** A page that holds its data, to be opened from a file. */
  static String report(String nonce, String json) {
    String policy =
        "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">".formatted(policy(nonce, ""));
    // No message in the data can end the script: within JSON a < is only ever part of a string.
    String data =
        "<script type=\"application/json\" id=\"data\">"
            + json.replace("<", "\\u003c")
            + "</script>";
    return html(nonce, policy, data);
  }

  /** What a client without the token gets: a reload has it from the page before. */
  static String locked(String nonce) {
    return text("locked.html").replace("NONCE", nonce);
  }

  /**
   * What the page may do.
   *
   * @param more directives
   */
  static String policy(String nonce, String more) {
    return "default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; img-src data:; base-uri 'none'; form-action 'none'%s"
        .formatted(nonce, nonce, more);
  }

  private static String html(String nonce, String policy, String data) {
    return text("page.html")
        .replace("<!-- policy -->", policy)
        .replace("<!-- styles -->", parts(STYLES, "style", nonce))
        .replace("<!-- scripts -->", data + parts(SCRIPTS, "script", nonce));
  }

  private static String parts(List<String> files, String tag, String nonce) {
    return files.stream()
        .map(file -> "<%s nonce=\"%s\">\n%s</%s>".formatted(tag, nonce, text(file), tag))
        .collect(Collectors.joining("\n"));
  }

  private static String text(String file) {
    try (InputStream in = Page.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks org/gristmill/dashboard/" + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot read " + file + " of the dashboard", failed);
    }
  }
}
