package dev.lastly.internal.text;

import org.jspecify.annotations.Nullable;

/**
 * Writes JSON, RFC 8259, for everything but the arguments of functions. A library costs a
 * short-lived program more time than all that it says. For one thread.
 */
public final class JsonWriter {
  private static final String ESCAPES = "btnvfr"; // of the characters from \b on; JSON has no \v

  private final StringBuilder out = new StringBuilder();
  private final boolean forScripts;
  private boolean separated = true; // whether a value may follow as it is

  private JsonWriter(boolean forScripts) {
    this.forScripts = forScripts;
  }

  /**
   * For terminals and files: a terminal must not see what a text wants it to do, so all characters
   * are escaped that could move the cursor, turn the direction of the text, or be invisible.
   *
   * @return a writer that has written nothing
   */
  public static JsonWriter forLines() {
    return new JsonWriter(false);
  }

  /**
   * For a script element of HTML: no character in a string can end the element, begin a comment, or
   * be anything but itself. All of it is ASCII: its length is that of the file.
   *
   * @return a writer that has written nothing
   */
  public static JsonWriter forScripts() {
    return new JsonWriter(true);
  }

  /**
   * Begins an array or an object.
   *
   * @param bracket {@code [} or <code>{</code>
   * @return this writer
   */
  public JsonWriter begin(char bracket) {
    separate();
    out.append(bracket);
    separated = true;
    return this;
  }

  /**
   * Ends an array or an object.
   *
   * @param bracket {@code ]} or <code>}</code>
   * @return this writer
   */
  public JsonWriter end(char bracket) {
    out.append(bracket);
    separated = false;
    return this;
  }

  /**
   * The name of the member that comes next.
   *
   * @param name any text
   * @return this writer
   */
  public JsonWriter name(String name) {
    text(name);
    out.append(':');
    separated = true;
    return this;
  }

  /**
   * A string.
   *
   * @param value any text; null is written as such
   * @return this writer
   */
  public JsonWriter text(@Nullable String value) {
    if (value == null) {
      return literal("null");
    }
    separate();
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c >= '\b' && c <= '\r' && c != '\u000b') {
        out.append('\\').append(ESCAPES.charAt(c - '\b'));
      } else {
        append(value, i);
      }
    }
    out.append('"');
    return this;
  }

  /**
   * A number.
   *
   * @param value the number; null is written as such
   * @return this writer
   * @throws IllegalArgumentException if JSON has no such number
   */
  public JsonWriter number(@Nullable Number value) {
    if (value != null && !Double.isFinite(value.doubleValue()) && isBinary(value)) {
      throw new IllegalArgumentException("JSON has no number " + value);
    }
    return literal(String.valueOf(value));
  }

  private static boolean isBinary(Number value) {
    return value instanceof Double || value instanceof Float; // a huge decimal is finite
  }

  /**
   * A truth value.
   *
   * @param value which
   * @return this writer
   */
  public JsonWriter truth(boolean value) {
    return literal(String.valueOf(value));
  }

  private JsonWriter literal(String text) {
    separate();
    out.append(text);
    return this;
  }

  /**
   * A value that is JSON already, in one line.
   *
   * @param json JSON text
   * @return this writer
   */
  public JsonWriter json(String json) {
    separate();
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c == '\n' || c == '\r' || c == '\t') {
        out.append(' '); // in JSON only ever white space between two tokens
      } else {
        append(json, i);
      }
    }
    return this;
  }

  /** A character that is itself or an escape: the same in a string and in JSON. */
  private void append(String text, int index) {
    char c = text.charAt(index);
    boolean plain =
        forScripts
            ? c >= ' ' && c <= '~' && "<>&'".indexOf(c) < 0
            : !Text.isActive(codePoint(text, index));
    if (plain) {
      out.append(c);
      return;
    }
    out.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      out.append(Character.forDigit((c >> shift) & 0xF, 16));
    }
  }

  /** The character at that place; of a pair, either half stands for the whole. */
  private static int codePoint(String text, int index) {
    char c = text.charAt(index);
    return Character.isLowSurrogate(c)
            && index > 0
            && Character.isHighSurrogate(text.charAt(index - 1))
        ? text.codePointAt(index - 1)
        : text.codePointAt(index);
  }

  private void separate() {
    if (!separated) {
      out.append(',');
    }
    separated = false;
  }

  /**
   * How much is written.
   *
   * @return characters
   */
  public int length() {
    return out.length();
  }

  /** What is written. */
  @Override
  public String toString() {
    return out.toString();
  }
}
