package org.gristmill.cluster;

import org.gristmill.GristmillException;

/** What was thrown on an executor, where it cannot travel as it is: its text and where it was. */
public final class RemoteFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private RemoteFailure(String text) {
    super(text);
  }

  /** What stands for this in the driver's process: an {@link Error} for an error. */
  static Throwable unlessItTravels(Throwable thrown) {
    try {
      Parcel.back(thrown, "a failure");
      return thrown;
    } catch (RuntimeException cannot) {
      String text = GristmillException.reason(thrown);
      var same = thrown instanceof Error ? new Error(text) : new RemoteFailure(text);
      same.setStackTrace(thrown.getStackTrace());
      return same;
    }
  }
}
