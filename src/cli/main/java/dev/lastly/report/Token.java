package dev.lastly.report;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * A secret of 256 random bits, which a request must have to be answered.
 *
 * @param text the bits as part of an address
 */
record Token(String text) {
  private static final int BYTES = 32;

  static Token random() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return new Token(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /** Compares in constant time, so that the time tells nothing about the token. */
  boolean matches(String guess) {
    return MessageDigest.isEqual(
        text.getBytes(StandardCharsets.UTF_8), guess.getBytes(StandardCharsets.UTF_8));
  }

  /** Without the bits, so that they get into no log. */
  @Override
  public String toString() {
    return "Token[…]";
  }
}
