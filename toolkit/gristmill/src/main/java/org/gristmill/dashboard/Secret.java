package org.gristmill.dashboard;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;

/** What a server asks for: by default 128 bits that nobody can guess, as 32 hexadecimal digits. */
public record Secret(String digits) {
  private static final int BYTES = 16;

  public static Secret random() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return new Secret(HexFormat.of().formatHex(bytes));
  }

  /** Takes as long whichever digit differs, so that its time tells nothing. */
  public boolean is(String guess) {
    return MessageDigest.isEqual(
        digits.getBytes(StandardCharsets.UTF_8), guess.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "a secret";
  }
}
