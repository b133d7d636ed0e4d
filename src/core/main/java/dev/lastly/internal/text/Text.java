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
   * @throws IllegalArgumentException if it is longer, or has control characters or halves of
   *     surrogate pairs
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
    if (value.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE)) {
      throw new IllegalArgumentException(
          name + " contains half of a surrogate pair, which no file can hold; remove it");
    }
    return value;
  }

  /**
   * A text for a log. Rows may hold any text: it must not begin a line that looks like another
   * record, nor make a terminal act. Only the line breaks of a stack trace stay.
   *
   * @param text any text
   * @param most how much of it to show
   * @return the text, with escapes such as {@code \\u001b}, and with the number of characters that
   *     were left out
   */
  public static String forLog(String text, int most) {
    String shown = text;
    if (text.length() > most) {
      int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
      shown = text.substring(0, end) + " … (" + text.length() + " characters)";
    }
    return isPlain(shown) ? shown : escaped(shown);
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        return text.codePoints().noneMatch(Text::isHidden);
      }
    }
    return true;
  }

  private static String escaped(String text) {
    StringBuilder line = new StringBuilder(text.length() + 16);
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      if (!isHidden(c) || isOfTrace(text, i)) {
        line.appendCodePoint(c);
      } else {
        line.append(escape(c));
      }
      i += Character.charCount(c);
    }
    return line.toString();
  }

  /** Whether a line break, or a tab after one, belongs to a stack trace. */
  private static boolean isOfTrace(String text, int index) {
    char c = text.charAt(index);
    if (c == '\n') {
      return text.startsWith("\t", index + 1) || text.startsWith("Caused by: ", index + 1);
    }
    return c == '\t' && index > 0 && "\n\t".indexOf(text.charAt(index - 1)) >= 0;
  }

  /**
   * How Java, JSON and bash write a character that cannot be shown.
   *
   * @param c the character
   * @return its escape
   */
  static String escape(int c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\t' -> "\\t";
      case '\r' -> "\\r";
      default -> String.format(Locale.ROOT, c > 0xFFFF ? "\\U%08x" : "\\u%04x", c);
    };
  }

  /**
   * Whether a character could move a cursor, turn the direction of a text, or be invisible.
   *
   * @param c the character
   * @return whether to escape it
   */
  public static boolean isHidden(int c) {
    return isActive(c)
        || Character.getType(c) == Character.UNASSIGNED
        || Character.getType(c) == Character.PRIVATE_USE;
  }

  /** Controls, half characters, and what turns the direction of a text or ends a line. */
  static boolean isActive(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
