package org.gristmill.dataset;

import java.util.LinkedHashSet;
import java.util.Set;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.image.Thumbnail;
import org.gristmill.observe.LoadedModel;
import org.gristmill.observe.Meter;
import org.gristmill.observe.Work;
import org.gristmill.pool.Host;

/** What the parts of one run share. Owned by the driving thread. */
final class RunContext {
  private final Host host;
  private final Options options;
  private final Budget budget;
  private final Meter meter;
  private final boolean positions;
  private final Set<LoadedModel> models = new LinkedHashSet<>();
  private GristmillException broken;

  /**
   * @param positions whether rows are to carry where the run may start again
   */
  RunContext(Host host, Options options, Meter meter, boolean positions) {
    this.host = host;
    this.options = options;
    this.budget = new Budget(options.memory());
    this.meter = meter;
    this.positions = positions;
  }

  Host host() {
    return host;
  }

  Options options() {
    return options;
  }

  Budget budget() {
    return budget;
  }

  boolean failsFast() {
    return !options.setsAside();
  }

  boolean hasPositions() {
    return positions;
  }

  /** Something that a reader of the stats should know. */
  void note(String note) {
    meter.note(note);
  }

  /** This row is about to fail: if it is a picture, it may be shown. */
  void failed(Row<?> row) {
    if (row.value() instanceof Image image && meter.wantsPictures()) {
      meter.picture(row.number(), Thumbnail.of(image));
    }
  }

  Meter meter() {
    return meter;
  }

  /** The models that were loaded for this run. */
  void models(Work work) {
    models.addAll(work.models());
  }

  Set<LoadedModel> models() {
    return models;
  }

  /** The run cannot go on, whatever happens to single rows. */
  void breaks(GristmillException why) {
    broken = broken == null ? why : broken;
  }

  /**
   * @throws GristmillException if the run cannot go on
   */
  void check() {
    if (broken != null) {
      throw broken;
    }
  }
}
