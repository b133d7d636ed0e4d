package dev.lastly.report;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON that may stand inside a script element: no character in a string can end the element,
 * begin a comment, or be anything but itself. All of it is ASCII: its length is that of the file.
 * For one thread.
 */
final class Json {
  private final StringBuilder out = new StringBuilder();

  Json begin(char bracket) {
    separate();
    out.append(bracket);
    return this;
  }

  Json end(char bracket) {
    out.append(bracket);
    return this;
  }

  /** The name of what comes next. */
  Json name(String name) {
    string(name);
    out.append(':');
    return this;
  }

  Json number(long value) {
    separate();
    out.append(value);
    return this;
  }

  /** Milliseconds since a base, or null. */
  Json time(@Nullable Instant instant, long base) {
    return instant == null ? nothing() : number(Units.millis(instant) - base);
  }

  Json nothing() {
    separate();
    out.append("null");
    return this;
  }

  Json string(String value) {
    separate();
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c > '~' || "\"\\<>&'".indexOf(c) >= 0) {
        escape(c);
      } else {
        out.append(c);
      }
    }
    out.append('"');
    return this;
  }

  private void escape(char c) {
    out.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      out.append(Character.forDigit((c >> shift) & 0xF, 16));
    }
  }

  int length() {
    return out.length();
  }

  private void separate() {
    int last = out.length() - 1;
    if (last >= 0 && "[{:".indexOf(out.charAt(last)) < 0) {
      out.append(',');
    }
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
