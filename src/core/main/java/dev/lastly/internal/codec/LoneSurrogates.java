package dev.lastly.internal.codec;

import java.util.Locale;

/** Halves of surrogate pairs in JSON. Stateless. */
final class LoneSurrogates {
  private LoneSurrogates() {}

  /** UTF-8, and so the database, has no place for half a surrogate pair; a JSON escape has. */
  static String escape(String json) {
    StringBuilder out = null;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < json.length()
              && Character.isLowSurrogate(json.charAt(i + 1));
      if (out == null && Character.isSurrogate(c) && !pair) {
        out = new StringBuilder(json.length() + 16).append(json, 0, i);
      }
      if (out != null) {
        if (pair) {
          out.append(c).append(json.charAt(i + 1));
        } else if (Character.isSurrogate(c)) {
          out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
        } else {
          out.append(c);
        }
      }
      i += pair ? 1 : 0;
    }
    return out == null ? json : out.toString();
  }
}
