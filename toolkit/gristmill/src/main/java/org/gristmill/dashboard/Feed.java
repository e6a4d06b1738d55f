package org.gristmill.dashboard;

import java.util.Optional;

/** What a dashboard shows. Asked on the dashboard's threads, while runs go on. */
public interface Feed {
  /** The machine and the latest runs, as JSON. */
  String runs();

  /** One run with its plan and timeline, as JSON; empty if it is not known any more. */
  Optional<String> run(long id);

  /** Figures for Prometheus, in its text format. */
  String metrics();
}
