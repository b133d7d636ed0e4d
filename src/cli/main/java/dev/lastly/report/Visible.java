package dev.lastly.report;

import dev.lastly.internal.text.Text;
import java.util.Locale;

/**
 * Makes text safe to show. A name may contain characters that are invisible, that reverse the
 * direction of the text after them, or that a document must not contain; they are shown by their
 * numbers.
 */
final class Visible {
  private Visible() {}

  /** The text, with every invisible or forbidden character replaced by its number. */
  static String text(String value) {
    StringBuilder out = null;
    int length = 0;
    for (int i = 0; i < value.length(); i += length) {
      int c = value.codePointAt(i);
      length = Character.charCount(c);
      if (isPlain(c)) {
        if (out != null) {
          out.appendCodePoint(c);
        }
      } else {
        out = out == null ? new StringBuilder(value.substring(0, i)) : out;
        out.append(number(c));
      }
    }
    return out == null ? value : out.toString();
  }

  /** The first characters, with an ellipsis as the last one if there are more. */
  static String start(String value, int most) {
    return value.length() <= most
        ? text(value)
        : text(value.substring(0, end(value, most - 1))) + "…";
  }

  /** The first characters, and how many more there are. */
  static String bounded(String value, int most) {
    if (value.length() <= most) {
      return text(value);
    }
    int end = end(value, most);
    return text(value.substring(0, end)) + "… (" + (value.length() - end) + " more)";
  }

  /** The end index that does not split a surrogate pair. */
  private static int end(String value, int most) {
    return Character.isHighSurrogate(value.charAt(most - 1)) ? most - 1 : most;
  }

  private static boolean isPlain(int c) {
    return c == '\n'
        || c == '\t'
        || c == 0x200C
        || c == 0x200D // the last two control how letters join
        || !Text.isHidden(c);
  }

  private static String number(int c) {
    return String.format(Locale.ROOT, c > 0xFFFF ? "\\u{%x}" : "\\u%04x", c);
  }
}
