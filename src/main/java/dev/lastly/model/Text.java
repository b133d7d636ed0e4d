package dev.lastly.model;

import java.util.Objects;

/** Limits on texts that people write and that other people read in a terminal. */
final class Text {
  private Text() {}

  static String checked(String name, String value, int maxLength) {
    Objects.requireNonNull(value, name);
    if (value.length() > maxLength) {
      throw new IllegalArgumentException(
          "%s has %d characters; at most %d are kept".formatted(name, value.length(), maxLength));
    }
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(name + " contains control characters");
    }
    return value;
  }
}
