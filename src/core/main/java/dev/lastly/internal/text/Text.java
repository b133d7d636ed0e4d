package dev.lastly.internal.text;

import java.util.Locale;
import java.util.Objects;

/** Checks texts that people write and that other people read in a terminal. Stateless. */
public final class Text {
  private Text() {}

  /**
   * Checks a text.
   *
   * @param name the name of the text for the message
   * @param value the text
   * @param maxLength the limit on its length in characters
   * @return the text
   * @throws IllegalArgumentException if it is longer or has control characters
   */
  public static String checked(String name, String value, int maxLength) {
    Objects.requireNonNull(value, name);
    if (value.length() > maxLength) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has %d characters; the limit is %d",
              name,
              value.length(),
              maxLength));
    }
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(name + " contains control characters; remove them");
    }
    return value;
  }
}
