package org.gristmill.cluster;

import org.gristmill.GristmillException;

/** What was thrown on an executor, where it cannot travel as it is: its text and where it was. */
public final class RemoteFailure extends Exception {
  private static final long serialVersionUID = 1L;

  RemoteFailure(Throwable thrown) {
    super(GristmillException.reason(thrown));
    setStackTrace(thrown.getStackTrace());
  }
}
