package dev.lastly.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;

/**
 * Builds HTML that is also well-formed XML. It escapes all values and checks all names, so text
 * from a database cannot become markup. For one thread.
 */
final class Markup {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9-]*");

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /** Begins an element; the attributes are alternating names and values. */
  Markup open(String tag, Object... attributes) {
    begin(tag, attributes).append('>');
    open.push(tag);
    return this;
  }

  /** Ends the innermost open element. */
  Markup close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Adds an element without content. */
  Markup empty(String tag, Object... attributes) {
    begin(tag, attributes).append("/>");
    return this;
  }

  /** Adds an element that contains only text. */
  Markup element(String tag, String text, Object... attributes) {
    return open(tag, attributes).text(text).close();
  }

  Markup text(String text) {
    escape(Visible.text(text));
    return this;
  }

  /** Adds a value from the database; its writing direction does not affect the text around it. */
  Markup value(String text) {
    return element("bdi", text);
  }

  /** Adds a line break to the source, for readers of the source. */
  Markup line() {
    out.append('\n');
    return this;
  }

  /** Adds the complete markup of another instance. */
  Markup add(Markup part) {
    part.requireComplete();
    out.append(part.out);
    return this;
  }

  /**
   * Adds an element with a script, a style sheet or data, without escaping it. Only for content of
   * Lastly itself, or that was escaped for this place.
   */
  Markup raw(String tag, String content, Object... attributes) {
    if (content.contains("</") || content.contains("<!--")) {
      throw new IllegalArgumentException(
          "the content of <" + tag + "> contains '</' or '<!--', which would end the element");
    }
    open(tag, attributes);
    out.append(content);
    return close();
  }

  private StringBuilder begin(String tag, Object... attributes) {
    out.append('<').append(name(tag));
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(name(attributes[i].toString())).append("=\"");
      escape(Visible.text(attributes[i + 1].toString()));
      out.append('"');
    }
    return out;
  }

  private static String name(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("'" + name + "' is not a name of an element or attribute");
    }
    return name;
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
  }

  private void requireComplete() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("these elements are not closed: " + open);
    }
  }

  @Override
  public String toString() {
    requireComplete();
    return out.toString();
  }
}
