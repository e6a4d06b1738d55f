package org.gristmill.image;

import javax.imageio.IIOException;

/** No picture, and why; the message does not name the file. */
final class Refused extends IIOException {
  static final String CONVERT = "Convert the file or take it out of the folder.";

  private static final String REPAIR = "Repair the file or take it out of the folder.";
  private static final long serialVersionUID = 1;

  private final String advice;

  Refused(String why) {
    this(why, REPAIR);
  }

  Refused(String why, String advice) {
    super(why);
    this.advice = advice;
  }

  Refused(String why, Throwable cause) {
    super(why, cause);
    advice = REPAIR;
  }

  /** What to do about a file. */
  String advice() {
    return advice;
  }
}
