package dev.lastly.internal.text;

import java.util.Locale;
import java.util.Objects;

/** Limits on texts that people write and that other people read in a terminal. */
public final class Text {
  private Text() {}

  /**
   * Checks a text.
   *
   * @param name what it is, for the message
   * @param value the text
   * @param maxLength most characters
   * @return the text
   * @throws IllegalArgumentException if it is longer or has control characters
   */
  public static String checked(String name, String value, int maxLength) {
    Objects.requireNonNull(value, name);
    if (value.length() > maxLength) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has %d characters; at most %d are kept",
              name,
              value.length(),
              maxLength));
    }
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(name + " contains control characters");
    }
    return value;
  }
}
