package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** After every test: no thread of a run lives, and no model holds native memory. */
public final class NothingLeft implements AfterEachCallback {
  @Override
  public void afterEach(ExtensionContext context) {
    var session = Session.start();
    assertEquals(List.of(), session.threads(), "threads left running");
    assertEquals(List.of(), session.models(), "models left open");
  }
}
