package dev.lastly.report;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * What one must know to be answered: 256 random bits.
 *
 * @param text the bits as they stand in an address
 */
record Token(String text) {
  private static final int BYTES = 32;

  static Token random() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return new Token(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /** Takes as long for a good guess as for a bad one. */
  boolean matches(String guess) {
    return MessageDigest.isEqual(
        text.getBytes(StandardCharsets.UTF_8), guess.getBytes(StandardCharsets.UTF_8));
  }

  /** It gets into no log. */
  @Override
  public String toString() {
    return "Token[…]";
  }
}
