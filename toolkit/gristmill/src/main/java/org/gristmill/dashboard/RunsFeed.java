package org.gristmill.dashboard;

import java.util.Optional;
import java.util.function.Supplier;
import org.gristmill.observe.Runs;

/**
 * A session's runs. Thread-safe.
 *
 * @param figures for Prometheus, in its text format
 */
public record RunsFeed(Runs latest, Supplier<String> figures) implements Feed {
  @Override
  public String runs() {
    return SnapshotJson.summaries(latest.latest());
  }

  @Override
  public Optional<String> run(long id) {
    return latest.find(id).map(SnapshotJson::whole);
  }

  @Override
  public String metrics() {
    return figures.get();
  }
}
